import type { TsUnit } from '../../media/index.ts'
import type { Part } from './segment.ts'

/** The segment that is being filled. */
export interface OpenSegment {
  readonly startTicks: number
  /** How far the PTS of its first picture is ahead of the DTS. */
  readonly ptsLeadTicks: number
  readonly isAfterHole: boolean
  /** PART-TARGET; null: it is not cut into parts. */
  readonly partTicks: number | null
  /** How long its pictures lasted, as long as PART-TARGET is to be decided. */
  readonly steps: number[]
  lastPtsTicks: number
  frameCount: number
  byteCount: number
  readonly parts: Part[]
  part: OpenPart
  /** The newest picture of the open part, with where it begins; null: the part has none yet. */
  last: {
    readonly unit: TsUnit
    readonly pieceIndex: number
    /** A player may start with it: the tables stand before it. */
    readonly isStart: boolean
    /** Whether the part could be started with before it came. */
    readonly wasIndependent: boolean
  } | null
}

interface OpenPart {
  readonly dtsTicks: number
  pieces: Uint8Array[]
  frameCount: number
  isIndependent: boolean
}

/** A segment that begins with `unit`, which is not in it yet. `partTicks` as of `OpenSegment`. */
export function createOpen(
  unit: TsUnit,
  isAfterHole: boolean,
  partTicks: number | null,
): OpenSegment {
  return {
    startTicks: unit.ptsTicks,
    ptsLeadTicks: unit.ptsTicks - unit.dtsTicks,
    isAfterHole,
    partTicks,
    steps: [],
    lastPtsTicks: unit.ptsTicks,
    frameCount: 0,
    byteCount: 0,
    parts: [],
    part: createPart(unit.dtsTicks),
    last: null,
  }
}

/** An empty part that begins at this DTS, 90 kHz. */
export function createPart(dtsTicks: number): OpenPart {
  return { dtsTicks, pieces: [], frameCount: 0, isIndependent: false }
}

/** The same parts as views of the whole, so that their own copies may go. */
export function viewsOf(bytes: Uint8Array, parts: readonly Part[]): readonly Part[] {
  let at = 0
  return parts.map((part) => {
    const from = at
    at += part.bytes.byteLength
    return { ...part, bytes: bytes.subarray(from, at) }
  })
}
