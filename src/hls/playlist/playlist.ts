import { formatTime } from '../../base/index.ts'
import { TICKS_PER_SECOND } from '../../media/index.ts'

/** What stands before the first entry of a media playlist. */
export interface PlaylistHead {
  readonly targetSeconds: number
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  /** A whole recording. A live playlist carries no type at all. [H22] */
  readonly isVod: boolean
  /** PART-TARGET, 90 kHz; null: no parts are listed. */
  readonly partTicks: number | null
  /** Entries that a delta update leaves out; 0: it is the whole list. [LL19] */
  readonly skippedSegments: number
}

/** One part as a playlist lists it. */
export interface PartEntry {
  /** Relative to the playlist. */
  readonly uri: string
  readonly durationTicks: number
  readonly isIndependent: boolean
  /** As of an entry: nothing is here and never will be. [H11] */
  readonly isGap: boolean
}

/** One line of a media playlist with the tags that belong to it. */
export interface PlaylistEntry {
  /** Relative to the playlist. */
  readonly uri: string
  readonly durationTicks: number
  /** Wall clock of its first picture, ms since 1970. */
  readonly dateMs: number
  readonly isDiscontinuity: boolean
  /** The rendition has nothing here and never will; the URI must not be loaded. [H11] */
  readonly isGap: boolean
}

/** Float EXTINF needs 3 (RFC 8216 §7); of all else only SKIP needs more (RFC 8216bis §8). [H15] */
const VERSION = 3
const VERSION_WITH_SKIP = 9
/** In targets: what the standard asks for at least (RFC 8216bis §4.4.3.8). [LL19] */
const HOLD_BACK_TARGETS = 3
export const SKIP_TARGETS = 6
/** In PART-TARGETs: what Apple asks for at least. [LL01] */
const PART_HOLD_BACK_TARGETS = 3
/** RFC 8216 §4.3.3.4. */
export const PLAYLIST_END = '#EXT-X-ENDLIST\n'
/**
 * A comment (RFC 8216 §4.1) behind the last segment where nothing else is. When no line comes
 * there, hls.js 1.7 takes the last segment for the one to come as well, counts its discontinuities
 * twice and stands still when the encoder is back. [LL23]
 */
export const NOTHING_FORESEEN = '# No part is foreseen.\n'

/**
 * RFC 8216 §4.3.3, tags of the whole playlist. DISCONTINUITY-SEQUENCE always, as one may come.
 * [H12] Here as everywhere only numbers, dates and Vibly's own names: nothing a peer sent. [H23]
 */
export function formatHead(head: PlaylistHead): string {
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${head.skippedSegments > 0 ? VERSION_WITH_SKIP : VERSION}`,
    `#EXT-X-TARGETDURATION:${head.targetSeconds}`,
    ...(head.partTicks === null ? [] : lowLatencyLines(head.targetSeconds, head.partTicks)),
    `#EXT-X-MEDIA-SEQUENCE:${head.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${head.discontinuitySequence}`,
  ]
  if (head.isVod) lines.push('#EXT-X-PLAYLIST-TYPE:VOD')
  lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  if (head.skippedSegments > 0) {
    lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${head.skippedSegments}`)
  }
  return `${lines.join('\n')}\n`
}

/**
 * RFC 8216 §4.3.2: discontinuity, wall clock, parts, duration in seconds to the microsecond, URI.
 * [H14]
 */
export function formatEntry(entry: PlaylistEntry, parts: readonly PartEntry[] = []): string {
  const lines = entry.isGap ? ['#EXT-X-GAP'] : []
  lines.push(`#EXTINF:${seconds(entry.durationTicks)},`, entry.uri)
  return `${formatOpenEntry(entry, parts)}${lines.join('\n')}\n`
}

/** What can be told of a segment before it is complete: its tags, then its parts so far. [LL21] */
export function formatOpenEntry(
  entry: Pick<PlaylistEntry, 'isDiscontinuity' | 'dateMs'>,
  parts: readonly PartEntry[],
): string {
  const lines = entry.isDiscontinuity ? ['#EXT-X-DISCONTINUITY'] : []
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${formatTime(entry.dateMs)}`)
  for (const { durationTicks, uri, isIndependent, isGap } of parts) {
    const flag = isGap ? ',GAP=YES' : isIndependent ? ',INDEPENDENT=YES' : ''
    lines.push(`#EXT-X-PART:DURATION=${seconds(durationTicks)},URI="${uri}"${flag}`)
  }
  return `${lines.join('\n')}\n`
}

/** The part that comes next (RFC 8216bis §4.4.5.3). [LL13] */
export function formatHint(uri: string): string {
  return `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${uri}"\n`
}

/** How far another rendition's playlist is (RFC 8216bis §4.4.5.4). [LL17] */
export function formatReport(report: {
  readonly uri: string
  readonly lastMsn: number
  /** null: that segment has no parts. */
  readonly lastPart: number | null
}): string {
  const part = report.lastPart === null ? '' : `,LAST-PART=${report.lastPart}`
  return `#EXT-X-RENDITION-REPORT:URI="${report.uri}",LAST-MSN=${report.lastMsn}${part}\n`
}

/** RFC 8216bis §4.4.3.7, §4.4.3.8. [LL01] */
function lowLatencyLines(targetSeconds: number, partTicks: number): readonly string[] {
  const control = [
    'CAN-BLOCK-RELOAD=YES',
    `CAN-SKIP-UNTIL=${(SKIP_TARGETS * targetSeconds).toFixed(1)}`,
    `HOLD-BACK=${(HOLD_BACK_TARGETS * targetSeconds).toFixed(1)}`,
    `PART-HOLD-BACK=${((PART_HOLD_BACK_TARGETS * partTicks) / TICKS_PER_SECOND).toFixed(3)}`,
  ]
  return [
    `#EXT-X-SERVER-CONTROL:${control.join(',')}`,
    `#EXT-X-PART-INF:PART-TARGET=${(partTicks / TICKS_PER_SECOND).toFixed(3)}`,
  ]
}

function seconds(ticks: number): string {
  return (ticks / TICKS_PER_SECOND).toFixed(6)
}
