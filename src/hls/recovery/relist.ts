import assert from 'node:assert/strict'
import { TICKS_PER_MS, TICKS_PER_SECOND, TS_WRAP_TICKS } from '../../media/index.ts'
import {
  formatGapName,
  formatHead,
  formatJournalEntry,
  formatSegmentName,
  type Journal,
  type JournalEntry,
  parseSegmentName,
} from '../playlist/index.ts'

/** A segment file as it lies in the folder of its rendition. */
export interface FoundFile {
  readonly fileName: string
  readonly byteCount: number
  /** 90 kHz; null: nothing in it can be played. */
  readonly span: { readonly startTicks: number; readonly endTicks: number } | null
}

/** What is left of a rendition. */
export interface FoundRendition {
  readonly name: string
  /** What its stored playlist still tells; null: nothing. */
  readonly journal: Journal | null
  /** Whether that is all there ever was. */
  readonly isWhole: boolean
  /** In any order. */
  readonly files: readonly FoundFile[]
}

export interface RelistOptions {
  /** Wall clock where the broadcast began, ms since 1970: for what no playlist dates. */
  readonly startMs: number
  /** Of the playlists; a longer segment raises it. */
  readonly targetSeconds: number
}

/** A file, or what is missing between two, on its run's line of time. */
interface Placed {
  readonly fileName: string
  readonly byteCount: number
  readonly run: number
  readonly startTicks: number
  readonly durationTicks: number
  readonly isAfterHole: boolean
  readonly isGap: boolean
}

/** One media sequence number, with what each rendition has there. */
interface Row {
  readonly entry: JournalEntry
  readonly files: ReadonlyMap<string, JournalEntry>
}

/** As the segmenter: so much without a picture is a hole in what was sent. */
const HOLE_TICKS_MIN = 500 * TICKS_PER_MS

/**
 * The stored playlists of a broadcast made anew, each without an end: what the longest old list
 * that begins with the broadcast tells stays as it was told, and segments nobody lists follow in
 * the order of their runs and times, in step over all renditions [H21]. Between runs there is a
 * discontinuity [H10], for what has no bytes a gap [H11]. null for a rendition that has nothing.
 * [X28]
 */
export function relist(
  found: readonly FoundRendition[],
  options: RelistOptions,
): ReadonlyMap<string, string | null> {
  const placed = new Map(found.map((one) => [one.name, placeFiles(one.files, options)]))
  const rows = toldRows(found, placed)
  const isWhole = found.some((one) => one.isWhole && one.journal?.mediaSequence === 0)
  if (!isWhole) rows.push(...newRows(found, placed, rows, options.startMs))
  const longestTicks = Math.max(0, ...rows.map(({ entry }) => entry.durationTicks))
  const targetSeconds = Math.max(options.targetSeconds, Math.round(longestTicks / TICKS_PER_SECOND))
  return new Map(found.map(({ name }) => [name, format(name, rows, targetSeconds)]))
}

function format(name: string, rows: readonly Row[], targetSeconds: number): string | null {
  const first = rows.findIndex(({ files }) => files.has(name))
  if (first < 0) return null
  const earlier = rows.slice(0, first).filter(({ entry }) => entry.isDiscontinuity)
  const head = formatHead({
    targetSeconds,
    mediaSequence: first,
    discontinuitySequence: earlier.length,
    isVod: true,
    partTicks: null,
    skippedSegments: 0,
  })
  const entries = rows.slice(first).map(({ entry, files }, index) => {
    const lost = { ...entry, uri: formatGapName(first + index), isGap: true, byteCount: 0 }
    return formatJournalEntry(files.get(name) ?? lost)
  })
  return `${head}${entries.join('')}`
}

/** What the longest list from number 0 on tells, with what the others have at the same moments. */
function toldRows(
  found: readonly FoundRendition[],
  placed: ReadonlyMap<string, readonly Placed[]>,
): Row[] {
  const [longest] = found
    .filter(({ journal }) => journal?.mediaSequence === 0)
    .toSorted((a, b) => (b.journal?.entries.length ?? 0) - (a.journal?.entries.length ?? 0))
  const told = longest?.journal?.entries ?? []
  const named = new Map([...placed].map(([name, files]) => [name, byName(files)]))
  const reference = named.get(longest?.name ?? '') ?? new Map<string, Placed>()
  return told.map((entry, msn) => {
    const files = new Map<string, JournalEntry>()
    for (const { name, journal } of found) {
      const own = journal?.entries[msn - journal.mediaSequence]
      const moment = reference.get(entry.uri)
      const twin = moment && findTwin(named.get(name), moment)
      if (own !== undefined) files.set(name, own)
      else if (twin !== undefined) files.set(name, entryOf(twin, entry))
    }
    return { entry, files }
  })
}

/** What no list tells of, behind what is told. */
function newRows(
  found: readonly FoundRendition[],
  placed: ReadonlyMap<string, readonly Placed[]>,
  told: readonly Row[],
  startMs: number,
): readonly Row[] {
  const listed = new Set(
    told.flatMap(({ files }) => [...files].map(([name, { uri }]) => `${name}/${uri}`)),
  )
  const all = [...placed].flatMap(([name, files]) => files.map((file) => ({ name, file })))
  const last = all
    .filter(({ name, file }) => listed.has(`${name}/${file.fileName}`))
    .reduce<Placed | null>((end, { file }) => (isLater(file, end) ? file : end), null)
  const fresh = all
    .filter(({ file }) => isLater(file, last) && (last === null || !isTwin(file, last)))
    .toSorted((a, b) => a.file.run - b.file.run || a.file.startTicks - b.file.startTicks)
  const dates = new Map(
    found.flatMap(({ journal }) => journal?.entries.map(({ uri, dateMs }) => [uri, dateMs]) ?? []),
  )
  const rows: Row[] = []
  let before = last
  let end = told.at(-1)?.entry ?? null
  for (const twins of twinsOf(fresh)) {
    const file = momentOf(twins)
    const endMs = end === null ? startMs : end.dateMs + end.durationTicks / TICKS_PER_MS
    const isSameRun = before?.run === file.run
    const holeTicks =
      before === null || !isSameRun ? 0 : file.startTicks - before.startTicks - before.durationTicks
    const moment = {
      dateMs: Math.max(endMs, dates.get(file.fileName) ?? endMs + holeTicks / TICKS_PER_MS),
      isDiscontinuity: end !== null && (!isSameRun || file.isAfterHole),
    }
    end = entryOf(file, moment)
    before = file
    const files = new Map(twins.map((one) => [one.name, entryOf(one.file, moment)]))
    rows.push({ entry: end, files })
  }
  return rows
}

interface Named {
  readonly name: string
  readonly file: Placed
}

/** Files in order of time, row by row. */
function twinsOf(files: readonly Named[]): readonly (readonly Named[])[] {
  const rows: Named[][] = []
  for (const one of files) {
    const row = rows.at(-1)
    const [first] = row ?? []
    if (row !== undefined && first !== undefined && isTwin(one.file, first.file)) row.push(one)
    else rows.push([one])
  }
  return rows
}

/** What has bytes tells of the moment better than what is missing. */
function momentOf(twins: readonly Named[]): Placed {
  const known = twins.find(({ file }) => !file.isGap) ?? twins[0]
  assert(known !== undefined, 'a row has a file')
  return known.file
}

function entryOf(
  { fileName, byteCount, durationTicks, isGap }: Placed,
  { dateMs, isDiscontinuity }: Pick<JournalEntry, 'dateMs' | 'isDiscontinuity'>,
): JournalEntry {
  return { uri: fileName, byteCount, durationTicks, isGap, dateMs, isDiscontinuity }
}

function byName(files: readonly Placed[]): ReadonlyMap<string, Placed> {
  return new Map(files.map((file) => [file.fileName, file]))
}

/** Nearly always of the same name. */
function findTwin(
  files: ReadonlyMap<string, Placed> | undefined,
  moment: Placed,
): Placed | undefined {
  const namesake = files?.get(moment.fileName)
  if (namesake !== undefined && isTwin(namesake, moment)) return namesake
  return [...(files?.values() ?? [])].find((one) => isTwin(one, moment))
}

function isLater(file: Placed, than: Placed | null): boolean {
  if (than === null || file.run !== than.run) return file.run > (than?.run ?? -1)
  return file.startTicks > than.startTicks
}

/** Of one row: far less apart than two segments that follow each other. */
function isTwin(one: Placed, other: Placed): boolean {
  const apart = Math.abs(one.startTicks - other.startTicks)
  const shorter = Math.min(one.durationTicks, other.durationTicks)
  return one.run === other.run && (apart <= TICKS_PER_MS || apart < shorter / 2)
}

/** The files of a rendition in order, with what is missing between them. */
function placeFiles(files: readonly FoundFile[], options: RelistOptions): readonly Placed[] {
  const runs = new Map<number, Map<number, FoundFile>>()
  for (const file of files) {
    const name = parseSegmentName(file.fileName)
    if (name === null) continue
    const counted = runs.get(name.run) ?? new Map<number, FoundFile>()
    runs.set(name.run, counted.set(name.count, file))
  }
  return [...runs]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([run, counted]) => placeRun(run, counted, options.targetSeconds * TICKS_PER_SECOND))
}

/**
 * What nobody can tell the length of lasts `unknownTicks`, or its share of the time that is left.
 */
function placeRun(
  run: number,
  counted: ReadonlyMap<number, FoundFile>,
  unknownTicks: number,
): readonly Placed[] {
  const known = knownSpans(counted)
  const counts = [...counted.keys()]
  const from = counts.reduce((first, count) => Math.min(first, count))
  const to = counts.reduce((last, count) => Math.max(last, count))
  let nextAt = 0
  let atTicks = (known[0]?.startTicks ?? 0) - ((known[0]?.count ?? from) - from) * unknownTicks
  const placed: Placed[] = []
  for (let count = from; count <= to; count += 1) {
    const span = known[nextAt]?.count === count ? known[nextAt] : undefined
    if (span !== undefined) nextAt += 1
    const next = known[nextAt]
    const startTicks = span?.startTicks ?? atTicks
    const restTicks = next === undefined ? unknownTicks : next.startTicks - startTicks
    const shareTicks = Math.min(unknownTicks, restTicks / ((next?.count ?? count + 1) - count))
    const ownTicks = span === undefined ? shareTicks : span.endTicks - span.startTicks
    const isContinued =
      next?.count === count + 1 && Math.abs(restTicks - ownTicks) <= HOLE_TICKS_MIN
    // Never nothing, which some players take for a fault.
    const durationTicks = Math.max(TICKS_PER_MS, Math.round(isContinued ? restTicks : ownTicks))
    placed.push({
      ...{ run, startTicks, durationTicks, isGap: span === undefined },
      fileName: formatSegmentName(run, count),
      byteCount: span === undefined ? 0 : (counted.get(count)?.byteCount ?? 0),
      isAfterHole: count > from && startTicks - atTicks > HOLE_TICKS_MIN,
    })
    atTicks = startTicks + durationTicks
  }
  return placed
}

interface Span {
  readonly count: number
  readonly startTicks: number
  readonly endTicks: number
}

/** In order, and counted on past the 33 bits of the wire. */
function knownSpans(counted: ReadonlyMap<number, FoundFile>): readonly Span[] {
  const known: Span[] = []
  let shiftTicks = 0
  for (const [count, { span }] of [...counted].toSorted(([a], [b]) => a - b)) {
    if (span === null) continue
    const before = known.at(-1)?.startTicks ?? 0
    if (span.startTicks + shiftTicks < before - TS_WRAP_TICKS / 2) shiftTicks += TS_WRAP_TICKS
    const [startTicks, endTicks] = [span.startTicks + shiftTicks, span.endTicks + shiftTicks]
    known.push({ count, startTicks, endTicks })
  }
  return known
}
