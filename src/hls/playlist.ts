import { formatTime, ViblyError } from '../base/index.ts'
import { TICKS_PER_SECOND } from './time.ts'

/** What stands before the first entry of a media playlist. */
export interface PlaylistHead {
  readonly targetSeconds: number
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  /** A whole recording. A live playlist carries no type at all. [H22] */
  readonly isVod: boolean
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

/** Float EXTINF needs 3 (RFC 8216 §7), nothing here needs more. [H15] */
const VERSION = 3
export const PLAYLIST_END = '#EXT-X-ENDLIST\n'

/**
 * RFC 8216 §4.3.3, tags of the whole playlist. DISCONTINUITY-SEQUENCE always, as one may come. [H12]
 * Here as everywhere only numbers, dates and Vibly's own names: nothing a peer sent. [H23]
 */
export function formatHead(head: PlaylistHead): string {
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${VERSION}`,
    `#EXT-X-TARGETDURATION:${head.targetSeconds}`,
    `#EXT-X-MEDIA-SEQUENCE:${head.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${head.discontinuitySequence}`,
  ]
  if (head.isVod) lines.push('#EXT-X-PLAYLIST-TYPE:VOD')
  lines.push('#EXT-X-INDEPENDENT-SEGMENTS')
  return `${lines.join('\n')}\n`
}

/** RFC 8216 §4.3.2: discontinuity, wall clock, duration in seconds to the microsecond, URI. [H14] */
export function formatEntry(entry: PlaylistEntry): string {
  const lines = entry.isDiscontinuity ? ['#EXT-X-DISCONTINUITY'] : []
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${formatTime(entry.dateMs)}`)
  if (entry.isGap) lines.push('#EXT-X-GAP')
  lines.push(`#EXTINF:${(entry.durationTicks / TICKS_PER_SECOND).toFixed(6)},`, entry.uri)
  return `${lines.join('\n')}\n`
}

/** A playlist that was written entry by entry, made whole after a crash. */
export interface RecoveredPlaylist {
  /** Ends with ENDLIST. */
  readonly text: string
  /** In order; gaps are left out. */
  readonly segments: readonly { readonly fileName: string; readonly durationMs: number }[]
}

/**
 * Closes the playlist of a rendition that a crash left behind: what follows its last whole entry
 * (tags of the next, a line cut short) is dropped and ENDLIST put in its place. One that is closed
 * already comes back as it is. [H09]
 *
 * @throws ViblyError `hls.playlist-invalid` when not even its head is there.
 */
export function recoverPlaylist(text: string, rendition: string): RecoveredPlaylist {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  if (lines[0] !== '#EXTM3U' || !lines.includes('#EXT-X-INDEPENDENT-SEGMENTS')) {
    throw new ViblyError('hls.playlist-invalid', { rendition })
  }
  const segments: { fileName: string; durationMs: number }[] = []
  let wholeLines = lines.indexOf('#EXT-X-INDEPENDENT-SEGMENTS') + 1
  let durationMs: number | null = null
  let isGap = false
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('#EXTINF:')) durationMs = Number.parseFloat(line.slice(8)) * 1000
    if (line === '#EXT-X-GAP') isGap = true
    if (line === '' || line.startsWith('#') || durationMs === null) continue
    if (!isGap) segments.push({ fileName: line, durationMs })
    durationMs = null
    isGap = false
    wholeLines = index + 1
  }
  return { text: `${lines.slice(0, wholeLines).join('\n')}\n${PLAYLIST_END}`, segments }
}
