/** Every video coding that FLV or Enhanced RTMP can name, so that a refusal can name it too. */
export type VideoCodec =
  | 'h264'
  | 'hevc'
  | 'av1'
  | 'vp8'
  | 'vp9'
  | 'vvc'
  | 'sorenson-h263'
  | 'screen-video'
  | 'screen-video-2'
  | 'vp6'
  | 'vp6-alpha'

/** Every audio coding that FLV or Enhanced RTMP can name. */
export type AudioCodec =
  | 'aac'
  | 'mp3'
  | 'opus'
  | 'flac'
  | 'ac3'
  | 'eac3'
  | 'pcm'
  | 'adpcm'
  | 'nellymoser'
  | 'g711-a'
  | 'g711-mu'
  | 'speex'
  | 'device-specific'

/** CodecID of the FLV video tag (FLV 10.1 §E.4.3.1). 12 is not in it, yet widely sent for HEVC. */
export const VIDEO_CODEC_BY_ID: ReadonlyMap<number, VideoCodec> = new Map([
  [2, 'sorenson-h263'],
  [3, 'screen-video'],
  [4, 'vp6'],
  [5, 'vp6-alpha'],
  [6, 'screen-video-2'],
  [7, 'h264'],
  [12, 'hevc'],
])

/** Video FourCC values (E-RTMP v2, Enhanced Video). */
export const VIDEO_CODEC_BY_FOURCC: ReadonlyMap<string, VideoCodec> = new Map([
  ['avc1', 'h264'],
  ['hvc1', 'hevc'],
  ['vvc1', 'vvc'],
  ['av01', 'av1'],
  ['vp08', 'vp8'],
  ['vp09', 'vp9'],
])

/** The FourCC that Enhanced RTMP and FLV know a codec by; null: none. */
export function videoFourCcOf(codec: VideoCodec): string | null {
  return [...VIDEO_CODEC_BY_FOURCC].find(([, named]) => named === codec)?.[0] ?? null
}

/** SoundFormat of the FLV audio tag (FLV 10.1 §E.4.2.1); 9 is the enhanced header. */
export const AUDIO_CODEC_BY_FORMAT: ReadonlyMap<number, AudioCodec> = new Map([
  [0, 'pcm'],
  [1, 'adpcm'],
  [2, 'mp3'],
  [3, 'pcm'],
  [4, 'nellymoser'],
  [5, 'nellymoser'],
  [6, 'nellymoser'],
  [7, 'g711-a'],
  [8, 'g711-mu'],
  [10, 'aac'],
  [11, 'speex'],
  [14, 'mp3'],
  [15, 'device-specific'],
])

/** Audio FourCC values (E-RTMP v2, Enhanced Audio). */
export const AUDIO_CODEC_BY_FOURCC: ReadonlyMap<string, AudioCodec> = new Map([
  ['mp4a', 'aac'],
  ['.mp3', 'mp3'],
  ['Opus', 'opus'],
  ['fLaC', 'flac'],
  ['ac-3', 'ac3'],
  ['ec-3', 'eac3'],
])
