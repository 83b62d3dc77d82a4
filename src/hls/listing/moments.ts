import { TICKS_PER_MS } from '../../media/index.ts'

/** One media sequence number: the same moment in every rendition. */
export interface Moment {
  /** Wall clock of its first picture, ms since 1970. */
  readonly dateMs: number
  readonly durationTicks: number
  readonly isDiscontinuity: boolean
  /** DISCONTINUITY tags before this one's own. */
  readonly discontinuitySequence: number
}

/** One that is not complete yet. */
export type OpenMoment = Omit<Moment, 'durationTicks'>

/** Apple's authoring rules ask for 6 segments and 3 targets in a live playlist. [H07] */
const WINDOW_SEGMENTS_MIN = 6
const WINDOW_TARGETS_MIN = 3

/** All moments of a presentation, in order of their media sequence numbers, and its window. */
export class Moments {
  readonly #moments: Moment[] = []
  readonly #keepMs: number
  #windowFrom = 0
  #windowTicks = 0
  #ticks = 0
  #discontinuityCount = 0

  /** `windowMs`: how much to list at least, once there is as much. */
  constructor(windowMs: number, targetSeconds: number) {
    this.#keepMs = Math.max(windowMs, WINDOW_TARGETS_MIN * targetSeconds * 1000)
  }

  get length(): number {
    return this.#moments.length
  }

  /** First media sequence number that a live playlist lists. */
  get windowFrom(): number {
    return this.#windowFrom
  }

  get discontinuityCount(): number {
    return this.#discontinuityCount
  }

  get durationMs(): number {
    return this.#ticks / TICKS_PER_MS
  }

  at(msn: number): Moment | undefined {
    return this.#moments[msn]
  }

  /** Wall clock of the end of the last one; 0 before it. */
  get endMs(): number {
    const last = this.#moments.at(-1)
    return last === undefined ? 0 : last.dateMs + last.durationTicks / TICKS_PER_MS
  }

  /** Adds one, and drops from the head of the window what it does not need. [H05] [H07] */
  push(moment: Moment): void {
    this.#moments.push(moment)
    if (moment.isDiscontinuity) this.#discontinuityCount += 1
    this.#ticks += moment.durationTicks
    this.#windowTicks += moment.durationTicks
    for (;;) {
      const first = this.#moments[this.#windowFrom]
      if (first === undefined) return
      const restTicks = this.#windowTicks - first.durationTicks
      const restCount = this.#moments.length - this.#windowFrom - 1
      if (restTicks < this.#keepMs * TICKS_PER_MS || restCount < WINDOW_SEGMENTS_MIN) return
      this.#windowTicks = restTicks
      this.#windowFrom += 1
    }
  }

  /**
   * The first in the window that ends less than `ticks` before the end of the list, where
   * `openTicks` of a segment that is not complete follow the last one.
   */
  firstWithin(ticks: number, openTicks: number): number {
    let behindTicks = openTicks
    let msn = this.#moments.length
    while (msn > this.#windowFrom && behindTicks < ticks) {
      msn -= 1
      behindTicks += this.#moments[msn]?.durationTicks ?? 0
    }
    return msn
  }

  /** As `firstWithin`, the first that begins no earlier: at the end of the list when none does. */
  firstWhollyWithin(ticks: number, openTicks: number): number {
    const first = this.firstWithin(ticks, openTicks)
    let behindTicks = openTicks
    for (let msn = first; msn < this.#moments.length; msn += 1) {
      behindTicks += this.#moments[msn]?.durationTicks ?? 0
    }
    return behindTicks > ticks && first < this.#moments.length ? first + 1 : first
  }
}
