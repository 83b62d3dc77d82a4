/**
 * Messages, and the chunks in which they travel (RTMP 1.0 §5.3). Knows types and sizes of messages,
 * not what they say.
 */
export { ChunkReader } from './chunk-reader.ts'
export { encodeMessage } from './chunk-writer.ts'
export type { RtmpLimits } from './limits.ts'
export { MESSAGE_TYPE, type Message } from './message.ts'
