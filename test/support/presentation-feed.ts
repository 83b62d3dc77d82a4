import type { Part, Segment, SegmentHead } from '../../src/hls/index.ts'
import { Presentation, type PresentationOptions } from '../../src/hls/presentation.ts'
import { LENGTHS } from './hls-lengths.ts'
import { listSegment } from './list-segment.ts'
import { PlaylistWatch, parseListed } from './playlist-rules.ts'

/** Of the renditions, the tall one first. */
export const NAMES = ['720p', '480p']
/** Of the first run, ms since 1970. */
export const START_MS = Date.UTC(2026, 0, 1)
/** How long every part is. */
export const PART_MS = 240

/** Feeds one presentation as the segmenters of its renditions would, one part after the other. */
export class Feed {
  readonly presentation: Presentation
  readonly watches = new Map(NAMES.map((name) => [name, new PlaylistWatch()]))
  #startMs = 10_000

  constructor(options: Partial<PresentationOptions> = {}) {
    this.presentation = new Presentation({ ...LENGTHS, ...options })
    this.presentation.partTarget.decide([3600])
    this.startRun(START_MS)
  }

  startRun(wallClockMs: number): void {
    const renditions = NAMES.map((name) => ({ name, peakBps: 9e6, averageBps: 8e6 }))
    this.presentation.startRun({ renditions, wallClockMs })
    this.#startMs = 10_000
  }

  /** As a run ends that gives no more. */
  breakRun(wallClockMs: number): void {
    for (const { rendition, fileName } of this.presentation.cutShort()) {
      listSegment(this.presentation, rendition, fileName)
      this.see()
    }
    this.presentation.endRun()
    this.see()
    this.startRun(wallClockMs)
    this.see()
  }

  /** The parts of a segment but its last, the small rendition `lag` parts behind the tall one. */
  parts(count: number, lag = 0): void {
    const head = headAt(this.#startMs)
    for (let index = 0; index < count + lag; index += 1) {
      if (index < count) this.presentation.placePart('720p', partOf(index), head)
      if (index >= lag) this.presentation.placePart('480p', partOf(index - lag), head)
      this.see()
    }
  }

  /** A whole segment of `count` parts. */
  segment(count: number, lag = 0): void {
    this.parts(count - 1, lag)
    const names = NAMES.map((name) => {
      const fileName = this.presentation.place(name, segmentOf(this.#startMs, count))
      this.see()
      return [name, fileName] as const
    })
    for (const [name, fileName] of names) {
      listSegment(this.presentation, name, fileName)
      this.see()
    }
    this.#startMs += count * PART_MS
  }

  see(): void {
    for (const [name, watch] of this.watches) {
      const text = this.presentation.playlists.media(name)
      if (text !== null) watch.see(text)
    }
  }

  listed(name: string) {
    return parseListed(this.presentation.playlists.media(name) ?? '')
  }
}

export function headAt(startMs: number): SegmentHead {
  return { startTicks: startMs * 90, isAfterHole: false, video: null, audio: null }
}

/** One of 240 ms; the first of a segment begins with a key frame. */
export function partOf(index: number): Part {
  const bytes = new Uint8Array(188).fill(index)
  return { bytes, durationTicks: PART_MS * 90, isIndependent: index === 0, frameCount: 6 }
}

export function segmentOf(startMs: number, count: number): Segment {
  const parts = Array.from({ length: count }, (_, index) => partOf(index))
  return {
    ...headAt(startMs),
    durationTicks: count * PART_MS * 90,
    bytes: Buffer.concat(parts.map((part) => part.bytes)),
    parts,
    frameCount: count * 6,
  }
}
