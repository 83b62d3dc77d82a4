/** What both sides send before the first chunk (RTMP 1.0 §5.2). */
export { encodeHandshakeAnswer, HANDSHAKE_BYTES, RTMP_VERSION } from './handshake.ts'
export { HandshakeInput } from './handshake-input.ts'
