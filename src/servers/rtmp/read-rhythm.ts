import type { Clock } from '../../base/index.ts'

/** So many connections put 1 ms between two reads of each. */
const CONNECTIONS_PER_MS = 3
const PAUSE_MS_MAX = 100
/** Who is due within so much is read together; a shorter pause is none. */
const TICK_MS = 10
/** A read that gave so much is followed by the next at once: nobody is to be slowed down. */
const FULL_BYTES = 16 * 1024

/**
 * When each publisher is read again. A few are read as soon as they have something; of many each is
 * left alone for a moment, so that one read takes several messages: a read costs more than a
 * message does, and with hundreds of publishers reads would be most of the work.
 */
export class ReadRhythm {
  readonly #clock: Clock
  readonly #connections: () => number
  /** By due time, since all pauses of a moment are alike. */
  readonly #waiting: { readonly dueMs: number; readonly read: () => void }[] = []
  #isTicking: boolean = false

  /** `connections`: how many there are now. */
  constructor(clock: Clock, connections: () => number) {
    this.#clock = clock
    this.#connections = connections
  }

  /**
   * Calls `read` when it is due, at once if that is now. `beforeBytes`: what the last read gave.
   */
  wait(beforeBytes: number, read: () => void): void {
    const pauseMs = Math.min(PAUSE_MS_MAX, this.#connections() / CONNECTIONS_PER_MS)
    if (pauseMs < TICK_MS || beforeBytes >= FULL_BYTES) {
      read()
      return
    }
    this.#waiting.push({ dueMs: this.#clock.monotonicMs() + pauseMs, read })
    if (!this.#isTicking) void this.#tick()
  }

  /** Until nobody waits. */
  async #tick(): Promise<void> {
    this.#isTicking = true
    while (this.#waiting.length > 0) {
      await this.#clock.sleep(TICK_MS)
      const nowMs = this.#clock.monotonicMs()
      while ((this.#waiting[0]?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
        this.#waiting.shift()?.read()
      }
    }
    this.#isTicking = false
  }
}
