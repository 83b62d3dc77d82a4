import { TICKS_PER_MS } from '../../media/index.ts'
import {
  type Journal,
  type JournalEntry,
  parseSegmentName,
  type Variant,
} from '../playlist/index.ts'
import type { Moment } from './moments.ts'
import type { PastRendition, StoredSegment } from './rendition.ts'

/** What an earlier server had listed of a broadcast, for a `Presentation` that goes on with it. */
export interface Past {
  /** From media sequence number 0 on; the last one is lost. */
  readonly moments: readonly Moment[]
  /** In the order in which they were begun. */
  readonly renditions: readonly PastRendition[]
  /** PART-TARGET, ms; null: none had been decided. */
  readonly partTargetMs: number | null
  /** Higher than any run whose names may have been told. [H26] */
  readonly runCount: number
}

/** A rendition's stored playlist, with what only its record knows. */
export interface JournaledRendition extends Pick<Variant, 'video' | 'audio' | 'frameRate'> {
  readonly name: string
  readonly journal: Journal
}

/**
 * So many runs at most may have told viewers of parts without a segment that outlived them: their
 * names are not to be used again.
 */
const RUNS_UNKNOWN_MAX = 100
/**
 * How long the segment counts that was being made when the server was killed: as good as nothing,
 * as nothing of it is left, but not zero, which some players take for a fault.
 */
const LOST_TICKS = 90

/**
 * Joins the stored playlists of all renditions up to the last row that all of them have: a row is
 * stored in all before any viewer is told of it, so nobody knows of what is left out.
 *
 * Of the segment that was being made viewers may know parts, and players keep those under its
 * number: so the number is used up, by a gap. [H05] [H11]
 */
export function joinJournals(
  journaled: readonly JournaledRendition[],
  partTargetMs: number | null,
): Past {
  const rowCount = Math.min(
    ...journaled.map(({ journal }) => journal.mediaSequence + journal.entries.length),
  )
  const renditions = journaled.map((one) => pastOf(one, rowCount))
  const whole = journaled.find(({ journal }) => journal.mediaSequence === 0)
  const moments = momentsOf(whole?.journal.entries.slice(0, rowCount) ?? [])
  const runs = journaled.flatMap(({ journal }) => journal.entries.map(({ uri }) => runOf(uri)))
  return { moments, renditions, partTargetMs, runCount: Math.max(0, ...runs) + RUNS_UNKNOWN_MAX }
}

function pastOf({ name, journal, ...shown }: JournaledRendition, rowCount: number): PastRendition {
  const listed = new Map<number, StoredSegment>()
  let lastRun = 0
  for (const [index, entry] of journal.entries.entries()) {
    const msn = journal.mediaSequence + index
    if (entry.isGap || msn >= rowCount) continue
    const { uri, durationTicks, byteCount } = entry
    listed.set(msn, { fileName: uri, durationTicks, byteCount })
    lastRun = Math.max(lastRun, runOf(uri))
  }
  return { name, firstMsn: journal.mediaSequence, listed, lastRun, ...shown }
}

function momentsOf(entries: readonly JournalEntry[]): readonly Moment[] {
  let discontinuitySequence = 0
  const moments = entries.map(({ dateMs, durationTicks, isDiscontinuity }) => {
    const moment = { dateMs, durationTicks, isDiscontinuity, discontinuitySequence }
    if (isDiscontinuity) discontinuitySequence += 1
    return moment
  })
  const last = moments.at(-1)
  const dateMs = last === undefined ? 0 : last.dateMs + last.durationTicks / TICKS_PER_MS
  const lost = { dateMs, durationTicks: LOST_TICKS, isDiscontinuity: false, discontinuitySequence }
  return [...moments, lost]
}

function runOf(fileName: string): number {
  return parseSegmentName(fileName)?.run ?? 0
}
