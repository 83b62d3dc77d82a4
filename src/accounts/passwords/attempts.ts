import { addressBlock, type Clock, dropOldest, KeyedBuckets, ViblyError } from '../../base/index.ts'

/** From one address (an IPv6 /64): a household behind one router must get in together. [W05] */
const SIGN_INS_PER_ADDRESS = { burst: 20, perSecond: 20 / 60, keysMax: 10_000 }
/**
 * On one account from addresses that never got in: what slows a guesser with many addresses. [W05]
 */
const SIGN_INS_PER_ACCOUNT = { burst: 20, perSecond: 1 / 60, keysMax: 10_000 }
const REGISTRATIONS_PER_ADDRESS = { burst: 10, perSecond: 1 / 60, keysMax: 10_000 }
/** Of someone signed in, who would change something that asks for it. */
const CURRENT_PASSWORDS_PER_USER = { burst: 10, perSecond: 1 / 60, keysMax: 10_000 }
/** Pairs of account and address remembered as having got in; the oldest is forgotten. */
const KNOWN_PAIRS_MAX = 10_000

/**
 * How often one may try. Soft: time alone makes it good, nothing is locked. Who signed in from an
 * address before is not kept out by what others try on the same account. [W05]
 */
export class Attempts {
  readonly #clock: Clock
  readonly #isOn: boolean
  readonly #byAddress = new KeyedBuckets(SIGN_INS_PER_ADDRESS)
  readonly #byAccount = new KeyedBuckets(SIGN_INS_PER_ACCOUNT)
  readonly #registrations = new KeyedBuckets(REGISTRATIONS_PER_ADDRESS)
  readonly #currentPasswords = new KeyedBuckets(CURRENT_PASSWORDS_PER_USER)
  readonly #known = new Set<string>()

  constructor(deps: { readonly clock: Clock }, options: { readonly limits: 'on' | 'off' }) {
    this.#clock = deps.clock
    this.#isOn = options.limits === 'on'
  }

  /** @throws ViblyError `accounts.too-many-attempts` */
  countRegistration(address: string): void {
    this.#count(this.#registrations, addressBlock(address))
  }

  /**
   * `account` is what was typed, so that accounts which do not exist count alike. [W06]
   *
   * @throws ViblyError `accounts.too-many-attempts`
   */
  countSignIn(account: string, address: string): void {
    this.#count(this.#byAddress, addressBlock(address))
    if (!this.#known.has(pair(account, address))) this.#count(this.#byAccount, account)
  }

  /** @throws ViblyError `accounts.too-many-attempts` */
  countCurrentPassword(user: string): void {
    this.#count(this.#currentPasswords, user)
  }

  noteSignedIn(account: string, address: string): void {
    const known = pair(account, address)
    this.#known.delete(known)
    this.#known.add(known)
    dropOldest(this.#known, KNOWN_PAIRS_MAX)
  }

  #count(buckets: KeyedBuckets, key: string): void {
    if (!this.#isOn) return
    const retryAfterMs = buckets.take(key, 1, this.#clock.monotonicMs())
    if (retryAfterMs > 0) throw new ViblyError('accounts.too-many-attempts', { retryAfterMs })
  }
}

function pair(account: string, address: string): string {
  return `${account} ${addressBlock(address)}`
}
