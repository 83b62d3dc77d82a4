import { TICKS_PER_MS } from '../../media/index.ts'

/** A part must last at least this share of PART-TARGET (RFC 8216bis §4.4.4.9). [LL02] */
export const PART_SHARE_MIN = 0.85
/** Encoders stamp in whole ms, so that a row of pictures may seem that much longer than it is. */
const SLACK_TICKS = 2 * TICKS_PER_MS
/** So many of a hundred pictures may last longer or shorter in an even frame rate: lost ones. */
const UNEVEN_SHARE_MAX = 0.1
/**
 * So rarely may a part find no picture to end with, and be told late: as a share of all time.
 * [LL03]
 */
const LATE_SHARE_MAX = 0.01
/** Pictures that last longer are not planned for: parts would get too long for low latency. */
const TARGET_TICKS_MAX = 1000 * TICKS_PER_MS

/**
 * PART-TARGET of a presentation: one value for all its renditions and all its life, decided once
 * from the pictures of its first segment. [LL02] Until then nobody can cut parts.
 */
export class PartTarget {
  readonly #partTicks: number
  #ticks: number | null = null
  #pictureTicks = 0

  /** `partMs`: how long a part should last at most. */
  constructor(partMs: number) {
    this.#partTicks = partMs * TICKS_PER_MS
  }

  /** 90 kHz; null before it is decided. */
  get ticks(): number | null {
    return this.#ticks
  }

  /** As `ticks`, in ms. */
  get ms(): number | null {
    return this.#ticks === null ? null : this.#ticks / TICKS_PER_MS
  }

  /**
   * How long a picture may last that comes next, 90 kHz; 0 at an even rate: as long as the last.
   */
  get pictureTicks(): number {
    return this.#pictureTicks
  }

  /** What was decided in an earlier life of the presentation, ms; null: nothing. */
  restore(targetMs: number | null): void {
    this.#ticks = targetMs === null ? null : targetMs * TICKS_PER_MS
  }

  /** How long each picture lasts, ticks. The first call decides, later ones change nothing. */
  decide(frameTicks: readonly number[]): void {
    if (this.#ticks !== null) return
    const { partTicks, pictureTicks } = planParts(frameTicks, this.#partTicks)
    this.#ticks = partTicks
    this.#pictureTicks = pictureTicks
  }
}

/**
 * `partTicks`: PART-TARGET in 90 kHz, whole ms. At an even frame rate as many pictures as fit into
 * `wishedTicks` and never fewer than one: then every part is equally long. At an uneven one so long
 * that the longest usual picture is no more than the 15 % that a part may be too short.
 * `pictureTicks`: that picture, 0 at an even rate.
 */
export function planParts(
  frameTicks: readonly number[],
  wishedTicks: number,
): { readonly partTicks: number; readonly pictureTicks: number } {
  const sorted = frameTicks.toSorted((a, b) => a - b)
  const median = sorted[Math.trunc(sorted.length / 2)]
  if (median === undefined || median <= 0) {
    return { partTicks: wholeMs(wishedTicks), pictureTicks: 0 }
  }
  const usual = sorted.filter((ticks) => Math.abs(ticks - median) <= SLACK_TICKS)
  if (usual.length >= (1 - UNEVEN_SHARE_MAX) * sorted.length) {
    const evenTicks = usual.reduce((sum, ticks) => sum + ticks, 0) / usual.length
    const count = Math.max(1, Math.floor((wishedTicks + TICKS_PER_MS) / evenTicks))
    return { partTicks: wholeMs(count * evenTicks + SLACK_TICKS), pictureTicks: 0 }
  }
  const longest = longestUsual(sorted)
  const wanted = Math.max(wishedTicks, longest / (1 - PART_SHARE_MIN))
  const partTicks = Math.max(longest, Math.min(wanted, TARGET_TICKS_MAX)) + SLACK_TICKS
  return { partTicks: wholeMs(partTicks), pictureTicks: longest }
}

/**
 * The shortest stretch of time in which a new picture nearly always begins. `sorted`: how long all
 * pictures last, ascending, ticks.
 */
function longestUsual(sorted: readonly number[]): number {
  const totalTicks = sorted.reduce((sum, ticks) => sum + ticks, 0)
  let longerTicks = totalTicks
  for (const [index, stretch] of sorted.entries()) {
    longerTicks -= stretch
    const missedTicks = longerTicks - (sorted.length - index - 1) * stretch
    if (missedTicks <= LATE_SHARE_MAX * totalTicks) return stretch
  }
  return 0
}

function wholeMs(ticks: number): number {
  return Math.ceil(ticks / TICKS_PER_MS) * TICKS_PER_MS
}
