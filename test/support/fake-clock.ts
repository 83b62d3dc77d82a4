import type { Clock } from '../../src/base/index.ts'

interface Sleeper {
  readonly atMs: number
  readonly wake: () => void
}

/** A clock that stands still until it is turned by hand. */
export class FakeClock implements Clock {
  #monotonicMs = 0
  #offsetMs: number
  #sleepers: readonly Sleeper[] = []

  /** `epochMs`: what the wall clock says at the start. */
  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#offsetMs = epochMs
  }

  nowMs(): number {
    return this.#monotonicMs + this.#offsetMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const sleeper = { atMs: this.#monotonicMs + durationMs, wake: resolve }
      this.#sleepers = [...this.#sleepers, sleeper]
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal.reason)
      })
    })
  }

  /** How many wait for time to pass. */
  get sleeperCount(): number {
    return this.#sleepers.length
  }

  /** Moves the wall clock alone, as an operator or NTP does. */
  jump(byMs: number): void {
    this.#offsetMs += byMs
  }

  /** Lets time pass; whoever slept until then has run when this resolves. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#monotonicMs + durationMs
    for (;;) {
      await settle()
      const next = this.#sleepers
        .filter((sleeper) => sleeper.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      this.#monotonicMs = next.atMs
      next.wake()
    }
    this.#monotonicMs = untilMs
  }
}

/** One turn of the event loop: everything that was ready has run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
