import { z } from 'zod'
import { type BroadcastId, type ChannelId, isId, parseJson } from '../base/index.ts'
import type { Presentation } from '../hls/index.ts'

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

/** `broadcast.json`, one field a line, so that a damaged one still tells something. */
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
