import { type BroadcastId, type ChannelId, isId } from '../../base/index.ts'

/** What a media address names. CONTRACT: `/live/...` and `/media/...`. */
export type MediaPath =
  | { readonly kind: 'live-master'; readonly channelId: ChannelId }
  | {
      readonly kind: 'playlist'
      readonly broadcastId: BroadcastId
      /** Below the broadcast: `index.m3u8` or `720p/index.m3u8`. */
      readonly path: string
    }
  | {
      /** A part has a second number: `{run}-{segment}.{part}.ts`. */
      readonly kind: 'segment' | 'part'
      readonly broadcastId: BroadcastId
      readonly rendition: string
      readonly fileName: string
    }
  | { readonly kind: 'recording' | 'thumb' | 'storyboard'; readonly broadcastId: BroadcastId }
  | {
      /** What does not change once it is there: the poster, a sheet of the storyboard. */
      readonly kind: 'picture'
      readonly broadcastId: BroadcastId
      readonly fileName: string
    }

/**
 * The whole grammar of media addresses. Nothing is decoded or normalised: an address either has
 * this form byte for byte or names nothing, so no spelling of `..` can ever reach a file. [W23]
 */
const LIVE_PATTERN = /^\/live\/([A-Za-z0-9_-]{8,40})\/index\.m3u8$/
const MEDIA_PATTERN = /^\/media\/([A-Za-z0-9_-]{8,40})\/(.{1,100})$/
const SEGMENT_PATTERN = /^([a-z0-9]{1,16})\/([A-Za-z0-9_-]{1,64}\.ts)$/
const PART_PATTERN = /^([a-z0-9]{1,16})\/(\d{1,9}-\d{1,9}\.\d{1,4}\.ts)$/
const PICTURE_PATTERN = /^(?:poster|storyboard-\d{1,3})\.jpg$/
const PLAYLIST_PATTERN = /^(?:[a-z0-9]{1,16}\/)?index\.m3u8$/

/** Whether an address is the media server's to answer, be it with 404. */
export function isMediaAddress(address: string): boolean {
  return address.startsWith('/live/') || address.startsWith('/media/')
}

/** What `path` (no query) names; null: nothing, for every wrong spelling alike. [D10] [W23] */
export function parseMediaPath(path: string): MediaPath | null {
  const channelId = LIVE_PATTERN.exec(path)?.[1]
  if (channelId !== undefined) {
    return isId<ChannelId>(channelId) ? { kind: 'live-master', channelId } : null
  }

  const [, broadcastId, rest] = MEDIA_PATTERN.exec(path) ?? []
  if (broadcastId === undefined || rest === undefined || !isId<BroadcastId>(broadcastId)) {
    return null
  }
  if (rest === 'recording.mp4') return { kind: 'recording', broadcastId }
  if (rest === 'thumb.jpg') return { kind: 'thumb', broadcastId }
  if (rest === 'storyboard.vtt') return { kind: 'storyboard', broadcastId }
  if (PICTURE_PATTERN.test(rest)) return { kind: 'picture', broadcastId, fileName: rest }
  if (PLAYLIST_PATTERN.test(rest)) return { kind: 'playlist', broadcastId, path: rest }

  const part = PART_PATTERN.exec(rest)
  const [, rendition, fileName] = part ?? SEGMENT_PATTERN.exec(rest) ?? []
  if (rendition === undefined || fileName === undefined) return null
  return { kind: part === null ? 'segment' : 'part', broadcastId, rendition, fileName }
}
