/**
 * The media formats as values: FLV tags, H.264 and AAC headers, the line of time, MPEG-TS. Bytes in,
 * values out; knows nothing of sockets, files, FFmpeg or playlists.
 */
export { type AdtsFrame, type AudioFacts, decodeAdts, decodeAudioConfig } from './aac.ts'
export { type AudioPayload, decodeAudioPayload, encodeAudioPayload } from './audio-payload.ts'
export { decodeAv1Config } from './av1.ts'
export { type AudioCodec, type VideoCodec, videoFourCcOf } from './codecs.ts'
export { ContinuityCounters } from './continuity.ts'
export { encodeFlvHeader, encodeFlvTag, type FlvTag } from './flv.ts'
export { FlvReader } from './flv-reader.ts'
export {
  decodeAvcConfig,
  decodeSps,
  isIdrPicture,
  splitAnnexB,
  type VideoFacts,
} from './h264.ts'
export { decodeHevcConfig } from './hevc.ts'
export { encodeInBandSets } from './parameter-sets.ts'
export { Timeline, type TimelineOptions } from './timeline.ts'
export { insertParameterSets, pidOf } from './ts-packets.ts'
export { TsReader, type TsReaderOptions, type TsUnit } from './ts-reader.ts'
export { encodeTables, PAT_PID, TS_PACKET_BYTES, type TsProgram } from './ts-tables.ts'
export {
  decodeVideoPayload,
  encodeVideoPayload,
  glanceAtVideo,
  type VideoPayload,
} from './video-payload.ts'
export { FLV_WRAP_MS, TS_WRAP_TICKS, unwrap } from './wrap.ts'
