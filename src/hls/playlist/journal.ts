import { ViblyError } from '../../base/index.ts'
import { TICKS_PER_MS, TICKS_PER_SECOND } from '../../media/index.ts'
import { formatEntry, PLAYLIST_END, type PlaylistEntry } from './playlist.ts'

/**
 * What stands in front of an entry of a stored playlist: a comment (RFC 8216 §4.1), which no player
 * heeds. It tells the next server how large a segment is without a look at thousands of files.
 */
const BYTES_COMMENT = '#bytes:'
/** The head of a stored playlist ends with this line. */
const HEAD_END = '#EXT-X-INDEPENDENT-SEGMENTS'

/** One entry of a stored playlist. */
export interface JournalEntry extends PlaylistEntry {
  /** 0: not told. */
  readonly byteCount: number
}

/** A playlist that was written entry by entry, up to its last whole one. */
export interface Journal {
  readonly targetSeconds: number
  readonly mediaSequence: number
  readonly entries: readonly JournalEntry[]
}

/** As `formatEntry`, with its size. */
export function formatJournalEntry(entry: JournalEntry): string {
  return `${BYTES_COMMENT}${entry.byteCount}\n${formatEntry(entry)}`
}

/**
 * Reads the playlist of a rendition that a killed server left behind. What follows its last whole
 * entry (tags of the next, a line cut short) is left out.
 *
 * @throws ViblyError `hls.playlist-invalid` when not even its head is there.
 */
export function parseJournal(text: string, rendition: string): Journal {
  const lines = wholeLines(text, rendition)
  const entries: JournalEntry[] = []
  let next = NOTHING_YET
  for (const line of lines) {
    const number = Number(line.slice(line.indexOf(':') + 1).replace(/,$/, ''))
    if (line === '#EXT-X-DISCONTINUITY') next = { ...next, isDiscontinuity: true }
    else if (line === '#EXT-X-GAP') next = { ...next, isGap: true }
    else if (line.startsWith(BYTES_COMMENT)) next = { ...next, byteCount: number }
    else if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) {
      next = { ...next, dateMs: Date.parse(line.slice(line.indexOf(':') + 1)) }
    } else if (line.startsWith('#EXTINF:')) {
      next = { ...next, durationTicks: Math.round(number * TICKS_PER_SECOND) }
    } else if (line !== '' && !line.startsWith('#')) {
      entries.push({ ...next, uri: line })
      next = NOTHING_YET
    }
  }
  const numberOf = (tag: string) =>
    Number(lines.find((line) => line.startsWith(`${tag}:`))?.slice(tag.length + 1) ?? 0)
  return {
    targetSeconds: numberOf('#EXT-X-TARGETDURATION'),
    mediaSequence: numberOf('#EXT-X-MEDIA-SEQUENCE'),
    entries,
  }
}

/** One entry of a stored playlist that has bytes. */
export interface PlayedSegment {
  readonly fileName: string
  /** Since the beginning of the list, gaps counted. */
  readonly startMs: number
  readonly durationMs: number
}

/** What can be played of a stored playlist, in order: gaps are left out. */
export function playedSegments({ entries }: Journal): readonly PlayedSegment[] {
  let endMs = 0
  return entries.flatMap(({ uri, durationTicks, isGap }) => {
    const startMs = endMs
    const durationMs = durationTicks / TICKS_PER_MS
    endMs += durationMs
    return isGap ? [] : [{ fileName: uri, startMs, durationMs }]
  })
}

const NOTHING_YET = {
  durationTicks: 0,
  dateMs: 0,
  isDiscontinuity: false,
  isGap: false,
  byteCount: 0,
}

/**
 * Closes the playlist of a rendition that a crash left behind: what follows its last whole entry
 * (tags of the next, a line cut short) is dropped and ENDLIST put in its place. One that is closed
 * already comes back as it is. [H09]
 *
 * @throws ViblyError `hls.playlist-invalid` when not even its head is there.
 */
export function recoverPlaylist(text: string, rendition: string): string {
  const lines = wholeLines(text, rendition)
  const last = lines.findLastIndex((line) => line !== '' && !line.startsWith('#'))
  const end = Math.max(last, lines.indexOf(HEAD_END)) + 1
  return `${lines.slice(0, end).join('\n')}\n${PLAYLIST_END}`
}

/**
 * Makes gaps of the entries whose bytes are `lost`: what cannot be had is not to be asked for.
 * [H11]
 */
export function markLost(text: string, lost: ReadonlySet<string>): string {
  const lines = text.split('\n')
  return lines
    .flatMap((line, at) => {
      const isLost = line.startsWith('#EXTINF:') && lost.has(lines[at + 1] ?? '')
      return isLost && lines[at - 1] !== '#EXT-X-GAP' ? ['#EXT-X-GAP', line] : [line]
    })
    .join('\n')
}

function wholeLines(text: string, rendition: string): readonly string[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  if (lines[0] !== '#EXTM3U' || !lines.includes(HEAD_END)) {
    throw new ViblyError('hls.playlist-invalid', { rendition })
  }
  return lines
}
