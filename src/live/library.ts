import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import {
  type BroadcastId,
  type ChannelId,
  formatTime,
  isId,
  type Logger,
  ViblyError,
} from '../base/index.ts'
import { type Presentation, recoverPlaylist } from '../hls/index.ts'
import type { Blobs } from '../ports/index.ts'
import type { Plan } from '../transcode/index.ts'

/** `interrupted`: the encoder's connection is lost and the broadcast waits for it to come back. */
export type BroadcastStatus = 'live' | 'interrupted' | 'ended' | 'failed'

/** What is kept of a broadcast, in `media/{id}/broadcast.json` and in memory. */
export interface BroadcastRecord {
  readonly id: BroadcastId
  readonly channelId: ChannelId
  readonly title: string
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

const FILE_NAME = 'broadcast.json'

/** The record of a running broadcast: its renditions are what its segments really hold. */
export function describeBroadcast(
  broadcast: Omit<BroadcastRecord, 'durationMs' | 'hasThumb' | 'hasRecording' | 'renditions'> & {
    readonly presentation: Presentation
    readonly plan: Plan | null
  },
): BroadcastRecord {
  const { presentation, plan, ...facts } = broadcast
  const copied = plan?.renditions.filter((rendition) => rendition.isCopy) ?? []
  return {
    ...facts,
    durationMs: presentation.durationMs,
    hasThumb: plan !== null && plan.video !== null,
    hasRecording: false,
    renditions: presentation.variants().map(({ name, video, audio, frameRate, peakBps }) => ({
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

const storedId = <Kind extends BroadcastId | ChannelId>() =>
  z.custom<Kind>((value) => typeof value === 'string' && isId(value))

const storedBroadcast = z.object({
  version: z.literal(1),
  id: storedId<BroadcastId>(),
  channel_id: storedId<ChannelId>(),
  title: z.string(),
  status: z.enum(['live', 'interrupted', 'ended', 'failed']),
  failure: z.string().nullable(),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  duration_s: z.number(),
  has_thumb: z.boolean(),
  has_recording: z.boolean(),
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

/** All broadcasts that are or were, newest first; each in its folder, all of them in memory. */
export class Library {
  readonly #blobs: Blobs
  readonly #records = new Map<BroadcastId, BroadcastRecord>()

  constructor(blobs: Blobs, records: readonly BroadcastRecord[]) {
    this.#blobs = blobs
    for (const record of records) this.#records.set(record.id, record)
  }

  get(id: BroadcastId): BroadcastRecord | null {
    return this.#records.get(id) ?? null
  }

  /** In no order. */
  all(): readonly BroadcastRecord[] {
    return [...this.#records.values()]
  }

  ofChannel(channelId: ChannelId): readonly BroadcastRecord[] {
    return [...this.#records.values()]
      .filter((record) => record.channelId === channelId)
      .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
  }

  /** Durable when it resolves. */
  async save(record: BroadcastRecord): Promise<void> {
    this.#records.set(record.id, record)
    await this.#blobs.put(`${record.id}/${FILE_NAME}`, encodeRecord(record))
  }

  /** Removes the broadcast with all its media. */
  async remove(id: BroadcastId): Promise<void> {
    this.#records.delete(id)
    await this.#blobs.removeAll(id)
  }
}

/**
 * Reads every broadcast below the media folder. What a killed server left live is closed: its
 * playlists get their end, so that it can be watched. A folder that cannot be read is left alone and
 * logged.
 */
export async function openLibrary(blobs: Blobs, logger: Logger): Promise<Library> {
  const keys = (await blobs.list('')).filter((key) => key.endsWith(`/${FILE_NAME}`))
  const records: BroadcastRecord[] = []
  for (const key of keys) {
    try {
      const record = decodeRecord(await readBlob(blobs, key))
      records.push(record.endedAt === null ? await closeLeftover(blobs, record, logger) : record)
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

async function closeLeftover(
  blobs: Blobs,
  record: BroadcastRecord,
  logger: Logger,
): Promise<BroadcastRecord> {
  let durationMs = 0
  for (const rendition of record.renditions) {
    const key = `${record.id}/${rendition.name}/index.m3u8`
    const journal = new TextDecoder().decode(await readBlob(blobs, key))
    const closed = recoverPlaylist(journal, rendition.name)
    const playedMs = closed.segments.reduce((sum, segment) => sum + segment.durationMs, 0)
    durationMs = Math.max(durationMs, playedMs)
    await blobs.put(key, new TextEncoder().encode(closed.text))
  }
  const endedAt = formatTime(Date.parse(record.startedAt) + Math.round(durationMs))
  const ended: BroadcastRecord = { ...record, status: 'ended', endedAt, durationMs }
  await blobs.put(`${record.id}/${FILE_NAME}`, encodeRecord(ended))
  logger.warn('a broadcast that an earlier server left live was closed', {
    broadcast_id: record.id,
    duration_s: durationMs / 1000,
  })
  return ended
}

function encodeRecord(record: BroadcastRecord): Uint8Array {
  const stored: z.input<typeof storedBroadcast> = {
    version: 1,
    id: record.id,
    channel_id: record.channelId,
    title: record.title,
    status: record.status,
    failure: record.failure,
    started_at: record.startedAt,
    ended_at: record.endedAt,
    duration_s: record.durationMs / 1000,
    has_thumb: record.hasThumb,
    has_recording: record.hasRecording,
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

function decodeRecord(bytes: Uint8Array): BroadcastRecord {
  const stored = storedBroadcast.parse(JSON.parse(new TextDecoder().decode(bytes)))
  return {
    id: stored.id,
    channelId: stored.channel_id,
    title: stored.title,
    status: stored.status,
    failure: stored.failure,
    startedAt: stored.started_at,
    endedAt: stored.ended_at,
    durationMs: stored.duration_s * 1000,
    hasThumb: stored.has_thumb,
    hasRecording: stored.has_recording,
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
