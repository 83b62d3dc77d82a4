/**
 * RTMP as a publisher speaks it (RTMP 1.0, E-RTMP v2): handshake, chunks, AMF, commands, one
 * session. Bytes in, events out; knows no socket, clock, log, stream key's owner or codec.
 */
export { type AmfValue, amfObject } from './amf-value.ts'
export { ChunkReader } from './chunk-reader.ts'
export { encodeMessage } from './chunk-writer.ts'
export { type Command, decodeCommand, encodeCommand } from './command.ts'
export { decodeControl } from './control.ts'
export { HANDSHAKE_BYTES } from './handshake.ts'
export { RTMP_DEFAULTS, type RtmpOptions } from './limits.ts'
export { MESSAGE_TYPE, type MediaMessage, type Message } from './message.ts'
export { RtmpSession, type SessionEvent } from './session.ts'
