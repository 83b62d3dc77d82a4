import { ViblyError } from '../../base/index.ts'

/** FFmpeg may fail so often in so long; then the source itself is at fault. [F13] */
const FAILURES_MAX = 5
const FAILURE_WINDOW_MS = 60_000
/** Even the fifth replacement gives media again within 3 s. */
const RETRY_DELAY_MS = 250

/** Counts the failures of a broadcast's FFmpegs and says how long to wait before the next. */
export class RunFailures {
  #atMs: readonly number[] = []

  /**
   * Notes one at `nowMs` (monotonic); ms to wait: nothing after the first, then twice as long each
   * time.
   *
   * @throws ViblyError `live.encoder-failed` when there were too many within a minute.
   */
  note(failure: ViblyError, nowMs: number): number {
    this.#atMs = [...this.#atMs.filter((atMs) => nowMs - atMs < FAILURE_WINDOW_MS), nowMs]
    const failures = this.#atMs.length
    if (failures > FAILURES_MAX) {
      throw new ViblyError('live.encoder-failed', { failures, reason: failure.message }, failure)
    }
    return failures === 1 ? 0 : RETRY_DELAY_MS * 2 ** (failures - 2)
  }
}
