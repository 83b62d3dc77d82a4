import {
  type Clock,
  dropOldest,
  KeyedBuckets,
  type MessageId,
  type UserId,
  ViblyError,
} from '../../base/index.ts'
import { foldText } from '../messages/index.ts'

/** Where a message got its place: what an acknowledgement says. */
export interface Receipt {
  readonly id: MessageId
  readonly seq: number
}

export interface SenderOptions {
  /** Messages of one user, in all channels together. */
  readonly userPerSecond: number
  readonly userBurst: number
  /** Messages from one address, which may be many people's. */
  readonly addressPerSecond: number
  readonly addressBurst: number
  /** `off`: rates by user and by address do not apply, for load tests. */
  readonly limits: 'on' | 'off'
}

const KEYS_MAX = 20_000

/** Keeps anyone from talking faster than people read. One for all channels of the server. [W31] */
export class SendRates {
  readonly #options: SenderOptions
  readonly #clock: Clock
  readonly #users: KeyedBuckets
  readonly #addresses: KeyedBuckets

  constructor(clock: Clock, options: SenderOptions) {
    const { userPerSecond, userBurst, addressPerSecond, addressBurst } = options
    const keysMax = KEYS_MAX
    this.#options = options
    this.#clock = clock
    this.#users = new KeyedBuckets({ perSecond: userPerSecond, burst: userBurst, keysMax })
    this.#addresses = new KeyedBuckets({
      perSecond: addressPerSecond,
      burst: addressBurst,
      keysMax,
    })
  }

  /** @throws ViblyError `chat.rate-limited` with the time to wait */
  check(userId: UserId, address: string): void {
    if (this.#options.limits === 'off') return
    const nowMs = this.#clock.monotonicMs()
    const userMs = this.#users.take(userId, 1, nowMs)
    const addressMs = userMs > 0 ? 0 : this.#addresses.take(address, 1, nowMs)
    const retryAfterMs = Math.max(userMs, addressMs)
    if (retryAfterMs > 0) throw new ViblyError('chat.rate-limited', { retryAfterMs })
  }
}

/**
 * Messages by the nonce their sender gave them, so that one that is sent again, because its
 * acknowledgement was lost, is not said twice. Known for `keptMs`, at most `countMax`.
 */
export class Nonces {
  readonly #keptMs: number
  readonly #countMax: number
  /** Oldest first. */
  readonly #known = new Map<string, { readonly atMs: number; readonly receipt: Promise<Receipt> }>()

  constructor(options: { readonly keptMs: number; readonly countMax: number }) {
    this.#keptMs = options.keptMs
    this.#countMax = options.countMax
  }

  find(userId: UserId, nonce: string, nowMs: number): Promise<Receipt> | null {
    this.#forget(nowMs)
    return this.#known.get(`${userId} ${nonce}`)?.receipt ?? null
  }

  /** Remembers the message; one that then fails was never said and may be tried again. */
  add(userId: UserId, nonce: string, nowMs: number, receipt: Promise<Receipt>): void {
    const key = `${userId} ${nonce}`
    this.#known.set(key, { atMs: nowMs, receipt })
    receipt.catch(() => this.#known.delete(key))
    this.#forget(nowMs)
  }

  #forget(nowMs: number): void {
    for (const [key, { atMs }] of this.#known) {
      if (atMs > nowMs - this.#keptMs && this.#known.size <= this.#countMax) return
      this.#known.delete(key)
    }
  }
}

/** The last thing a user said in a channel. */
export interface LastWords {
  readonly atMs: number
  readonly key: string
  /** How often they said just that, one after the other. */
  readonly times: number
}

/** What each user last said in a channel, and which texts were said there lately. */
export class RecentSpeech {
  readonly #last = new Map<UserId, LastWords>()
  readonly #texts = new Set<string>()

  lastOf(userId: UserId): LastWords | null {
    return this.#last.get(userId) ?? null
  }

  isRepeated(content: string): boolean {
    return this.#texts.has(foldText(content))
  }

  add(userId: UserId, content: string, nowMs: number): void {
    const key = foldText(content)
    const before = this.lastOf(userId)
    const times = before?.key === key ? before.times + 1 : 1
    keepLatest(this.#texts, key, TEXTS_MAX)
    this.#last.delete(userId)
    this.#last.set(userId, { atMs: nowMs, key, times })
    dropOldest(this.#last, KEYS_MAX)
  }

  /** What was accepted but not stored does not count. */
  undo(userId: UserId, content: string, before: LastWords | null): void {
    this.#texts.delete(foldText(content))
    if (before === null) this.#last.delete(userId)
    else this.#last.set(userId, before)
  }
}

const TEXTS_MAX = 1000

function keepLatest(texts: Set<string>, text: string, countMax: number): void {
  texts.delete(text)
  texts.add(text)
  dropOldest(texts, countMax)
}
