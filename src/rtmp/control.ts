import { ByteReader, ByteWriter } from '../base/index.ts'
import { MESSAGE_TYPE, type Message } from './chunks/index.ts'

/** RTMP 1.0 §5.4 and §6.2, as far as a receiver of publishers acts on them. */
export type Control =
  | { readonly kind: 'set-chunk-size'; readonly chunkBytes: number }
  | { readonly kind: 'abort'; readonly chunkStreamId: number }
  | { readonly kind: 'window'; readonly windowBytes: number }
  | { readonly kind: 'peer-bandwidth'; readonly windowBytes: number }
  | { readonly kind: 'ping-request'; readonly stamp: number }
  | { readonly kind: 'ping-response'; readonly stamp: number }
  | { readonly kind: 'other' }

// RTMP 1.0 §7.1.7: user control events.
const STREAM_BEGIN = 0
const PING_REQUEST = 6
const PING_RESPONSE = 7
/** RTMP 1.0 §5.4.5: the peer may use its judgement. */
const LIMIT_DYNAMIC = 2

/**
 * A protocol or user control message; null for every other type.
 *
 * A window of 0 would want an acknowledgement of nothing: it counts as one that was not announced.
 *
 * @throws ViblyError `bytes.out-of-range` when it is shorter than its fields.
 */
export function decodeControl(message: Message): Control | null {
  const reader = new ByteReader(message.payload)
  switch (message.type) {
    case MESSAGE_TYPE.setChunkSize:
      return { kind: 'set-chunk-size', chunkBytes: reader.u32() }
    case MESSAGE_TYPE.abort:
      return { kind: 'abort', chunkStreamId: reader.u32() }
    case MESSAGE_TYPE.acknowledgement:
      return { kind: 'other' }
    case MESSAGE_TYPE.windowAcknowledgementSize:
      return decodeWindow('window', reader)
    case MESSAGE_TYPE.setPeerBandwidth:
      return decodeWindow('peer-bandwidth', reader)
    case MESSAGE_TYPE.userControl:
      return decodeUserControl(reader)
    default:
      return null
  }
}

/** RTMP 1.0 §5.4.1. `chunkBytes`: of the chunks that follow, 1 to 0x7fffffff. */
export function encodeSetChunkSize(chunkBytes: number): Message {
  return control(MESSAGE_TYPE.setChunkSize, new ByteWriter(4).u32(chunkBytes))
}

/** `receivedBytes` counts from the start of the connection and wraps at 2^32 (RTMP 1.0 §5.4.3). */
export function encodeAcknowledgement(receivedBytes: number): Message {
  return control(MESSAGE_TYPE.acknowledgement, new ByteWriter(4).u32(receivedBytes % 2 ** 32))
}

/** RTMP 1.0 §5.4.4: how many bytes the peer may send before it is told that they came. */
export function encodeWindow(windowBytes: number): Message {
  return control(MESSAGE_TYPE.windowAcknowledgementSize, new ByteWriter(4).u32(windowBytes))
}

/** RTMP 1.0 §5.4.5: the window that the peer is to use. */
export function encodePeerBandwidth(windowBytes: number): Message {
  const writer = new ByteWriter(5).u32(windowBytes).u8(LIMIT_DYNAMIC)
  return control(MESSAGE_TYPE.setPeerBandwidth, writer)
}

/** RTMP 1.0 §7.1.7: the message stream can be used. */
export function encodeStreamBegin(messageStreamId: number): Message {
  return userControl(STREAM_BEGIN, messageStreamId)
}

/** RTMP 1.0 §7.1.7. `stamp` is any u32; the peer sends it back. */
export function encodePingRequest(stamp: number): Message {
  return userControl(PING_REQUEST, stamp)
}

/** The answer to a ping, with the `stamp` that it carried (RTMP 1.0 §7.1.7). */
export function encodePingResponse(stamp: number): Message {
  return userControl(PING_RESPONSE, stamp)
}

function decodeWindow(kind: 'window' | 'peer-bandwidth', reader: ByteReader): Control {
  const windowBytes = reader.u32()
  return windowBytes === 0 ? { kind: 'other' } : { kind, windowBytes }
}

function decodeUserControl(reader: ByteReader): Control {
  const event = reader.u16()
  if (event === PING_REQUEST) return { kind: 'ping-request', stamp: reader.u32() }
  if (event === PING_RESPONSE) return { kind: 'ping-response', stamp: reader.u32() }
  return { kind: 'other' }
}

function userControl(event: number, value: number): Message {
  return control(MESSAGE_TYPE.userControl, new ByteWriter(6).u16(event).u32(value))
}

/** RTMP 1.0 §5.4: message stream 0, and timestamps are ignored. [R11] */
function control(type: number, writer: ByteWriter): Message {
  return { type, messageStreamId: 0, timestampMs: 0, payload: writer.bytes() }
}
