import type { BroadcastId, Clock } from '../base/index.ts'

/** Who has not asked for so long is gone: a few times the pause between two playlists. */
const PRESENT_MS = 15_000
/** Names kept per broadcast; beyond, the count is this many. */
const VIEWERS_MAX = 100_000

/**
 * Counts who watches a broadcast, by the playlists they ask for. Names are forgotten as soon as
 * they no longer count.
 */
export class Viewers {
  readonly #clock: Clock
  /** When each viewer was last seen (monotonic ms), longest ago first. */
  readonly #seen = new Map<BroadcastId, Map<string, number>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(id: BroadcastId, viewer: string): void {
    let seen = this.#seen.get(id)
    if (seen === undefined) {
      seen = new Map()
      this.#seen.set(id, seen)
    }
    if (seen.size >= VIEWERS_MAX && !seen.has(viewer)) return
    // Taken out first, so that the map stays in the order of time.
    seen.delete(viewer)
    seen.set(viewer, this.#clock.monotonicMs())
  }

  count(id: BroadcastId): number {
    const seen = this.#seen.get(id)
    if (seen === undefined) return 0
    const goneMs = this.#clock.monotonicMs() - PRESENT_MS
    for (const [viewer, atMs] of seen) {
      if (atMs > goneMs) break
      seen.delete(viewer)
    }
    return seen.size
  }

  forget(id: BroadcastId): void {
    this.#seen.delete(id)
  }
}
