import type { Cut } from '../../hls/index.ts'
import { TICKS_PER_MS, TICKS_PER_SECOND } from '../../media/index.ts'

/** How one rendition is being made. */
export interface RenditionFigures {
  /** 1000 bit/s, of the last segments; null before the first. */
  readonly kbps: number | null
  /** Pictures a second in the last segments; null before the first, and where there are none. */
  readonly frameRate: number | null
  /**
   * Media made a second of time, over the last segments: 1 keeps up; null before there are three.
   */
  readonly speed: number | null
}

const SEGMENTS_MAX = 5
const SEGMENTS_MIN = 3

interface Made {
  readonly atMs: number
  readonly bytes: number
  readonly pictures: number
  readonly ticks: number
}

/**
 * Measures what comes out of one FFmpeg for one rendition. Pure: cuts and the time in, figures out.
 */
export class RenditionMeter {
  /** The newest segments, oldest first. */
  #made: readonly Made[] = []

  /** Takes what came out at `atMs` (monotonic). Parts are told again with their segment. */
  take(cut: Cut, atMs: number): void {
    if (cut.kind === 'part') return
    const { bytes, frameCount: pictures, durationTicks: ticks } = cut.segment
    const made = { atMs, bytes: bytes.byteLength, pictures, ticks }
    this.#made = [...this.#made, made].slice(-SEGMENTS_MAX)
  }

  figures(): RenditionFigures {
    const ticks = sum(this.#made, (made) => made.ticks)
    const pictures = sum(this.#made, (made) => made.pictures)
    const perSecond = (count: number): number => (count * TICKS_PER_SECOND) / ticks
    return {
      kbps: ticks === 0 ? null : Math.round(perSecond(sum(this.#made, ({ bytes }) => bytes)) / 125),
      frameRate: pictures === 0 ? null : Math.round(perSecond(pictures) * 100) / 100,
      speed: this.#speed(),
    }
  }

  #speed(): number | null {
    const [first, ...later] = this.#made
    const last = later.at(-1)
    if (first === undefined || last === undefined || later.length + 1 < SEGMENTS_MIN) return null
    const madeMs = sum(later, ({ ticks }) => ticks) / TICKS_PER_MS
    return Math.round((madeMs / (last.atMs - first.atMs)) * 100) / 100
  }
}

function sum(made: readonly Made[], amount: (one: Made) => number): number {
  return made.reduce((total, one) => total + amount(one), 0)
}
