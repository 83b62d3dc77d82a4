import { joinBytes, ViblyError } from '../base/index.ts'
import {
  type AudioFacts,
  ContinuityCounters,
  encodeTables,
  type TsProgram,
  TsReader,
  type TsUnit,
  type VideoFacts,
} from '../media/index.ts'
import { segmentTicksMax, TICKS_PER_MS } from './time.ts'

export interface SegmenterOptions {
  /** What a segment should last, ms; the target duration of every playlist. Default 2000. */
  readonly segmentMs?: number
  /** What a part lasts at most, ms. Default 250. */
  readonly partMs?: number
  /** The longest time between key frames that the source is known to keep. Default 1.05 segments. */
  readonly keyframeIntervalMs?: number
  /** The most bytes one segment may have. Default 32 MiB. */
  readonly segmentBytesMax?: number
  /** Those of the segmenter before, when another FFmpeg goes on with the same rendition. */
  readonly counters?: ContinuityCounters
}

/** A piece of a segment that ends between two pictures. */
export interface Part {
  /** Whole packets; the parts of a segment, joined, are the segment to the byte. [LL04] */
  readonly bytes: Uint8Array
  /** 90 kHz; those of a segment add up to its own. */
  readonly durationTicks: number
  /** An IDR picture is inside, with the tables right before it; in sound alone always. [LL21] */
  readonly isIndependent: boolean
}

/** A piece of a rendition that plays on its own. */
export interface Segment {
  /** 90 kHz: PTS of its first picture, or of its first sound where there is no picture. */
  readonly startTicks: number
  /** Up to the start of the next segment; of the last one, up to the end of its last picture. [H17] */
  readonly durationTicks: number
  /** PAT, PMT, then the packets of FFmpeg. */
  readonly bytes: Uint8Array
  /** Views of `bytes`. */
  readonly parts: readonly Part[]
  /** Pictures inside; 0 where there is only sound. */
  readonly frameCount: number
  /** Time was left out before it: nothing came for so long that no segment could cover it. [H10] */
  readonly isAfterHole: boolean
  /** What is really inside, null for what is not. [M01] [M02] */
  readonly video: VideoFacts | null
  readonly audio: AudioFacts | null
}

/** Parts come as they close; a segment follows its last part. */
export type Cut =
  | { readonly kind: 'part'; readonly part: Part; readonly partIndex: number }
  | { readonly kind: 'segment'; readonly segment: Segment }

/** Below this share of a segment an IDR does not cut, unless waiting would make it too long. */
const CUT_SHARE = 0.6
/** How many distances between key frames are remembered to foresee the next. */
const GAPS_REMEMBERED = 64
/** Encoders stamp in whole ms, so a frame may seem that much longer than it is. */
const ROUNDING_TICKS = TICKS_PER_MS
/** So much without a picture is a hole in what was sent, not a low frame rate. */
const HOLE_TICKS_MIN = 500 * TICKS_PER_MS
/** A lone picture lasts 1/30 s. */
const FRAME_TICKS_FIRST = 3000

/**
 * Cuts the MPEG-TS of one rendition, from one FFmpeg, into parts and segments.
 *
 * It looks at nothing but the PTS of IDR pictures, which are the same in every rendition, so all of
 * them are cut at the same times without talking to each other. [H21] An IDR cuts from 60 % of a
 * segment on, or earlier if the next one may come too late: no segment's duration rounds to more
 * than the target. [H03] Sound without picture is cut at its own times.
 *
 * Every segment starts with Vibly's PAT and PMT and an IDR; what comes before the first IDR is
 * dropped. [H19] A hole too long for any segment (an encoder that dropped pictures for seconds) ends
 * the segment where its pictures end, and the next one says so. [H10] All packets are numbered anew,
 * so that they follow each other over what is dropped. [H18]
 */
export class Segmenter {
  readonly #segmentTicks: number
  readonly #partTicks: number
  readonly #ticksMax: number
  readonly #bytesMax: number
  readonly #counters: ContinuityCounters
  readonly #reader = new TsReader()
  /** Distances between the last key frames, ticks; the first is what the options promise. */
  readonly #gaps: number[]
  #idrTicks: number | null = null
  #leadDtsTicks: number | null = null
  #frameTicks = FRAME_TICKS_FIRST
  #open: OpenSegment | null = null
  /** A hole was passed and no segment has said so yet. */
  #skipped: 'nothing' | 'hole' = 'nothing'
  /** Codec and size of the pictures so far. */
  #format: string | null = null
  #cuts: Cut[] = []

  constructor(options: SegmenterOptions = {}) {
    const segmentMs = options.segmentMs ?? 2000
    this.#segmentTicks = segmentMs * TICKS_PER_MS
    this.#partTicks = (options.partMs ?? 250) * TICKS_PER_MS
    this.#ticksMax = segmentTicksMax(segmentMs)
    this.#bytesMax = options.segmentBytesMax ?? 32 * 2 ** 20
    this.#counters = options.counters ?? new ContinuityCounters()
    this.#gaps = [(options.keyframeIntervalMs ?? 1.05 * segmentMs) * TICKS_PER_MS]
  }

  /**
   * Takes the next bytes of the pipe, cut anywhere.
   *
   * @throws ViblyError `hls.key-frames-too-far` when the segment could only go on over the target:
   *   the rendition must be encoded anew with key frames forced [H02]; `hls.format-changed`,
   *   `hls.timestamps-fell`, `hls.segment-too-large`, and what `TsReader.push` throws. After any of
   *   them it is of no more use.
   */
  push(bytes: Uint8Array): readonly Cut[] {
    for (const unit of this.#reader.push(bytes)) this.#unit(unit)
    return this.#takeCuts()
  }

  /** The pipe has ended: gives the last part and segment. */
  end(): readonly Cut[] {
    for (const unit of this.#reader.end()) this.#unit(unit)
    const open = this.#open
    if (open !== null) this.#closeSegment(open, open.lastPtsTicks + this.#frameTicks)
    return this.#takeCuts()
  }

  #unit(unit: TsUnit): void {
    const program = this.#reader.program
    if (program === null) return
    const lead = program.videoPid === null ? 'audio' : 'video'
    if (unit.kind === lead) this.#lead(unit, program)
    else if (this.#open !== null) this.#append(this.#open, unit.packets)
  }

  /** A picture (or sound where there is none): the only place where anything is cut. */
  #lead(unit: TsUnit, program: TsProgram): void {
    this.#measure(unit)
    this.#requireSameFormat()
    let open = this.#open
    if (open !== null) {
      const elapsedTicks = unit.ptsTicks - open.startTicks
      if (this.#isHole(open, unit)) {
        this.#closeSegment(open, open.lastPtsTicks + this.#frameTicks)
        this.#skipped = 'hole'
        open = null
      } else if (this.#isCut(unit, elapsedTicks)) {
        this.#closeSegment(open, unit.ptsTicks)
        open = null
      } else if (elapsedTicks + this.#frameTicks > this.#ticksMax) {
        throw tooFar(elapsedTicks)
      } else if (this.#isPartFull(open, unit)) {
        this.#closePart(open, unit.dtsTicks - open.partDtsTicks)
        open.partDtsTicks = unit.dtsTicks
      }
    }
    if (open === null) {
      if (!unit.isRandomAccess) return
      open = createOpen(unit, this.#skipped === 'hole')
      this.#skipped = 'nothing'
      this.#open = open
    }
    const isFirst = open.frameCount === 0
    const isTabled = isFirst || (unit.kind === 'video' && unit.isRandomAccess)
    if (isTabled) this.#append(open, encodeTables(program))
    open.isPartIndependent ||= unit.isRandomAccess
    open.lastPtsTicks = Math.max(open.lastPtsTicks, unit.ptsTicks)
    open.frameCount += 1
    open.partFrameCount += 1
    this.#append(open, unit.packets)
  }

  /** Learns how long a picture lasts and how far apart key frames are. */
  #measure(unit: TsUnit): void {
    const beforeTicks = this.#leadDtsTicks ?? unit.dtsTicks
    const stepTicks = unit.dtsTicks - beforeTicks
    if (stepTicks < 0) {
      throw new ViblyError('hls.timestamps-fell', { fellMs: -stepTicks / TICKS_PER_MS })
    }
    if (unit.kind === 'audio') this.#frameTicks = this.#reader.audioTicks
    else if (stepTicks > 0 && stepTicks < this.#segmentTicks / 2) this.#frameTicks = stepTicks
    this.#leadDtsTicks = unit.dtsTicks
    if (unit.kind === 'audio' || !unit.isRandomAccess) return
    const gapTicks = unit.ptsTicks - (this.#idrTicks ?? unit.ptsTicks)
    if (this.#idrTicks !== null && gapTicks <= 0) {
      throw new ViblyError('hls.timestamps-fell', { fellMs: -gapTicks / TICKS_PER_MS })
    }
    // A hole says nothing of what the encoder will do next.
    if (this.#idrTicks !== null && gapTicks <= this.#ticksMax) this.#gaps.push(gapTicks)
    // The promise at the front stays; of the others the oldest goes.
    if (this.#gaps.length > GAPS_REMEMBERED) this.#gaps.splice(1, 1)
    this.#idrTicks = unit.ptsTicks
  }

  /** Whether the segment would have to span a stretch without pictures to go on. */
  #isHole(open: OpenSegment, unit: TsUnit): boolean {
    return (
      unit.ptsTicks - open.lastPtsTicks >= HOLE_TICKS_MIN &&
      unit.ptsTicks + this.#frameTicks - open.startTicks > this.#ticksMax
    )
  }

  /** Another codec or size belongs behind a discontinuity, so to another run. [H10] */
  #requireSameFormat(): void {
    const video = this.#reader.video
    if (video === null) return
    const format = `${video.codecString} ${video.width}x${video.height}`
    this.#format ??= format
    if (this.#format !== format) {
      throw new ViblyError('hls.format-changed', { before: this.#format, after: format })
    }
  }

  #isCut(unit: TsUnit, elapsedTicks: number): boolean {
    if (!unit.isRandomAccess) return false
    if (elapsedTicks > this.#ticksMax) throw tooFar(elapsedTicks)
    if (unit.kind === 'audio') return elapsedTicks >= this.#segmentTicks
    if (elapsedTicks >= CUT_SHARE * this.#segmentTicks) return true
    return elapsedTicks + Math.max(...this.#gaps) > this.#ticksMax
  }

  #isPartFull(open: OpenSegment, unit: TsUnit): boolean {
    const withUnitTicks = unit.dtsTicks + this.#frameTicks - open.partDtsTicks
    return open.partFrameCount > 0 && withUnitTicks > this.#partTicks + ROUNDING_TICKS
  }

  /** `packets` are owned by the segment from here on. */
  #append(open: OpenSegment, packets: Uint8Array): void {
    this.#counters.restamp(packets)
    open.byteCount += packets.byteLength
    if (open.byteCount > this.#bytesMax) {
      throw new ViblyError('hls.segment-too-large', { bytesMax: this.#bytesMax })
    }
    open.pieces.push(packets)
  }

  #closePart(open: OpenSegment, durationTicks: number): void {
    const part: Part = {
      bytes: joinBytes(open.pieces),
      durationTicks,
      isIndependent: open.isPartIndependent,
    }
    this.#cuts.push({ kind: 'part', part, partIndex: open.parts.length })
    open.parts.push(part)
    open.pieces = []
    open.partFrameCount = 0
    open.isPartIndependent = false
  }

  #closeSegment(open: OpenSegment, endTicks: number): void {
    const durationTicks = endTicks - open.startTicks
    const cutTicks = open.parts.reduce((sum, part) => sum + part.durationTicks, 0)
    // The rest, by PTS: with re-ordered pictures of uneven length DTS alone may be off a little.
    this.#closePart(open, Math.max(1, durationTicks - cutTicks))
    const bytes = joinBytes(open.parts.map((part) => part.bytes))
    const isVideo = this.#reader.program?.videoPid !== null
    this.#cuts.push({
      kind: 'segment',
      segment: {
        startTicks: open.startTicks,
        durationTicks,
        isAfterHole: open.isAfterHole,
        bytes,
        parts: viewsOf(bytes, open.parts),
        frameCount: isVideo ? open.frameCount : 0,
        video: isVideo ? this.#reader.video : null,
        audio: this.#reader.audio,
      },
    })
    this.#open = null
  }

  #takeCuts(): readonly Cut[] {
    const cuts = this.#cuts
    this.#cuts = []
    return cuts
  }
}

/** The segment that is being filled. */
interface OpenSegment {
  readonly startTicks: number
  readonly isAfterHole: boolean
  lastPtsTicks: number
  frameCount: number
  byteCount: number
  readonly parts: Part[]
  /** Of the open part. */
  pieces: Uint8Array[]
  partDtsTicks: number
  partFrameCount: number
  isPartIndependent: boolean
}

function createOpen(unit: TsUnit, isAfterHole: boolean): OpenSegment {
  return {
    startTicks: unit.ptsTicks,
    isAfterHole,
    lastPtsTicks: unit.ptsTicks,
    frameCount: 0,
    byteCount: 0,
    parts: [],
    pieces: [],
    partDtsTicks: unit.dtsTicks,
    partFrameCount: 0,
    isPartIndependent: false,
  }
}

/** The same parts as views of the whole, so that their own copies may go. */
function viewsOf(bytes: Uint8Array, parts: readonly Part[]): readonly Part[] {
  let at = 0
  return parts.map((part) => {
    const from = at
    at += part.bytes.byteLength
    return { ...part, bytes: bytes.subarray(from, at) }
  })
}

function tooFar(elapsedTicks: number): ViblyError {
  return new ViblyError('hls.key-frames-too-far', {
    elapsedMs: Math.round(elapsedTicks / TICKS_PER_MS),
  })
}
