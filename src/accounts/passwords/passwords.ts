import { randomUUID } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { type Secret, ViblyError } from '../../base/index.ts'

/**
 * OWASP ASVS 5.0 Appendix C: argon2id (the library's default), 19 MiB, two passes, one lane. [W01]
 */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

export interface PasswordOptions {
  /** Hashes at work at once. Each holds 19 MiB and one of Node's four threads for files. */
  readonly hashesInFlightMax: number
  /** Sign-ins that may wait for one; more are refused with `accounts.busy`. */
  readonly hashesWaitingMax: number
}

/** Ready to compare: the hash that stands for unknown users is made ahead. */
export async function openPasswords(options: PasswordOptions): Promise<Passwords> {
  return new Passwords(await hash(randomUUID(), ARGON2), options)
}

/**
 * Hashes and compares passwords, a few at a time, the others in a bounded line: a crowd at the door
 * must slow only itself. [W01]
 */
export class Passwords {
  readonly #hashOfNobody: string
  readonly #options: PasswordOptions
  readonly #waiting: (() => void)[] = []
  #inFlight = 0

  constructor(hashOfNobody: string, options: PasswordOptions) {
    this.#hashOfNobody = hashOfNobody
    this.#options = options
  }

  /** As `$argon2id$v=19$m=19456,t=2,p=1$…`, every byte of the password counted. */
  async hash(password: Secret): Promise<string> {
    return await this.#inTurn(() => hash(password.reveal(), ARGON2))
  }

  /** `hashed` null: there is no such user, which takes the same work and answers false. [W06] */
  async isRight(hashed: string | null, password: Secret): Promise<boolean> {
    const isEqual = await this.#inTurn(() =>
      verify(hashed ?? this.#hashOfNobody, password.reveal()),
    )
    return isEqual && hashed !== null
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.#options.hashesInFlightMax) {
      if (this.#waiting.length >= this.#options.hashesWaitingMax) {
        throw new ViblyError('accounts.busy')
      }
      // Who leaves hands its place over, so the count stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#inFlight += 1
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#inFlight -= 1
      else next()
    }
  }
}
