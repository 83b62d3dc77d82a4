import type { TsUnit } from '../../media/index.ts'
import { PART_SHARE_MIN } from './part-target.ts'
import type { Part } from './segment.ts'

/** The segment that is being filled. */
export interface OpenSegment {
  readonly startTicks: number
  /** How far the PTS of its first picture is ahead of the DTS. */
  readonly ptsLeadTicks: number
  readonly isAfterHole: boolean
  /** PART-TARGET; null: it was not decided yet, so parts can be cut only when all is there. */
  readonly partTicks: number | null
  /** Where its pictures begin, as long as no parts are cut. */
  readonly pictures: Picture[]
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

/** A picture, or sound where there are none, and the first of its pieces. */
interface Picture {
  readonly dtsTicks: number
  readonly pieceIndex: number
  readonly isRandomAccess: boolean
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
    pictures: [],
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

/**
 * Divides the pictures into parts of at most `partTicks`, each the range of its pictures; null: one
 * would be too long, or too short though it is not the last. [LL02]
 *
 * @param endTicks when the last of them ends, by DTS.
 */
export function groupPictures(
  pictures: readonly Pick<Picture, 'dtsTicks'>[],
  endTicks: number,
  partTicks: number,
): readonly { readonly from: number; readonly to: number }[] | null {
  const groups: { from: number; to: number }[] = []
  let from = 0
  for (let to = 1; to <= pictures.length; to += 1) {
    const startTicks = pictures[from]?.dtsTicks ?? endTicks
    const isLast = to === pictures.length
    const nextEndTicks = pictures[to + 1]?.dtsTicks ?? endTicks
    if (!isLast && nextEndTicks - startTicks <= partTicks) continue
    const ticks = (pictures[to]?.dtsTicks ?? endTicks) - startTicks
    if (ticks > partTicks || (!isLast && ticks < PART_SHARE_MIN * partTicks)) return null
    groups.push({ from, to })
    from = to
  }
  return groups
}

/** How long each picture lasts, ticks, where the newest one so far begins at `newestTicks`. */
export function stepsOf(
  pictures: readonly Pick<Picture, 'dtsTicks'>[],
  newestTicks: number,
): readonly number[] {
  return pictures
    .map(({ dtsTicks }, index) => (pictures[index + 1]?.dtsTicks ?? newestTicks) - dtsTicks)
    .filter((stepTicks) => stepTicks > 0)
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
