/**
 * The media formats as values: FLV tags, H.264 and AAC headers, the line of time, MPEG-TS. Bytes
 * in, values out; knows nothing of sockets, files, FFmpeg or playlists.
 */
export { type AudioFacts, decodeAudioConfig } from './aac.ts'
export { decodeAudioPayload, encodeAudioPayload } from './audio-payload.ts'
export { decodeAv1Config } from './av1.ts'
export { type VideoCodec, videoFourCcOf } from './codecs.ts'
export { ContinuityCounters } from './continuity.ts'
export { encodeFlvHeader, encodeFlvTag, type FlvTag } from './flv.ts'
export { FlvReader } from './flv-reader.ts'
export { decodeAvcConfig, isIdrPicture, type VideoFacts } from './h264.ts'
export { decodeHevcConfig } from './hevc.ts'
export { keyframeDistanceMsMax } from './keyframe-distance.ts'
export { encodeInBandSets } from './parameter-sets.ts'
export { Timeline } from './timeline.ts'
export { insertParameterSets, pidOf } from './ts-packets.ts'
export { TsReader, type TsUnit } from './ts-reader.ts'
export { encodeTables, PAT_PID, TS_PACKET_BYTES, type TsProgram } from './ts-tables.ts'
export { decodeVideoPayload, encodeVideoPayload, glanceAtVideo } from './video-payload.ts'
export { FLV_WRAP_MS, TS_WRAP_TICKS, unwrap } from './wrap.ts'
