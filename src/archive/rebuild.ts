import { buffer } from 'node:stream/consumers'
import { type BroadcastId, type ChannelId, formatTime, isId, ViblyError } from '../base/index.ts'
import {
  type FoundFile,
  type FoundSegment,
  intactLength,
  type Journal,
  type JournaledRendition,
  joinJournals,
  markLost,
  PLAYLIST_END,
  Presentation,
  parseJournal,
  playedSegments,
  readFoundSegment,
  relist,
  targetSeconds,
} from '../hls/index.ts'
import { TICKS_PER_SECOND } from '../media/index.ts'
import type { Blobs } from '../ports/index.ts'
import {
  type BroadcastRecord,
  decodeRecord,
  describeBroadcast,
  encodeRecord,
  RECORD_FILE,
  salvageRecord,
} from './broadcast-record.ts'
import { findLost, placeOf, shownOf } from './leftover.ts'
import { readBlob } from './library.ts'

export interface RebuildDeps {
  readonly blobs: Blobs
  /** No broadcast is given to somebody who is not there. */
  channelExists(id: ChannelId): Promise<boolean>
}

export interface RebuildOptions {
  /** For playlists of which nothing is left. */
  readonly segmentMs: number
}

/** A rendition's stored playlist, as it lies there and as it should. */
interface List {
  readonly name: string
  readonly key: string
  /** null: there is none. */
  readonly stored: string | null
  /** Without an end; null: nothing can be listed. */
  readonly text: string | null
  /** It was damaged: there may have been more. */
  readonly isCut: boolean
}

/** What the record tells that nothing else does. */
type Identity = Pick<
  BroadcastRecord,
  'id' | 'channelId' | 'title' | 'visibility' | 'status' | 'failure' | 'partTargetMs'
> & {
  /** null: only the media can tell. */
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** Nothing is cut or listed any more. */
const NOTHING_LIVE = { partMs: 0, windowMs: 0 }
const MEDIA_FILE = /^[^/]+\/([a-z0-9]+)\/(?:index\.m3u8|(\d+-\d+\.ts))$/
const MASTER =
  /^#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n(?:#EXT-X-STREAM-INF:BANDWIDTH=\d+,[^\n]+\n[a-z0-9]+\/index\.m3u8\n)+$/

/** Every folder of a broadcast below the media folder, with a record or without. */
export async function listBroadcasts(blobs: Blobs): Promise<readonly BroadcastId[]> {
  const folders = (await blobs.list('', 3)).map((key) => key.split('/')[0] ?? '')
  return [...new Set(folders)].filter((name) => isId<BroadcastId>(name)).sort(byText)
}

/**
 * Makes anew what of a broadcast's folder is damaged or gone and can be told from the rest:
 * playlists from the segments, the multivariant playlist from those, the record from what is left
 * of it. What is right is not touched. No server may use the folder meanwhile. [X28]
 *
 * @returns names of the files that were written, below the folder; empty: it was sound.
 * @throws ViblyError `live.record-lost` when nothing tells whose broadcast it is: nothing is
 *   written then.
 */
export async function rebuildBroadcast(
  id: BroadcastId,
  deps: RebuildDeps,
  options: RebuildOptions,
): Promise<readonly string[]> {
  const { blobs } = deps
  const keys = await blobs.list(id)
  const record = await readRecord(blobs, id)
  const identity = record ?? (await salvageIdentity(id, deps))
  const isOver = record === null || record.endedAt !== null
  const found = await readLists(blobs, id, keys, isOver)
  const segments = new Segments(blobs)
  const lists = found.some(({ isCut }) => isCut)
    ? await relistAll(found, id, { keys, segments, startedAt: identity.startedAt }, options)
    : found
  const files = new Map<string, string | Uint8Array>()
  const journaled: JournaledRendition[] = []
  for (const { name, key, stored, text, isCut } of lists) {
    if (text === null) continue
    const wanted = `${text}${isOver ? PLAYLIST_END : ''}`
    // What an open one has behind its last whole entry is for the next start.
    const isRight = isOver || isCut ? stored === wanted : stored?.startsWith(text)
    if (isRight !== true) files.set(key, wanted)
    const journal = await segments.measured(id, name, parseJournal(text, name))
    journaled.push({ name, journal, ...(await segments.shown(id, name, journal, record)) })
  }
  if (journaled.length === 0) {
    if (record === null) throw new ViblyError('live.record-lost', { broadcast: id })
    return []
  }
  journaled.sort(
    (a, b) =>
      (record === null ? 0 : placeOf(record, a.name) - placeOf(record, b.name)) ||
      height(b) - height(a),
  )
  const past = joinJournals(journaled, identity.partTargetMs)
  const presentation = new Presentation({ segmentMs: options.segmentMs, ...NOTHING_LIVE, past })
  const master = presentation.playlists.master('', 'vod')
  const isMasterRight = isRightMaster(await storedText(blobs, `${id}/index.m3u8`), master, {
    record,
    journaled,
  })
  if (master !== null && !isMasterRight) files.set(`${id}/index.m3u8`, master)
  if (record === null) {
    const made = recordOf(identity, keys, journaled, presentation)
    files.set(`${id}/${RECORD_FILE}`, encodeRecord(made))
  }
  for (const [key, content] of files) {
    await blobs.put(key, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }
  return [...files.keys()].map((key) => key.slice(id.length + 1))
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function height({ video }: JournaledRendition): number {
  return video?.height ?? 0
}

/** null: it is missing or damaged. */
async function readRecord(blobs: Blobs, id: BroadcastId): Promise<BroadcastRecord | null> {
  const bytes = await readIfThere(blobs, `${id}/${RECORD_FILE}`)
  if (bytes === null) return null
  try {
    const record = decodeRecord(bytes)
    return record.id === id ? record : null
  } catch {
    // What it still tells is looked for line by line.
    return null
  }
}

/** @throws ViblyError `live.record-lost` */
async function salvageIdentity(id: BroadcastId, deps: RebuildDeps): Promise<Identity> {
  const bytes = await readIfThere(deps.blobs, `${id}/${RECORD_FILE}`)
  const told = salvageRecord(bytes ?? new Uint8Array())
  const channelId = told.channel_id
  const isOwned = channelId !== undefined && (told.id ?? id) === id
  if (!isOwned || !(await deps.channelExists(channelId))) {
    throw new ViblyError('live.record-lost', { broadcast: id })
  }
  return {
    id,
    channelId,
    title: told.title ?? '',
    visibility: told.visibility ?? 'private',
    status: told.status === 'failed' ? 'failed' : 'ended',
    failure: told.failure ?? null,
    partTargetMs: told.part_target_ms ?? null,
    startedAt: told.started_at ?? null,
    endedAt: told.ended_at ?? null,
  }
}

function recordOf(
  { startedAt, endedAt, ...identity }: Identity,
  keys: readonly string[],
  journaled: readonly JournaledRendition[],
  presentation: Presentation,
): BroadcastRecord {
  const has = (name: string) => keys.includes(`${identity.id}/${name}`)
  const startMs = Math.min(...journaled.map(({ journal }) => journal.entries[0]?.dateMs ?? 0))
  const playedMs = journaled.map(({ journal }) =>
    playedSegments(journal).reduce((sum, one) => sum + one.durationMs, 0),
  )
  const durationMs = Math.max(...playedMs)
  const start = startedAt ?? formatTime(startMs)
  const end = endedAt ?? formatTime(Date.parse(start) + Math.round(durationMs))
  const hasThumb = has('thumb.jpg')
  const times = { startedAt: start, endedAt: end }
  const unknown = { made: [], keyframeIntervalMs: null }
  const facts = { ...identity, ...times, ...unknown, hasThumb, presentation }
  return {
    ...describeBroadcast(facts),
    durationMs,
    hasRecording: has('recording.mp4'),
    pictures: has('poster.jpg') && has('storyboard.vtt') ? 'made' : 'due',
  }
}

/** All renditions that have a playlist or segments. */
async function readLists(
  blobs: Blobs,
  id: BroadcastId,
  keys: readonly string[],
  isOver: boolean,
): Promise<readonly List[]> {
  const names = new Set(keys.flatMap((key) => MEDIA_FILE.exec(key)?.[1] ?? []))
  const lists: List[] = []
  for (const name of [...names].sort(byText)) {
    const key = `${id}/${name}/index.m3u8`
    const stored = await storedText(blobs, key)
    const end = intactLength(stored ?? '')
    const isCut = end === 0 || (isOver && stored?.slice(end) !== PLAYLIST_END)
    const told = end === 0 ? null : (stored?.slice(0, end) ?? null)
    const lost =
      told === null ? [] : await findLost(blobs, key, playedSegments(parseJournal(told, name)))
    const text = told === null ? null : markLost(told, new Set(lost))
    lists.push({ name, key, stored, text, isCut })
  }
  return lists
}

/** Fills the damaged ones from the segments on disk; the sound ones stay. */
async function relistAll(
  lists: readonly List[],
  id: BroadcastId,
  from: {
    readonly keys: readonly string[]
    readonly segments: Segments
    readonly startedAt: string | null
  },
  options: RebuildOptions,
): Promise<readonly List[]> {
  const found = []
  for (const { name, text, isCut } of lists) {
    const files: FoundFile[] = []
    for (const key of from.keys) {
      const [, rendition, fileName] = MEDIA_FILE.exec(key) ?? []
      if (rendition !== name || fileName === undefined) continue
      files.push(await from.segments.read(`${id}/${name}/${fileName}`, fileName))
    }
    const journal = text === null ? null : parseJournal(text, name)
    found.push({ name, journal, isWhole: !isCut, files })
  }
  const told = found.flatMap(({ journal }) => journal?.targetSeconds ?? [])
  const made = relist(found, {
    startMs: from.startedAt === null ? from.segments.oldestMs : Date.parse(from.startedAt),
    targetSeconds: told[0] ?? targetSeconds(options.segmentMs),
  })
  return lists.map((list) => (list.isCut ? { ...list, text: made.get(list.name) ?? null } : list))
}

/** Segments as their bytes tell of them. */
class Segments {
  readonly #blobs: Blobs
  #oldestMs = Number.POSITIVE_INFINITY

  constructor(blobs: Blobs) {
    this.#blobs = blobs
  }

  /** When the oldest of those that were read was written, ms since 1970. */
  get oldestMs(): number {
    return this.#oldestMs
  }

  async read(key: string, fileName: string): Promise<FoundFile> {
    const found = await this.#blobs.open(key, null)
    if (found === null) throw new ViblyError('live.media-missing', { key })
    this.#oldestMs = Math.min(this.#oldestMs, found.head.modifiedMs)
    const bytes = await buffer(found.body)
    return { fileName, byteCount: bytes.byteLength, span: findSegment(bytes) }
  }

  /** With the sizes that lists of old servers do not tell. */
  async measured(id: BroadcastId, name: string, journal: Journal): Promise<Journal> {
    const entries = []
    for (const entry of journal.entries) {
      const isKnown = entry.isGap || entry.byteCount > 0
      const found = isKnown ? null : await this.#blobs.open(`${id}/${name}/${entry.uri}`, null)
      found?.body.destroy()
      entries.push({ ...entry, byteCount: found?.head.bytes ?? entry.byteCount })
    }
    return { ...journal, entries }
  }

  /** What the record tells of a rendition, or else its first segment that can be read. */
  async shown(id: BroadcastId, name: string, journal: Journal, record: BroadcastRecord | null) {
    const nothing = { video: null, audio: null, frameRate: null }
    const told = record === null ? nothing : shownOf(record, name)
    if (told.video !== null || told.audio !== null) return told
    for (const { fileName } of playedSegments(journal)) {
      const bytes = await readIfThere(this.#blobs, `${id}/${name}/${fileName}`)
      const segment = bytes === null ? null : findSegment(bytes)
      if (segment === null) continue
      const { video, audio, frameCount, startTicks, endTicks } = segment
      const seconds = (endTicks - startTicks) / TICKS_PER_SECOND
      return { video, audio, frameRate: frameCount > 1 ? frameCount / seconds : null }
    }
    return nothing
  }
}

/** null for bytes of which nothing can be played: a gap, as if they were not there. */
function findSegment(bytes: Uint8Array): FoundSegment | null {
  try {
    return readFoundSegment(bytes)
  } catch (thrown) {
    if (thrown instanceof ViblyError) return null
    throw thrown
  }
}

/**
 * It is whole, what it names is there, and it names what the broadcast has from beginning to end.
 */
function isRightMaster(
  stored: string | null,
  wanted: string | null,
  has: {
    readonly record: BroadcastRecord | null
    readonly journaled: readonly JournaledRendition[]
  },
): boolean {
  if (stored === null || !MASTER.test(stored)) return false
  const listed = namesIn(stored)
  const made = has.record?.renditions.map(({ name }) => name) ?? []
  return (
    listed.every((name) => has.journaled.some((one) => one.name === name)) &&
    namesIn(wanted ?? '').every((name) => listed.includes(name) || !made.includes(name))
  )
}

function namesIn(master: string): readonly string[] {
  return [...master.matchAll(/^([a-z0-9]+)\/index\.m3u8$/gm)].flatMap(([, name]) => name ?? [])
}

async function readIfThere(blobs: Blobs, key: string): Promise<Uint8Array | null> {
  return (await blobs.list(key)).length === 0 ? null : await readBlob(blobs, key)
}

async function storedText(blobs: Blobs, key: string): Promise<string | null> {
  const bytes = await readIfThere(blobs, key)
  return bytes === null ? null : new TextDecoder().decode(bytes)
}
