import { dropOldest } from '../../base/index.ts'
import { ContinuityCounters, TICKS_PER_SECOND } from '../../media/index.ts'
import type { Segment } from '../cutting/index.ts'
import {
  formatGapName,
  formatPartName,
  type PartEntry,
  type ShownAudio,
  type ShownVideo,
  type Variant,
} from '../playlist/index.ts'
import { BandwidthMeter } from './bandwidth.ts'

/** What the plan promises of one rendition, packaging included; null where nobody can (a copy). */
export interface RunRendition {
  readonly name: string
  /** Bits per second that no row of segments will exceed. */
  readonly peakBps: number | null
  readonly averageBps: number | null
}

/** What is kept of a listed segment for ever: enough to write its line again. */
export interface StoredSegment {
  readonly fileName: string
  readonly durationTicks: number
  readonly byteCount: number
}

/** What an earlier server had listed of a rendition. */
export interface PastRendition extends Pick<Variant, 'video' | 'audio' | 'frameRate'> {
  readonly name: string
  readonly firstMsn: number
  readonly listed: ReadonlyMap<number, StoredSegment>
  readonly lastRun: number
}

/** Segments per rendition that may stay in memory because no store takes them. */
const KEPT_SEGMENTS_MAX = 16

/** Everything the presentation knows of one rendition, over all runs. */
export class RenditionState {
  readonly name: string
  /** For the segmenters of all its runs. */
  readonly counters = new ContinuityCounters()
  /** Media sequence number of its first segment; the playlist begins there. Null before it. */
  firstMsn: number | null = null
  /** By media sequence number; what is missing is a gap. */
  readonly listed = new Map<number, StoredSegment>()
  /** The run whose segments it last listed. */
  lastRun = 0
  #promise: RunRendition
  readonly #meter: BandwidthMeter
  readonly #memory = new Map<string, Uint8Array>()
  readonly #segmentsInMemoryMax: number
  /** Listed segments that could not be stored, a few at each end of a run; bytes of the newest. */
  readonly #unstored = new Set<string>()
  readonly #kept = new Map<string, Uint8Array>()
  /** By media sequence number: the parts of a segment, oldest segment first. */
  readonly #parts = new Map<number, readonly PartEntry[]>()
  /** Bytes of listed parts by URI. */
  readonly #partBytes = new Map<string, Uint8Array>()
  #video: ShownVideo | null = null
  #audio: ShownAudio | null = null
  #frameCount = 0
  #frameTicks = 0
  /** What the run before showed; null before there was one. */
  #frameRateBefore: number | null = null

  constructor(promise: RunRendition, targetSeconds: number, segmentsInMemoryMax: number) {
    this.name = promise.name
    this.#promise = promise
    this.#meter = new BandwidthMeter(targetSeconds)
    this.#segmentsInMemoryMax = segmentsInMemoryMax
  }

  /** What an earlier server listed of it, before anything else happens to it. */
  restore(past: PastRendition): void {
    this.firstMsn = past.firstMsn
    this.lastRun = past.lastRun
    for (const [msn, stored] of past.listed) {
      this.listed.set(msn, stored)
      this.#meter.add(stored)
    }
    this.#video = past.video
    this.#audio = past.audio
    this.#frameRateBefore = past.frameRate
  }

  /** A new FFmpeg makes it: other promises, and pictures are counted afresh. */
  startRun(promise: RunRendition): void {
    this.#promise = promise
    this.#frameRateBefore = this.#frameRate
    this.#frameCount = 0
    this.#frameTicks = 0
  }

  remember(fileName: string, bytes: Uint8Array): void {
    this.#memory.set(fileName, bytes)
    dropOldest(this.#memory, this.#segmentsInMemoryMax)
  }

  /** The store did not take it: it stays here, unless there are too many of them. */
  keep(fileName: string): void {
    const bytes = this.#memory.get(fileName)
    if (bytes === undefined) return
    this.#unstored.add(fileName)
    this.#kept.set(fileName, bytes)
    dropOldest(this.#kept, KEPT_SEGMENTS_MAX)
  }

  /** Whether the store has it. */
  isStored(fileName: string): boolean {
    return !this.#unstored.has(fileName)
  }

  bytesOf(fileName: string): Uint8Array | null {
    return this.#memory.get(fileName) ?? this.#kept.get(fileName) ?? null
  }

  /** Those listed of a segment; empty where it has none, or they are forgotten. */
  partsOf(msn: number): readonly PartEntry[] {
    return this.#parts.get(msn) ?? []
  }

  partBytesOf(uri: string): Uint8Array | null {
    return this.#partBytes.get(uri) ?? null
  }

  /** The parts of a segment that are listed now, a few more than before. */
  listParts(msn: number, parts: readonly (PartEntry & { readonly bytes: Uint8Array })[]): void {
    this.#parts.set(
      msn,
      parts.map(({ uri, durationTicks, isIndependent, isGap }) => {
        return { uri, durationTicks, isIndependent, isGap }
      }),
    )
    for (const { uri, bytes } of parts) this.#partBytes.set(uri, bytes)
  }

  /**
   * As `listParts`, where it has nothing: who plays it learns as soon as can be that nothing comes.
   * [H11]
   */
  listGaps(msn: number, parts: readonly PartEntry[]): void {
    this.#parts.set(
      msn,
      parts.map(({ durationTicks }, index) => {
        const uri = formatPartName(formatGapName(msn), index)
        return { uri, durationTicks, isIndependent: false, isGap: true }
      }),
    )
  }

  /** Forgets the parts of all segments before `msn`. [LL05] */
  forgetParts(msn: number): void {
    for (const [oldest, parts] of this.#parts) {
      if (oldest >= msn) return
      for (const { uri } of parts) this.#partBytes.delete(uri)
      this.#parts.delete(oldest)
    }
  }

  list(msn: number, run: number, stored: StoredSegment, segment: SegmentFacts): void {
    this.firstMsn ??= msn
    this.lastRun = run
    this.listed.set(msn, stored)
    this.#meter.add(stored)
    this.#video = segment.video
    this.#audio = segment.audio
    this.#frameCount += segment.frameCount
    this.#frameTicks += segment.durationTicks
  }

  /**
   * Its line in the multivariant playlist. Live, the plan's ceiling counts until it is exceeded;
   * of a recording the bytes alone, which are exact. [M05] [M06]
   */
  variant(uri: string, use: 'live' | 'vod'): Variant {
    const promised = use === 'live' ? this.#promise : { peakBps: null, averageBps: null }
    const averageBps = Math.max(this.#meter.averageBps, promised.averageBps ?? 0)
    return {
      uri,
      averageBps,
      peakBps: Math.max(this.#meter.peakBps, promised.peakBps ?? 0, averageBps),
      video: this.#video,
      audio: this.#audio,
      frameRate: this.#frameRate,
    }
  }

  /**
   * Pictures per second of this run, or of the one before until it lists something; null without
   * pictures.
   */
  get #frameRate(): number | null {
    if (this.#frameCount === 0) return this.#frameRateBefore
    return (this.#frameCount * TICKS_PER_SECOND) / this.#frameTicks
  }
}

/** Of a segment, what outlives its bytes. */
export type SegmentFacts = Pick<
  Segment,
  'video' | 'audio' | 'frameCount' | 'durationTicks' | 'isAfterHole'
>
