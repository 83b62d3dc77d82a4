/**
 * The media formats as values: FLV tags, H.264 and AAC headers, the line of time, MPEG-TS. Bytes
 * in, values out; knows nothing of sockets, files, FFmpeg or playlists.
 */
export {
  type AudioFacts,
  decodeAudioConfig,
  decodeAv1Config,
  decodeAvcConfig,
  decodeHevcConfig,
  encodeInBandSets,
  isIdrPicture,
  type VideoCodec,
  type VideoFacts,
  videoFourCcOf,
} from './codecs/index.ts'
export {
  type AudioPayload,
  decodeAudioPayload,
  decodeVideoPayload,
  encodeAudioPayload,
  encodeFlvHeader,
  encodeFlvTag,
  encodeVideoPayload,
  FlvReader,
  type FlvTag,
  glanceAtVideo,
  PAYLOAD_BYTES_MIN,
  type VideoPayload,
} from './flv/index.ts'
export {
  ContinuityCounters,
  encodeTables,
  insertParameterSets,
  PAT_PID,
  pidOf,
  TS_PACKET_BYTES,
  type TsProgram,
  TsReader,
  type TsUnit,
} from './mpegts/index.ts'
export {
  FLV_WRAP_MS,
  keyframeDistanceMsMax,
  TICKS_PER_MS,
  TICKS_PER_SECOND,
  Timeline,
  TS_WRAP_TICKS,
  unwrap,
} from './time/index.ts'
