/**
 * Lets `burst` events pass at once and then `perSecond`. Time is handed in (any monotonic clock,
 * ms), so it can be tested and shared.
 */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #filledMs: number

  constructor(options: { readonly perSecond: number; readonly burst: number }, nowMs: number) {
    this.#perMs = options.perSecond / 1000
    this.#burst = options.burst
    this.#tokens = options.burst
    this.#filledMs = nowMs
  }

  /**
   * Takes `count` tokens; 0 when they were there, else the ms to wait for them (none are taken).
   */
  take(count: number, nowMs: number): number {
    this.#fill(nowMs)
    if (this.#tokens >= count) {
      this.#tokens -= count
      return 0
    }
    return Math.ceil((count - this.#tokens) / this.#perMs)
  }

  /** Puts `count` tokens back, as if they had not been taken. */
  give(count: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + count)
  }

  /** Whether the bucket is as good as new, so that its owner may forget it. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#tokens >= this.#burst
  }

  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#filledMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedMs * this.#perMs)
    this.#filledMs = nowMs
  }
}

/**
 * A bucket for each key (an address, a user), at most `keysMax` of them: when there are more, those
 * that are full again go first, then the oldest.
 */
export class KeyedBuckets {
  readonly #options: {
    readonly perSecond: number
    readonly burst: number
    readonly keysMax: number
  }
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(options: {
    readonly perSecond: number
    readonly burst: number
    readonly keysMax: number
  }) {
    this.#options = options
  }

  /** As `TokenBucket.take`, of this key's bucket. */
  take(key: string, count: number, nowMs: number): number {
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#options.keysMax) this.#forget(nowMs)
      bucket = new TokenBucket(this.#options, nowMs)
      this.#buckets.set(key, bucket)
    }
    return bucket.take(count, nowMs)
  }

  /** As `TokenBucket.give`; a key that was forgotten has a full bucket already. */
  give(key: string, count: number, nowMs: number): void {
    this.#buckets.get(key)?.give(count, nowMs)
  }

  #forget(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (bucket.isFull(nowMs)) this.#buckets.delete(key)
    }
    // Room for the one that is about to come.
    dropOldest(this.#buckets, this.#options.keysMax - 1)
  }
}

/** Takes out what was put in first, until no more than `countMax` are left. */
export function dropOldest(from: Map<unknown, unknown> | Set<unknown>, countMax: number): void {
  for (const key of from.keys()) {
    if (from.size <= countMax) return
    from.delete(key)
  }
}
