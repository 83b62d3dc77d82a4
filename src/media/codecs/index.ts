/**
 * H.264, HEVC, AV1 and AAC as far as a server must read them: what their headers say of picture and
 * sound, and what codecs are called. Knows no container.
 */
export { decodeAdts, decodeAudioConfig } from './aac.ts'
export { decodeAv1Config } from './av1.ts'
export {
  AUDIO_CODEC_BY_FORMAT,
  AUDIO_CODEC_BY_FOURCC,
  type AudioCodec,
  VIDEO_CODEC_BY_FOURCC,
  VIDEO_CODEC_BY_ID,
  type VideoCodec,
  videoFourCcOf,
} from './codec-names.ts'
export type { AudioFacts, VideoFacts } from './facts.ts'
export {
  decodeAvcConfig,
  decodeSps,
  isIdrPicture,
  NAL_TYPE,
  splitAnnexB,
} from './h264.ts'
export { decodeHevcConfig } from './hevc.ts'
export { encodeInBandSets } from './parameter-sets.ts'
