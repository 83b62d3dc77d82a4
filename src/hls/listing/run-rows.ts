import assert from 'node:assert/strict'
import { joinBytes, ViblyError } from '../../base/index.ts'
import { TICKS_PER_MS } from '../../media/index.ts'
import type { Part, Segment, SegmentHead } from '../cutting/index.ts'
import { formatPartName, formatSegmentName, type PartEntry } from '../playlist/index.ts'
import type { SegmentFacts, StoredSegment } from './rendition.ts'

/** A segment that is not listed yet: still being cut, or waiting for its twins. */
export interface Waiting {
  readonly fileName: string
  readonly head: SegmentHead
  /** So far; all of them once it is complete. */
  parts: readonly WaitingPart[]
  /** null: it is being cut. */
  complete: { readonly stored: StoredSegment; readonly facts: SegmentFacts } | null
  isReady: boolean
}

/** With its bytes: views of the segment's once that is complete. */
interface WaitingPart extends PartEntry {
  readonly bytes: Uint8Array
  readonly frameCount: number
}

/** One waiting segment of each rendition, in the order of the renditions. */
export type Row = ReadonlyMap<string, Waiting>

/** Starts may differ by a rounding; more, and a viewer who switches sees a jump. [H21] */
const START_TICKS_APART_MAX = TICKS_PER_MS
/** The last segments of a run may end a few frames apart; more, and they are not listed. */
const DURATION_TICKS_APART_MAX = 150 * TICKS_PER_MS

/**
 * The segments of a run, of all its renditions, waiting until every one has its twin. They are
 * given out in rows, one of each rendition, that start at the same time. [H21]
 */
export class RunRows {
  readonly number: number
  readonly wallClockMs: number
  readonly #queues: ReadonlyMap<string, Waiting[]>
  readonly #waitingMax: number
  readonly #begun = new Map<string, number>()
  #rowCount = 0
  /** `cut`: its last row differed in length, nothing behind it could be in step. */
  #phase: 'open' | 'cut' | 'shortened' = 'open'
  /** How much that row differed. */
  #apartMs = 0
  /** `last`: it is given nothing more to make. */
  #ahead: 'more' | 'last' = 'more'
  #isHeld = false

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

  has(rendition: string): boolean {
    return this.#queues.has(rendition)
  }

  /** Its input has ended: behind the segments that are begun none comes. */
  expectEnd(): void {
    this.#ahead = 'last'
  }

  /** Whether the segment next in turn has begun, or is to begin. */
  isMoreAhead(rendition: string): boolean {
    return this.#ahead === 'more' || (this.#queues.get(rendition)?.length ?? 0) > 0
  }

  /** No segment of it is begun to be listed any more. */
  hold(): void {
    this.#isHeld = true
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** The next part of the segment that is being cut. */
  placePart(rendition: string, part: Part, head: SegmentHead): void {
    const waiting = this.#openSegment(rendition, head)
    waiting.parts = [...waiting.parts, namePart(waiting, part, waiting.parts.length)]
  }

  /** Names a complete segment: the run and a count, so never used twice. [H26] */
  place(rendition: string, segment: Segment): string {
    const waiting = this.#openSegment(rendition, segment)
    const { fileName } = waiting
    waiting.parts = segment.parts.map((part, index) => namePart(waiting, part, index))
    const { video, audio, frameCount, durationTicks, isAfterHole } = segment
    waiting.complete = {
      stored: { fileName, durationTicks, byteCount: segment.bytes.byteLength },
      facts: { video, audio, frameCount, durationTicks, isAfterHole },
    }
    return fileName
  }

  /** Its bytes can be had. */
  markReady(rendition: string, fileName: string): void {
    const waiting = this.#queue(rendition).find((one) => one.fileName === fileName)
    if (waiting !== undefined) waiting.isReady = true
  }

  /**
   * The next row, one stored segment of each rendition; null while one is missing. It stays the
   * next until `takeRow`. Before the first row the renditions are brought to a common start. [M13]
   *
   * @throws ViblyError `hls.renditions-apart` when they fall out of step later.
   */
  readyRow(): Row | null {
    for (;;) {
      const row = this.#heads()
      if (row === null) return null
      if (this.#phase === 'cut') {
        this.#requireLast()
        return null
      }
      if (![...row.values()].every((head) => head.isReady)) return null
      const latestTicks = latestStart(row)
      const early = [...row].filter(([, head]) => isEarly(head, latestTicks))
      if (early.length === 0) return this.#isEven(row) ? row : null
      for (const [rendition, { head }] of early) {
        if (this.#rowCount > 0) {
          const apartMs = Math.round((latestTicks - head.startTicks) / TICKS_PER_MS)
          throw new ViblyError('hls.renditions-apart', { rendition, apartMs })
        }
        this.#queue(rendition).shift()
      }
    }
  }

  /** The row that `readyRow` gave is listed. */
  takeRow(): void {
    for (const queue of this.#queues.values()) queue.shift()
    this.#rowCount += 1
  }

  /**
   * The row that comes next as far as it is, with the number of parts that all of it have; null
   * while one has not begun or they begin apart. The last part of a segment is told with its row.
   */
  openRow(): { readonly row: Row; readonly partCount: number } | null {
    const row = this.#heads()
    if (row === null || this.#phase !== 'open') return null
    const latestTicks = latestStart(row)
    const heads = [...row.values()]
    if (heads.some((head) => isEarly(head, latestTicks))) return null
    const counts = heads.map(({ parts, complete }) => parts.length - (complete === null ? 0 : 1))
    return { row, partCount: Math.max(0, Math.min(...counts)) }
  }

  /** The name of a part that has not come yet, or is not listed: of the next segment in turn. */
  partName(rendition: string, index: number): string {
    const [head] = this.#queue(rendition)
    return formatPartName(head?.fileName ?? this.#nextName(rendition), index)
  }

  /**
   * The run ends within a segment whose first `partCount` parts were listed: these are the segment
   * now. [LL05] Returns the bytes to store; `markReady` and `readyRow` then work as ever.
   */
  shorten(row: Row, partCount: number): ReadonlyMap<string, Uint8Array> {
    this.#phase = 'shortened'
    const bytes = new Map<string, Uint8Array>()
    for (const [rendition, waiting] of row) {
      this.#queue(rendition).splice(1)
      const parts = waiting.parts.slice(0, partCount)
      const whole = joinBytes(parts.map((part) => part.bytes))
      const durationTicks = parts.reduce((sum, part) => sum + part.durationTicks, 0)
      const frameCount = parts.reduce((sum, part) => sum + part.frameCount, 0)
      const { fileName } = waiting
      const { video, audio, isAfterHole } = waiting.head
      waiting.parts = parts
      waiting.isReady = false
      waiting.complete = {
        stored: { fileName, durationTicks, byteCount: whole.byteLength },
        facts: { video, audio, frameCount, durationTicks, isAfterHole },
      }
      bytes.set(rendition, whole)
    }
    return bytes
  }

  /** No more rows: what waits has no twin and is dropped. */
  end(): void {
    this.#phase = 'cut'
    for (const queue of this.#queues.values()) queue.length = 0
  }

  #openSegment(rendition: string, head: SegmentHead): Waiting {
    const queue = this.#queue(rendition)
    const newest = queue.at(-1)
    if (newest !== undefined && newest.complete === null) return newest
    const [first] = queue
    if (first !== undefined && queue.length >= this.#waitingMax) {
      const apartMs = Math.round((head.startTicks - first.head.startTicks) / TICKS_PER_MS)
      throw new ViblyError('hls.renditions-apart', { rendition, apartMs })
    }
    const fileName = this.#nextName(rendition)
    this.#begun.set(rendition, (this.#begun.get(rendition) ?? 0) + 1)
    const waiting: Waiting = { fileName, head, parts: [], complete: null, isReady: false }
    queue.push(waiting)
    return waiting
  }

  #nextName(rendition: string): string {
    return formatSegmentName(this.number, this.#begun.get(rendition) ?? 0)
  }

  #heads(): Row | null {
    const heads = new Map<string, Waiting>()
    for (const [rendition, [head]] of this.#queues) {
      if (head === undefined) return null
      heads.set(rendition, head)
    }
    return heads.size === 0 ? null : heads
  }

  /** The row that differed in length was to be the last. */
  #requireLast(): void {
    const [rendition = ''] = this.#queues.keys()
    if ([...this.#queues.values()].some((queue) => queue.length < 2)) return
    throw new ViblyError('hls.renditions-apart', { rendition, apartMs: this.#apartMs })
  }

  /** Whether its segments are equally long; if not, nothing may come behind it. */
  #isEven(row: Row): boolean {
    const durations = [...row.values()].map(({ complete }) => complete?.stored.durationTicks ?? 0)
    const apartTicks = Math.max(...durations) - Math.min(...durations)
    if (apartTicks <= DURATION_TICKS_APART_MAX || this.#phase !== 'open') return true
    this.#phase = 'cut'
    this.#apartMs = Math.round(apartTicks / TICKS_PER_MS)
    return false
  }

  #queue(rendition: string): Waiting[] {
    const queue = this.#queues.get(rendition)
    assert(queue !== undefined, 'the run was started with this rendition')
    return queue
  }
}

function latestStart(row: Row): number {
  return Math.max(...[...row.values()].map(({ head }) => head.startTicks))
}

function isEarly({ head }: Waiting, latestTicks: number): boolean {
  return latestTicks - head.startTicks > START_TICKS_APART_MAX
}

function namePart({ fileName }: Waiting, part: Part, index: number): WaitingPart {
  return { ...part, uri: formatPartName(fileName, index), isGap: false }
}
