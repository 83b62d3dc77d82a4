import { TICKS_PER_SECOND } from '../../media/index.ts'

/** One segment as far as bit rates go. */
export interface Load {
  readonly byteCount: number
  readonly durationTicks: number
}

/**
 * Measures the two bit rates of a rendition from the bytes of its segments: the mean of all, and
 * the peak, which is the highest over any row of segments that lasts between half a target and one
 * and a half and 0.5 s. [M04] [M05]
 */
export class BandwidthMeter {
  readonly #ticksMin: number
  readonly #ticksMax: number
  /** The newest segments, as many as one row can hold. */
  #recent: Load[] = []
  #byteCount = 0
  #ticks = 0
  #peakBps = 0

  constructor(targetSeconds: number) {
    this.#ticksMin = 0.5 * targetSeconds * TICKS_PER_SECOND
    this.#ticksMax = (1.5 * targetSeconds + 0.5) * TICKS_PER_SECOND
  }

  add(load: Load): void {
    this.#byteCount += load.byteCount
    this.#ticks += load.durationTicks
    this.#recent.push(load)
    let byteCount = 0
    let ticks = 0
    let rowLength = 0
    for (const one of this.#recent.toReversed()) {
      byteCount += one.byteCount
      ticks += one.durationTicks
      if (ticks > this.#ticksMax) break
      rowLength += 1
      if (ticks >= this.#ticksMin) this.#peakBps = Math.max(this.#peakBps, bps(byteCount, ticks))
    }
    this.#recent = this.#recent.slice(this.#recent.length - rowLength)
  }

  /** Bits per second over everything; 0 before the first segment. */
  get averageBps(): number {
    return this.#ticks === 0 ? 0 : bps(this.#byteCount, this.#ticks)
  }

  /** Never below the average: a broadcast may be shorter than any row. */
  get peakBps(): number {
    return Math.max(this.#peakBps, this.averageBps)
  }
}

function bps(byteCount: number, ticks: number): number {
  return Math.ceil((byteCount * 8 * TICKS_PER_SECOND) / ticks)
}
