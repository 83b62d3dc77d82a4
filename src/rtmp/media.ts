import { ByteReader, ViblyError } from '../base/index.ts'
import { encodeAmf0 } from './amf/index.ts'
import { MESSAGE_TYPE, type Message } from './chunks/index.ts'

/** What an encoder sends once it publishes. `payload` is the body of the FLV tag of this kind. */
export interface MediaMessage {
  readonly kind: 'audio' | 'video' | 'data'
  /** Unsigned 32 bits, ms, wrapping, as sent. */
  readonly timestampMs: number
  /** Belongs to the receiver: it may keep it, nobody writes to it again. */
  readonly payload: Uint8Array
}

/** FLV 10.1 Annex E.4.1: tag header, and the size of the tag before that follows each tag. */
const TAG_HEADER_BYTES = 11
const TAG_TRAILER_BYTES = 4
/** Media in one aggregate; encoders send a handful. */
const TAGS_MAX = 4096
const WRAP = 0x1_0000_0000

/** The first value of a data message that asks a server to keep what follows. */
const SET_DATA_FRAME = encodeAmf0(['@setDataFrame'])
const CLEAR_DATA_FRAME = encodeAmf0(['@clearDataFrame'])

/**
 * The media in one message: none when it is of another type or empty, several when it is an
 * aggregate. Payloads are views of the message's own, so they stay valid as long as somebody holds
 * them.
 *
 * @throws ViblyError `rtmp.aggregate-invalid` when the tags in an aggregate do not fit its length.
 */
export function mediaOf(message: Message): readonly MediaMessage[] {
  const { type, timestampMs, payload } = message
  if (payload.byteLength === 0) return []
  switch (type) {
    case MESSAGE_TYPE.audio:
      return [{ kind: 'audio', timestampMs, payload }]
    case MESSAGE_TYPE.video:
      return [{ kind: 'video', timestampMs, payload }]
    case MESSAGE_TYPE.dataAmf0:
      return dataOf(timestampMs, payload)
    case MESSAGE_TYPE.dataAmf3:
      // One byte, 0, says that AMF 0 follows; values may switch to AMF 3 one by one. [R13]
      return dataOf(timestampMs, payload.subarray(1))
    case MESSAGE_TYPE.aggregate:
      return splitAggregate(message)
    default:
      return []
  }
}

function dataOf(timestampMs: number, body: Uint8Array): readonly MediaMessage[] {
  if (startsWith(body, CLEAR_DATA_FRAME)) return []
  const payload = startsWith(body, SET_DATA_FRAME) ? body.subarray(SET_DATA_FRAME.byteLength) : body
  return payload.byteLength === 0 ? [] : [{ kind: 'data', timestampMs, payload }]
}

/**
 * RTMP 1.0 §7.1.6: FLV tags in a row. Their times are moved so that the first is at the time of the
 * aggregate. An aggregate within an aggregate is left out. [R16]
 */
function splitAggregate(message: Message): readonly MediaMessage[] {
  const reader = new ByteReader(message.payload)
  const split: MediaMessage[] = []
  let offsetMs: number | null = null
  while (reader.remaining > 0) {
    if (reader.remaining < TAG_HEADER_BYTES || split.length >= TAGS_MAX) {
      throw new ViblyError('rtmp.aggregate-invalid', { leftBytes: reader.remaining })
    }
    const type = reader.u8()
    const payloadBytes = reader.u24()
    const lowMs = reader.u24()
    const tagMs = reader.u8() * 0x1000000 + lowMs
    reader.skip(3)
    if (payloadBytes > reader.remaining) {
      throw new ViblyError('rtmp.aggregate-invalid', { leftBytes: reader.remaining })
    }
    const payload = reader.take(payloadBytes)
    // Some senders leave the last one out.
    reader.skip(Math.min(TAG_TRAILER_BYTES, reader.remaining))

    offsetMs ??= message.timestampMs - tagMs
    const timestampMs = (tagMs + offsetMs + WRAP) % WRAP
    const isAggregate = type === MESSAGE_TYPE.aggregate
    if (!isAggregate) split.push(...mediaOf({ ...message, type, timestampMs, payload }))
  }
  return split
}

function startsWith(bytes: Uint8Array, front: Uint8Array): boolean {
  return front.every((byte, index) => bytes[index] === byte)
}
