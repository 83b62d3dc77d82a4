import { TICKS_PER_MS } from '../../media/index.ts'

/** How media time of one run is told in wall clock. [H14] */
export class DateLine {
  /** Wall clock, ms since 1970, at `#ticks`; null until the run lists something. */
  #at: { readonly atMs: number; readonly ticks: number; readonly firstTicks: number } | null = null

  /** Media time between where the run begins and the wall clock `endMs`, ms; 0 before it begins. */
  elapsedMs(endMs: number): number {
    if (this.#at === null) return 0
    const { atMs, ticks, firstTicks } = this.#at
    return Math.max(0, endMs - atMs + (ticks - firstTicks) / TICKS_PER_MS)
  }

  /**
   * Wall clock of what starts at `startTicks`: the start of its run, `runMs`, plus media time,
   * never before `endMs`, where the list ends so far.
   */
  dateOf(startTicks: number, runMs: number, endMs: number): number {
    this.#at ??= { atMs: Math.max(runMs, endMs), ticks: startTicks, firstTicks: startTicks }
    const { atMs, ticks, firstTicks } = this.#at
    const dateMs = atMs + (startTicks - ticks) / TICKS_PER_MS
    // What was told of the segment before went on past this picture. A grain is no reason to move.
    if (dateMs > endMs - 1) return dateMs
    this.#at = { atMs: endMs, ticks: startTicks, firstTicks }
    return endMs
  }
}
