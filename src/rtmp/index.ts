/**
 * RTMP as a publisher speaks it (RTMP 1.0, E-RTMP v2): handshake, chunks, AMF, commands, one
 * session. Bytes in, events out; knows no socket, clock, log, stream key's owner or codec.
 */
export { type AmfValue, amfObject } from './amf/index.ts'
export {
  ChunkReader,
  encodeMessage,
  MESSAGE_TYPE,
  type Message,
} from './chunks/index.ts'
export { type Command, decodeCommand, encodeCommand } from './command.ts'
export { decodeControl } from './control.ts'
export { HANDSHAKE_BYTES } from './handshake/index.ts'
export type { MediaMessage } from './media.ts'
export { RTMP_DEFAULTS, type RtmpOptions } from './options.ts'
export { RtmpSession, type SessionEvent } from './session.ts'
