import { TICKS_PER_SECOND } from '../media/index.ts'

/** What a player waits for: `_HLS_msn` and, unless null, `_HLS_part` (RFC 8216bis §6.2.5.2). */
export interface ReloadTarget {
  readonly msn: number
  readonly part: number | null
}

/** How far a media playlist has come. */
export interface PlaylistEdge {
  /** Media sequence number of the newest complete segment. */
  readonly lastMsn: number
  /** Parts listed of the segment after it. */
  readonly openParts: number
  /** Parts of a complete segment; 0: it was not cut. */
  partsOf(msn: number): number
}

/** How many segments ahead a player may ask for. [LL08] */
const SEGMENTS_AHEAD_MAX = 2

/**
 * Whether a request is to be answered now, kept waiting, or refused as a mistake. A number that is
 * gone long since is answered at once with the list as it is. [LL06] [LL07] [LL08] [LL12]
 *
 * @param partTicks PART-TARGET, 90 kHz.
 */
export function decideReload(
  wanted: ReloadTarget,
  edge: PlaylistEdge,
  partTicks: number,
): 'now' | 'wait' | 'too-far' {
  const { msn, part } = wanted
  if (msn > edge.lastMsn + SEGMENTS_AHEAD_MAX) return 'too-far'
  if (msn <= edge.lastMsn) {
    // Behind the last part of a segment comes part 0 of the next: only of the newest does it
    // matter.
    const isBeyond = part !== null && part > 0 && part >= edge.partsOf(msn)
    return isBeyond && msn === edge.lastMsn && edge.openParts === 0 ? 'wait' : 'now'
  }
  if (part === null) return 'wait'
  const listed = msn === edge.lastMsn + 1 ? edge.openParts : 0
  if (part < listed) return 'now'
  return part > listed - 1 + advancePartLimit(partTicks) ? 'too-far' : 'wait'
}

/** How many parts ahead a player may ask for: three seconds' worth, and three at least. */
export function advancePartLimit(partTicks: number): number {
  return partTicks < TICKS_PER_SECOND ? Math.ceil((3 * TICKS_PER_SECOND) / partTicks) : 3
}
