/**
 * FLV tags, and the bodies in them that RTMP sends as messages: legacy and enhanced (E-RTMP v2).
 */
export { type AudioPayload, decodeAudioPayload, encodeAudioPayload } from './audio-payload.ts'
export { encodeFlvHeader, encodeFlvTag, type FlvTag, PAYLOAD_BYTES_MIN } from './flv.ts'
export { FlvReader } from './flv-reader.ts'
export {
  decodeVideoPayload,
  encodeVideoPayload,
  glanceAtVideo,
  type VideoPayload,
} from './video-payload.ts'
