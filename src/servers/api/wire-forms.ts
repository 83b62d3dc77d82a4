import type { Channel, User } from '../../accounts/index.ts'
import type { Health, LiveChannel } from '../../live/index.ts'
import {
  chatSettingsSchema,
  type WireBroadcast,
  type WireChannel,
  type WireChannelCard,
  type WireHealth,
  type WireUser,
} from '../wire.ts'
import type { BroadcastFacts } from './api-context.ts'

/** A person to themselves: the only form that holds the email address. [W22] */
export function wireUser(user: User): WireUser {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    display_name: user.displayName,
    role: user.role,
    created_at: user.createdAt,
  }
}

/** A channel in a list. `live` null: nothing is on. */
export function wireChannelCard(channel: Channel, live: LiveChannel | null): WireChannelCard {
  return {
    id: channel.id,
    username: channel.username,
    display_name: channel.displayName,
    title: channel.title,
    live: live !== null,
    broadcast_id: live?.broadcastId ?? null,
    viewers: live?.viewers ?? 0,
    started_at: live?.startedAt ?? null,
    thumb_url: live?.hasThumb === true ? `/media/${live.broadcastId}/thumb.jpg` : null,
  }
}

export function wireChannel(channel: Channel, live: LiveChannel | null): WireChannel {
  return {
    ...wireChannelCard(channel, live),
    description: channel.description,
    settings: chatSettingsSchema.safeParse(channel.settings).data ?? {},
    playlist_url: live === null ? null : `/live/${channel.id}/index.m3u8`,
  }
}

export function wireBroadcast(facts: BroadcastFacts, channel: Channel): WireBroadcast {
  const base = `/media/${facts.id}`
  return {
    id: facts.id,
    channel_id: facts.channelId,
    username: channel.username,
    display_name: channel.displayName,
    title: facts.title,
    visibility: facts.visibility,
    status: facts.status,
    started_at: facts.startedAt,
    ended_at: facts.endedAt,
    duration_s: facts.durationMs / 1000,
    renditions: facts.renditions.map(({ frameRate, isCopy, ...rendition }) => ({
      ...rendition,
      frame_rate: frameRate,
      copy: isCopy,
    })),
    playlist_url: `${base}/index.m3u8`,
    recording_url: facts.hasRecording ? `${base}/recording.mp4` : null,
    thumb_url: pictureOf(facts),
    storyboard_url: facts.pictures === 'made' ? `${base}/storyboard.vtt` : null,
  }
}

const OFFLINE: WireHealth = {
  status: 'offline',
  ingest_kbps: 0,
  frame_rate: null,
  keyframe_interval_s: null,
  width: null,
  height: null,
  codecs: null,
  dropped_frames: 0,
  late_ms: 0,
  renditions: [],
  warnings: [],
}

/** null: the channel is offline. */
export function wireHealth(health: Health | null): WireHealth {
  if (health === null) return OFFLINE
  const { keyframeIntervalMs } = health
  return {
    status: health.status,
    ingest_kbps: health.ingestKbps,
    frame_rate: health.frameRate,
    keyframe_interval_s: keyframeIntervalMs === null ? null : keyframeIntervalMs / 1000,
    width: health.width,
    height: health.height,
    codecs: health.codecs,
    dropped_frames: health.droppedFrames,
    late_ms: health.lateMs,
    renditions: health.renditions.map((rendition) => ({
      name: rendition.name,
      copy: rendition.isCopy,
      kbps: rendition.kbps,
      frame_rate: rendition.frameRate,
      behind_ms: rendition.behindMs,
      speed: rendition.speed,
    })),
    warnings: [...health.warnings],
  }
}

/** The last picture of a broadcast is often black: once it is over a better one is looked for. */
function pictureOf({ id, hasThumb, pictures }: BroadcastFacts): string | null {
  if (pictures === 'made') return `/media/${id}/poster.jpg`
  return hasThumb ? `/media/${id}/thumb.jpg` : null
}
