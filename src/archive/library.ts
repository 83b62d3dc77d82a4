import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import {
  type BroadcastId,
  type ChannelId,
  isId,
  type Logger,
  parseJson,
  Turns,
  ViblyError,
} from '../base/index.ts'
import type { Presentation } from '../hls/index.ts'
import type { Blobs } from '../ports/index.ts'

/** `interrupted`: the encoder's connection is lost and the broadcast waits for it to come back. */
export type BroadcastStatus = 'live' | 'interrupted' | 'ended' | 'failed'

/**
 * Who may see a broadcast: everyone; whoever has its address; its owner and admins. Media too.
 * [W38]
 */
export type Visibility = 'public' | 'unlisted' | 'private'

/** What an owner may say of a broadcast. What is absent stays. */
export interface BroadcastChange {
  readonly title?: string | undefined
  readonly visibility?: Visibility | undefined
}

/** What is kept of a broadcast, in `media/{id}/broadcast.json` and in memory. */
export interface BroadcastRecord {
  readonly id: BroadcastId
  readonly channelId: ChannelId
  readonly title: string
  readonly visibility: Visibility
  readonly status: BroadcastStatus
  /** Why it failed, in words for its streamer; null when it did not. */
  readonly failure: string | null
  /** ISO 8601 UTC. */
  readonly startedAt: string
  /** null while it is live or interrupted. */
  readonly endedAt: string | null
  /** Of the media listed. */
  readonly durationMs: number
  readonly hasThumb: boolean
  readonly hasRecording: boolean
  /** Poster and storyboard: still to be made once it is over, there, or not to be had. */
  readonly pictures: 'due' | 'made' | 'none'
  /** All that it takes on disk; null: it still changes, or was not measured yet. */
  readonly bytes: number | null
  /** PART-TARGET of its playlists; null: none was decided. */
  readonly partTargetMs: number | null
  /**
   * Too far apart for a copy, as seen; null: not seen. What goes on after the server was started
   * again need not find out anew.
   */
  readonly keyframeIntervalMs: number | null
  readonly renditions: readonly RenditionRecord[]
}

/** One quality as it was really made; null where a rendition has no picture. */
export interface RenditionRecord {
  readonly name: string
  readonly width: number | null
  readonly height: number | null
  readonly frameRate: number | null
  /** Peak, bits per second. */
  readonly bandwidth: number
  readonly codecs: string
  /** Whether it is the source's own bits. */
  readonly isCopy: boolean
}

/** The record's file in the folder of its broadcast. */
export const RECORD_FILE = 'broadcast.json'

/** The record of a running broadcast: its renditions are what its segments really hold. */
export function describeBroadcast(
  broadcast: Omit<
    BroadcastRecord,
    'durationMs' | 'hasRecording' | 'partTargetMs' | 'pictures' | 'bytes' | 'renditions'
  > & {
    readonly presentation: Presentation
    /** What was planned. */
    readonly made: readonly Pick<RenditionRecord, 'name' | 'isCopy'>[]
  },
): BroadcastRecord {
  const { presentation, made, ...facts } = broadcast
  const copied = made.filter((rendition) => rendition.isCopy)
  return {
    ...facts,
    durationMs: presentation.durationMs,
    hasRecording: false,
    pictures: 'due',
    bytes: null,
    partTargetMs: presentation.partTarget.ms,
    renditions: presentation.playlists
      .variants()
      .map(({ name, video, audio, frameRate, peakBps }) => ({
        name,
        width: video?.width ?? null,
        height: video?.height ?? null,
        frameRate,
        bandwidth: peakBps,
        codecs: [video, audio].flatMap((track) => track?.codecString ?? []).join(','),
        isCopy: copied.some((rendition) => rendition.name === name),
      })),
  }
}

const storedBroadcast = z.object({
  version: z.literal(1),
  id: z.custom<BroadcastId>(isId),
  channel_id: z.custom<ChannelId>(isId),
  title: z.string(),
  // Absent in files of before there was a choice.
  visibility: z.enum(['public', 'unlisted', 'private']).default('public'),
  status: z.enum(['live', 'interrupted', 'ended', 'failed']),
  failure: z.string().nullable(),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  duration_s: z.number(),
  has_thumb: z.boolean(),
  has_recording: z.boolean(),
  pictures: z.enum(['due', 'made', 'none']).default('due'),
  bytes: z.number().nullable().default(null),
  // Absent in files of before broadcasts outlived their server.
  part_target_ms: z.number().positive().nullable().default(null),
  keyframe_interval_ms: z.number().positive().nullable().default(null),
  renditions: z.array(
    z.object({
      name: z.string(),
      width: z.number().nullable(),
      height: z.number().nullable(),
      frame_rate: z.number().nullable(),
      bandwidth: z.number(),
      codecs: z.string(),
      copy: z.boolean(),
    }),
  ),
})

const partOfBroadcast = storedBroadcast.partial()

/** Where in the newest-first order a list goes on: behind this broadcast, be it there or not. */
export type Place = Pick<BroadcastRecord, 'startedAt' | 'id'>

/** Which broadcasts are asked for. */
export interface BroadcastQuery {
  /** null: of every channel. */
  readonly channelId: ChannelId | null
  /** `public`: what everyone may find; `all`: what their owner has. */
  readonly show: 'public' | 'all'
  /** `over`: none that is live or interrupted. */
  readonly when: 'any' | 'over'
  /** null: from the newest. */
  readonly after: Place | null
  readonly countMax: number
}

/** All broadcasts that are or were; each in its folder, all of them in memory. */
export class Library {
  readonly #blobs: Blobs
  readonly #records = new Map<BroadcastId, BroadcastRecord>()
  /** Newest first. */
  readonly #order: Place[] = []
  /** The writes of one broadcast's folder take turns. */
  readonly #writes = new Turns<BroadcastId>()

  constructor(blobs: Blobs, records: readonly BroadcastRecord[]) {
    this.#blobs = blobs
    for (const record of records.toSorted(compareByAge)) this.#keep(record)
  }

  get(id: BroadcastId): BroadcastRecord | null {
    return this.#records.get(id) ?? null
  }

  /** In no order. */
  all(): readonly BroadcastRecord[] {
    return [...this.#records.values()]
  }

  /** Newest first. */
  list(query: BroadcastQuery): readonly BroadcastRecord[] {
    const { after, countMax } = query
    const found: BroadcastRecord[] = []
    for (const place of this.#order) {
      if (found.length >= countMax) break
      if (after !== null && compareByAge(place, after) <= 0) continue
      const record = this.#records.get(place.id)
      if (record !== undefined && isAskedFor(record, query)) found.push(record)
    }
    return found
  }

  /** What is stored is the newest of what was handed in. Durable when it resolves. */
  async save(record: BroadcastRecord): Promise<void> {
    this.#keep(record)
    await this.#writes.take(record.id, async () => {
      const newest = this.#records.get(record.id)
      if (newest === undefined) return
      await this.#blobs.put(`${record.id}/${RECORD_FILE}`, encodeRecord(newest))
    })
  }

  /** Its files cannot be read: it is not shown, and they stay where they are. */
  leaveOut(id: BroadcastId): void {
    this.#records.delete(id)
    const at = this.#order.findIndex((place) => place.id === id)
    if (at >= 0) this.#order.splice(at, 1)
  }

  /** Removes the broadcast with all its media. */
  async remove(id: BroadcastId): Promise<void> {
    this.leaveOut(id)
    await this.#writes.take(id, () => this.#blobs.removeAll(id))
  }

  #keep(record: BroadcastRecord): void {
    if (!this.#records.has(record.id)) {
      const { id, startedAt } = record
      const behind = this.#order.findIndex((place) => compareByAge(place, record) > 0)
      this.#order.splice(behind < 0 ? this.#order.length : behind, 0, { id, startedAt })
    }
    this.#records.set(record.id, record)
  }
}

function isAskedFor(record: BroadcastRecord, query: BroadcastQuery): boolean {
  const { channelId, show, when } = query
  return (
    (channelId === null || record.channelId === channelId) &&
    (show === 'all' || record.visibility === 'public') &&
    (when === 'any' || record.endedAt !== null)
  )
}

/** Below 0 when `a` is the newer one; ids tell apart what began in the same millisecond. */
function compareByAge(a: Place, b: Place): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? 1 : -1
  return a.id < b.id ? -1 : Number(a.id > b.id)
}

/**
 * Reads every broadcast below the media folder. What a killed server left live is still without an
 * end:
 * `Live.resume` goes on with it or closes it. A folder that cannot be read is left alone and
 * logged.
 */
export async function openLibrary(blobs: Blobs, logger: Logger): Promise<Library> {
  const keys = (await blobs.list('', 2)).filter((key) => key.endsWith(`/${RECORD_FILE}`))
  const records: BroadcastRecord[] = []
  for (const key of keys) {
    try {
      records.push(decodeRecord(await readBlob(blobs, key)))
    } catch (thrown) {
      logger.error('a broadcast cannot be read and is left out', thrown, { key })
    }
  }
  return new Library(blobs, records)
}

/** The whole content of a blob that is known to be small. */
export async function readBlob(blobs: Blobs, key: string): Promise<Uint8Array> {
  const found = await blobs.open(key, null)
  if (found === null) throw new ViblyError('live.media-missing', { key })
  return buffer(found.body)
}

export function encodeRecord(record: BroadcastRecord): Uint8Array {
  const stored: z.input<typeof storedBroadcast> = {
    version: 1,
    id: record.id,
    channel_id: record.channelId,
    title: record.title,
    visibility: record.visibility,
    status: record.status,
    failure: record.failure,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    duration_s: record.durationMs / 1000,
    has_thumb: record.hasThumb,
    has_recording: record.hasRecording,
    pictures: record.pictures,
    bytes: record.bytes,
    part_target_ms: record.partTargetMs,
    keyframe_interval_ms: record.keyframeIntervalMs,
    renditions: record.renditions.map((rendition) => ({
      name: rendition.name,
      width: rendition.width,
      height: rendition.height,
      frame_rate: rendition.frameRate,
      bandwidth: rendition.bandwidth,
      codecs: rendition.codecs,
      copy: rendition.isCopy,
    })),
  }
  return new TextEncoder().encode(`${JSON.stringify(stored, null, 2)}\n`)
}

/** @throws when it is not all there. */
export function decodeRecord(bytes: Uint8Array): BroadcastRecord {
  const stored = storedBroadcast.parse(parseJson(bytes))
  return {
    id: stored.id,
    channelId: stored.channel_id,
    title: stored.title,
    visibility: stored.visibility,
    status: stored.status,
    failure: stored.failure,
    startedAt: stored.started_at,
    endedAt: stored.ended_at,
    durationMs: stored.duration_s * 1000,
    hasThumb: stored.has_thumb,
    hasRecording: stored.has_recording,
    pictures: stored.pictures,
    bytes: stored.bytes,
    partTargetMs: stored.part_target_ms,
    keyframeIntervalMs: stored.keyframe_interval_ms,
    renditions: stored.renditions.map((rendition) => ({
      name: rendition.name,
      width: rendition.width,
      height: rendition.height,
      frameRate: rendition.frame_rate,
      bandwidth: rendition.bandwidth,
      codecs: rendition.codecs,
      isCopy: rendition.copy,
    })),
  }
}

/**
 * What a damaged record still tells: the lines, as `encodeRecord` writes them, whose value is whole
 * and right.
 */
export function salvageRecord(bytes: Uint8Array): z.output<typeof partOfBroadcast> {
  const told: Record<string, unknown> = {}
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    const [, name, text] = /^ {2}"([a-z_]+)": (.+),$/.exec(line) ?? []
    if (name === undefined || text === undefined) continue
    const value = parseOrNothing(text)
    const field = Object.entries(storedBroadcast.shape).find(([key]) => key === name)?.[1]
    if (value !== undefined && field?.safeParse(value).success === true) told[name] = value
  }
  // Who may see it is not guessed: whoever owns it can open it to all again.
  return partOfBroadcast.parse({ visibility: 'private', ...told })
}

/** undefined for what is no JSON. */
function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
