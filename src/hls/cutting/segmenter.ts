import { joinBytes, ViblyError } from '../../base/index.ts'
import {
  ContinuityCounters,
  encodeTables,
  insertParameterSets,
  keyframeDistanceMsMax,
  PAT_PID,
  pidOf,
  TICKS_PER_MS,
  type TsProgram,
  TsReader,
  type TsUnit,
} from '../../media/index.ts'
import {
  createOpen,
  createPart,
  groupPictures,
  type OpenSegment,
  stepsOf,
  viewsOf,
} from './open-segment.ts'
import { PART_SHARE_MIN, type PartTarget } from './part-target.ts'
import type { Cut, Part, SegmentHead } from './segment.ts'
import { segmentTicksMax } from './target-duration.ts'

export interface SegmenterOptions {
  /** What a segment should last, ms; the target duration of every playlist. */
  readonly segmentMs: number
  /** Shared by all segmenters of a presentation. The first segment to end decides it. */
  readonly partTarget: PartTarget
  /** The most bytes one segment may have. Default 32 MiB. */
  readonly segmentBytesMax?: number
  /** Those of the segmenter before, when another FFmpeg goes on with the same rendition. */
  readonly counters?: ContinuityCounters
}

/** Below this share of a segment an IDR does not cut, unless waiting would make it too long. */
const CUT_SHARE = 0.6
/** How many distances between key frames are remembered to foresee the next. */
const GAPS_REMEMBERED = 64
/** How far sound must be past the end of a part to be taken for time passing without a picture. */
const SOUND_AHEAD_TICKS = 150 * TICKS_PER_MS
/** So much without a picture is a hole in what was sent, not a low frame rate. */
const HOLE_TICKS_MIN = 500 * TICKS_PER_MS
/** So much that is in no packet: what comes is no MPEG-TS, and waiting for some would never end. */
const STRAY_BYTES_MAX = 2 ** 20
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
 * dropped. [H19] A hole too long for any segment (an encoder that dropped pictures for seconds)
 * ends the segment where its pictures end, and the next one says so. [H10] All packets are numbered
 * anew, so that they follow each other over what is dropped. [H18]
 */
export class Segmenter {
  readonly #segmentTicks: number
  readonly #partTarget: PartTarget
  readonly #ticksMax: number
  readonly #bytesMax: number
  readonly #counters: ContinuityCounters
  readonly #reader = new TsReader()
  /** Distances between the last key frames, ticks; the first is the longest that is promised. */
  readonly #gaps: number[]
  #idrTicks: number | null = null
  #leadDtsTicks: number | null = null
  #firstLeadDtsTicks: number | null = null
  #frameTicks = FRAME_TICKS_FIRST
  #open: OpenSegment | null = null
  /** A hole was passed and no segment has said so yet. */
  #skipped: 'nothing' | 'hole' = 'nothing'
  /** Those of the newest IDR picture; null before it. */
  #parameterSets: Uint8Array | null = null
  /** Codec and size of the pictures so far. */
  #format: string | null = null
  #cuts: Cut[] = []

  constructor(options: SegmenterOptions) {
    const { segmentMs } = options
    this.#segmentTicks = segmentMs * TICKS_PER_MS
    this.#partTarget = options.partTarget
    this.#ticksMax = segmentTicksMax(segmentMs)
    this.#bytesMax = options.segmentBytesMax ?? 32 * 2 ** 20
    this.#counters = options.counters ?? new ContinuityCounters()
    this.#gaps = [keyframeDistanceMsMax(segmentMs) * TICKS_PER_MS]
  }

  /**
   * How far pictures (or sound where there are none) have come since the first, ms; null before it.
   */
  get progressMs(): number | null {
    if (this.#leadDtsTicks === null || this.#firstLeadDtsTicks === null) return null
    return (this.#leadDtsTicks - this.#firstLeadDtsTicks) / TICKS_PER_MS
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
    if (this.#reader.skippedBytes > STRAY_BYTES_MAX) {
      throw new ViblyError('media.ts-invalid', { field: 'sync byte' })
    }
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
    else if (this.#open !== null) this.#follow(this.#open, unit)
  }

  /**
   * Sound beside a picture. A part does not wait for the end of a picture that stays [LL03], but
   * where the next segment may begin only a picture tells: sound comes early and goes on behind the
   * last one.
   */
  #follow(open: OpenSegment, unit: TsUnit): void {
    const { part, partTicks } = open
    if (partTicks !== null && part.pieces.length > 0) {
      const endTicks = part.dtsTicks + partTicks
      const isPast = unit.ptsTicks - open.ptsLeadTicks >= endTicks + SOUND_AHEAD_TICKS
      if (isPast && endTicks < this.#soonestCut(open)) this.#closePart(open, endTicks)
    }
    this.#append(open, unit.packets)
  }

  /** DTS before which, by all that was seen, no key frame will end the segment. */
  #soonestCut(open: OpenSegment): number {
    const gapTicks = Math.min(this.#segmentTicks, ...this.#gaps) - this.#frameTicks
    const soonestTicks = (this.#idrTicks ?? open.startTicks) + gapTicks
    return Math.min(soonestTicks, open.startTicks + this.#ticksMax) - open.ptsLeadTicks
  }

  /** A picture (or sound where there is none): nearly the only place where anything is cut. */
  #lead(unit: TsUnit, program: TsProgram): void {
    this.#measure(unit)
    this.#requireSameFormat()
    let open = this.#open
    if (open !== null) {
      this.#closeFullPart(open, unit)
      const elapsedTicks = unit.ptsTicks - open.startTicks
      if (this.#isHole(open, unit)) {
        this.#closeSegment(open, open.lastPtsTicks + this.#frameTicks)
        this.#skipped = 'hole'
        open = null
      } else if (this.#isCut(unit, elapsedTicks)) {
        // Parts of sound alone may have been told past a key frame that came against all
        // experience.
        if (elapsedTicks <= cutTicksOf(open)) this.#skipped = 'hole'
        this.#closeSegment(open, unit.ptsTicks)
        open = null
      } else if (elapsedTicks + this.#frameTicks > this.#ticksMax) {
        throw tooFar(elapsedTicks)
      } else if (this.#isPartComplete(open, unit)) {
        // A picture that stayed for longer than a part may last goes on in the next one.
        const endTicks = open.part.dtsTicks + (open.partTicks ?? 0)
        const shownTicks = Math.max(open.lastPtsTicks, unit.ptsTicks) + 1
        this.#closePartBefore(open, shownTicks, Math.min(unit.dtsTicks, endTicks))
      }
    }
    if (open === null) {
      if (!unit.isRandomAccess) return
      open = createOpen(unit, this.#skipped === 'hole', this.#partTarget.ticks)
      this.#skipped = 'nothing'
      this.#open = open
    }
    // A player may start with any part of sound alone.
    const isStart = unit.isRandomAccess && (unit.kind === 'video' || open.part.frameCount === 0)
    const { pieces, isIndependent } = open.part
    if (open.partTicks === null) {
      const { dtsTicks, isRandomAccess } = unit
      open.pictures.push({ dtsTicks, isRandomAccess, pieceIndex: pieces.length })
    }
    open.last = { pieceIndex: pieces.length, unit, isStart, wasIndependent: isIndependent }
    if (isStart) this.#append(open, encodeTables(program))
    open.part.isIndependent ||= isStart
    this.#parameterSets = unit.parameterSets ?? this.#parameterSets
    open.lastPtsTicks = Math.max(open.lastPtsTicks, unit.ptsTicks)
    open.frameCount += 1
    open.part.frameCount += 1
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
    this.#firstLeadDtsTicks ??= unit.dtsTicks
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

  /**
   * How long a picture lasts shows when the next one comes. If the last one lasted too long for the
   * part it is in, it goes to the next part; if the part would be too short then, it goes on there.
   */
  #closeFullPart(open: OpenSegment, unit: TsUnit): void {
    const { last, part, partTicks } = open
    if (partTicks === null || last === null || part.frameCount < 2) return
    if (unit.dtsTicks - part.dtsTicks <= partTicks) return
    // It may be the key frame that ends the segment.
    const shownTicks = Math.max(open.lastPtsTicks + 1, unit.ptsTicks)
    const restTicks = last.unit.dtsTicks - part.dtsTicks
    if (restTicks < (last.wasIndependent ? 1 : PART_SHARE_MIN * partTicks)) {
      this.#closePartBefore(open, shownTicks, part.dtsTicks + partTicks)
      return
    }
    const endTicks = Math.min(last.unit.dtsTicks, part.dtsTicks + partTicks)
    if (endTicks + open.ptsLeadTicks >= shownTicks) return
    const late = part.pieces.splice(last.pieceIndex)
    part.frameCount -= 1
    part.isIndependent = last.wasIndependent
    this.#closePart(open, endTicks)
    open.part.pieces = late
    open.part.frameCount = 1
    open.part.isIndependent = last.isStart
  }

  /** Whether one more picture may be too much for a part that is long enough. */
  #isPartComplete(open: OpenSegment, unit: TsUnit): boolean {
    const { part, partTicks } = open
    if (partTicks === null || part.pieces.length === 0) return false
    const elapsedTicks = unit.dtsTicks - part.dtsTicks
    // At an uneven rate a part that waits for one more is told late when that one does not fit.
    // [LL03]
    const nextTicks = Math.max(this.#frameTicks, this.#partTarget.pictureTicks)
    return elapsedTicks >= PART_SHARE_MIN * partTicks && elapsedTicks + nextTicks > partTicks
  }

  /** `packets` are owned by the segment from here on. */
  #append(open: OpenSegment, packets: Uint8Array): void {
    open.byteCount += packets.byteLength
    if (open.byteCount > this.#bytesMax) {
      throw new ViblyError('hls.segment-too-large', { bytesMax: this.#bytesMax })
    }
    open.part.pieces.push(packets)
  }

  /**
   * As `closePart`, if something of the segment is left behind `dtsTicks`; else the part goes on.
   * [LL04] With re-ordered pictures of uneven length DTS may run ahead of what is shown.
   *
   * @param shownTicks PTS up to which the segment lasts at least.
   */
  #closePartBefore(open: OpenSegment, shownTicks: number, dtsTicks: number): void {
    if (dtsTicks + open.ptsLeadTicks < shownTicks) this.#closePart(open, dtsTicks)
  }

  /** The open part ends at `dtsTicks`, where the next one begins. */
  #closePart(open: OpenSegment, dtsTicks: number): void {
    const part = this.#finishPart(open, dtsTicks - open.part.dtsTicks)
    this.#cuts.push({ kind: 'part', part, segment: this.#headOf(open) })
    open.part = createPart(dtsTicks)
    open.last = null
  }

  #finishPart(open: OpenSegment, durationTicks: number): Part {
    const pieces = this.#readable(open.part.pieces)
    const bytes = joinBytes(pieces)
    this.#counters.restamp(bytes)
    const part: Part = {
      bytes,
      durationTicks,
      isIndependent: open.part.isIndependent,
      frameCount: this.#isVideo ? open.part.frameCount : 0,
    }
    open.parts.push(part)
    return part
  }

  /**
   * Video.js and Shaka read each part by itself, whatever they read before: so every part begins
   * with PAT and PMT, and its first picture with its parameter sets. [LL21]
   */
  #readable(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
    const program = this.#reader.program
    const sets = this.#parameterSets
    if (program === null) return pieces
    const first = pieces.findIndex((piece) => pidOf(piece) === program.videoPid)
    const whole = pieces.map((piece, index) =>
      index === first && sets !== null ? insertParameterSets(piece, sets) : piece,
    )
    return pidOf(whole[0]) === PAT_PID ? whole : [encodeTables(program), ...whole]
  }

  /**
   * The last part, by PTS: with re-ordered pictures of uneven length that is not what DTS say. What
   * is too long for one part becomes several as far as there is anything to put into them. [LL02]
   */
  #finishRest(open: OpenSegment, ticks: number): void {
    const partTicks = open.partTicks ?? ticks
    const { pieces } = open.part
    const count = Math.min(Math.ceil(ticks / partTicks), pieces.length)
    for (let left = count; left > 1; left -= 1) {
      open.part.pieces = pieces.splice(0, Math.floor(pieces.length / left))
      this.#closePart(open, open.part.dtsTicks + partTicks)
    }
    open.part.pieces = pieces
    this.#finishPart(open, ticks - Math.max(0, count - 1) * partTicks)
  }

  #closeSegment(open: OpenSegment, endTicks: number): void {
    this.#partTarget.decide(stepsOf(open.pictures, this.#leadDtsTicks ?? 0))
    // What was told of it stays told. [H04]
    const durationTicks = Math.max(endTicks - open.startTicks, cutTicksOf(open) + 1)
    const isInParts = open.partTicks !== null || this.#divide(open, durationTicks)
    this.#finishRest(open, durationTicks - cutTicksOf(open))
    const bytes = joinBytes(open.parts.map((part) => part.bytes))
    this.#cuts.push({
      kind: 'segment',
      segment: {
        ...this.#headOf(open),
        durationTicks,
        bytes,
        parts: isInParts ? viewsOf(bytes, open.parts) : [],
        frameCount: this.#isVideo ? open.frameCount : 0,
      },
    })
    this.#open = null
  }

  /**
   * Cuts the first segment, now that it is known how long parts may be: a player like hls.js takes
   * parts of the segment that grows only where the list has some of a whole one.
   *
   * @returns false: its pictures are so uneven that no parts can be cut from it. [LL02]
   */
  #divide(open: OpenSegment, durationTicks: number): boolean {
    const { pictures, part } = open
    const partTicks = this.#partTarget.ticks ?? 0
    const groups = groupPictures(pictures, part.dtsTicks + durationTicks, partTicks)
    if (groups === null) return false
    const { pieces } = part
    for (const [index, { from, to }] of groups.entries()) {
      const inPart = pictures.slice(from, to)
      open.part.pieces = pieces.slice(
        index === 0 ? 0 : inPart[0]?.pieceIndex,
        pictures[to]?.pieceIndex,
      )
      open.part.frameCount = inPart.length
      open.part.isIndependent = inPart.some((picture) => picture.isRandomAccess)
      const next = pictures[to]
      if (next !== undefined) this.#closePart(open, next.dtsTicks)
    }
    return true
  }

  #headOf({ startTicks, isAfterHole }: OpenSegment): SegmentHead {
    const video = this.#isVideo ? this.#reader.video : null
    return { startTicks, isAfterHole, video, audio: this.#reader.audio }
  }

  get #isVideo(): boolean {
    return this.#reader.program?.videoPid !== null
  }

  #takeCuts(): readonly Cut[] {
    const cuts = this.#cuts
    this.#cuts = []
    return cuts
  }
}

function cutTicksOf(open: OpenSegment): number {
  return open.parts.reduce((sum, part) => sum + part.durationTicks, 0)
}

function tooFar(elapsedTicks: number): ViblyError {
  return new ViblyError('hls.key-frames-too-far', {
    elapsedMs: Math.round(elapsedTicks / TICKS_PER_MS),
  })
}
