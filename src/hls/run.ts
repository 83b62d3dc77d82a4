import assert from 'node:assert/strict'
import { ViblyError } from '../base/index.ts'
import type { SegmentFacts, StoredSegment } from './rendition.ts'
import { TICKS_PER_MS } from './time.ts'

/** A segment that has its file name but is not listed yet. */
export interface Waiting extends StoredSegment {
  readonly facts: SegmentFacts
  isStored: boolean
}

/** Starts may differ by a rounding; more, and a viewer who switches sees a jump. [H21] */
const START_TICKS_APART_MAX = TICKS_PER_MS
/** The last segments of a run may end a few frames apart; more, and they are not listed. */
const DURATION_TICKS_APART_MAX = 150 * TICKS_PER_MS

/**
 * One life of FFmpeg: the segments of all its renditions, waiting until every one has its twin. They
 * are given out in rows, one of each rendition, that start at the same time. [H21]
 */
export class Run {
  readonly number: number
  readonly wallClockMs: number
  readonly #queues: ReadonlyMap<string, Waiting[]>
  readonly #waitingMax: number
  readonly #placed = new Map<string, number>()
  #rowCount = 0
  /** Its last row differed in length: nothing behind it could be in step. */
  #isCut = false
  #dropped: { rendition: string; fileName: string }[] = []

  constructor(
    number: number,
    wallClockMs: number,
    renditions: readonly string[],
    waitingMax: number,
  ) {
    this.number = number
    this.wallClockMs = wallClockMs
    this.#queues = new Map(renditions.map((name) => [name, []]))
    this.#waitingMax = waitingMax
  }

  /** Segments stored for nothing, since the last call: nobody was ever told of them. */
  takeDropped(): readonly { readonly rendition: string; readonly fileName: string }[] {
    const dropped = this.#dropped
    this.#dropped = []
    return dropped
  }

  /** Names the next segment of a rendition: the run and a count, so never used twice. [H26] */
  place(rendition: string, segment: SegmentFacts & { startTicks: number; byteCount: number }) {
    const queue = this.#queue(rendition)
    const [first] = queue
    if (first !== undefined && queue.length >= this.#waitingMax) {
      const apartMs = Math.round((segment.startTicks - first.startTicks) / TICKS_PER_MS)
      throw new ViblyError('hls.renditions-apart', { rendition, apartMs })
    }
    const index = this.#placed.get(rendition) ?? 0
    this.#placed.set(rendition, index + 1)
    const { video, audio, frameCount, durationTicks, isAfterHole, startTicks, byteCount } = segment
    const waiting: Waiting = {
      fileName: `${this.number}-${index}.ts`,
      startTicks,
      durationTicks,
      byteCount,
      facts: { video, audio, frameCount, durationTicks, isAfterHole },
      isStored: false,
    }
    queue.push(waiting)
    return waiting.fileName
  }

  markStored(rendition: string, fileName: string): void {
    const waiting = this.#queue(rendition).find((one) => one.fileName === fileName)
    if (waiting !== undefined) waiting.isStored = true
  }

  /**
   * The next row, one stored segment of each rendition in the order of the renditions; null while one
   * is missing. Before the first row the renditions are brought to a common start. [M13]
   *
   * @throws ViblyError `hls.renditions-apart` when they fall out of step later.
   */
  takeRow(): ReadonlyMap<string, Waiting> | null {
    for (;;) {
      const row = this.#heads()
      if (row === null || this.#isCut) return null
      const latestTicks = Math.max(...[...row.values()].map((head) => head.startTicks))
      const early = [...row].filter(
        ([, head]) => latestTicks - head.startTicks > START_TICKS_APART_MAX,
      )
      if (early.length === 0) return this.#takeHeads(row)
      for (const [rendition, head] of early) {
        if (this.#rowCount > 0) {
          const apartMs = Math.round((latestTicks - head.startTicks) / TICKS_PER_MS)
          throw new ViblyError('hls.renditions-apart', { rendition, apartMs })
        }
        this.#drop(rendition)
      }
    }
  }

  /** No more rows: what waits has no twin and is dropped. */
  end(): void {
    this.#isCut = true
    for (const [rendition, queue] of this.#queues) {
      while (queue.length > 0) this.#drop(rendition)
    }
  }

  #heads(): ReadonlyMap<string, Waiting> | null {
    const heads = new Map<string, Waiting>()
    for (const [rendition, [head]] of this.#queues) {
      if (head === undefined || !head.isStored) return null
      heads.set(rendition, head)
    }
    return heads.size === 0 ? null : heads
  }

  #takeHeads(row: ReadonlyMap<string, Waiting>): ReadonlyMap<string, Waiting> | null {
    const durations = [...row.values()].map((head) => head.durationTicks)
    if (Math.max(...durations) - Math.min(...durations) > DURATION_TICKS_APART_MAX) {
      this.#isCut = true
      return null
    }
    for (const queue of this.#queues.values()) queue.shift()
    this.#rowCount += 1
    return row
  }

  #drop(rendition: string): void {
    const waiting = this.#queue(rendition).shift()
    if (waiting !== undefined) this.#dropped.push({ rendition, fileName: waiting.fileName })
  }

  #queue(rendition: string): Waiting[] {
    const queue = this.#queues.get(rendition)
    assert(queue !== undefined, 'the run was started with this rendition')
    return queue
  }
}
