import type { RtmpLimits } from './chunks/index.ts'

/** What one RTMP session may hold and what it answers to. Sizes are bytes. */
export interface RtmpOptions {
  /** The one application name that is served: `rtmp://HOST/{app}`. */
  readonly app: string
  /**
   * Codecs the server takes beyond the legacy ones, as FourCC: told to encoders that ask for it in
   * Enhanced RTMP, and only true ones belong here.
   */
  readonly videoFourCcs: readonly string[]
  readonly audioFourCcs: readonly string[]
  /** Bounds until a publisher has been accepted. */
  readonly beforePublish: RtmpLimits
  /** Bounds of an accepted publisher. */
  readonly whilePublishing: RtmpLimits
}

const KIB = 1024
const MIB = 1024 * KIB

/** Before a publish room for commands alone; then for what encoders send, several times over. */
export const RTMP_DEFAULTS: RtmpOptions = {
  app: 'live',
  videoFourCcs: ['avc1'],
  audioFourCcs: ['mp4a'],
  beforePublish: {
    chunkStreamsMax: 8,
    commandBytesMax: 16 * KIB,
    audioBytesMax: 16 * KIB,
    videoBytesMax: 16 * KIB,
    partialBytesMax: 64 * KIB,
  },
  whilePublishing: {
    chunkStreamsMax: 32,
    commandBytesMax: 64 * KIB,
    audioBytesMax: MIB,
    videoBytesMax: 8 * MIB,
    partialBytesMax: 16 * MIB,
  },
}
