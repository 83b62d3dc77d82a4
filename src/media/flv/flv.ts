import assert from 'node:assert/strict'
import { ByteWriter } from '../../base/index.ts'

/** One message of a broadcast as it is fed to FFmpeg. `payload` is the body of the FLV tag. */
export interface FlvTag {
  readonly kind: 'audio' | 'video' | 'data'
  /** ms on the line of the broadcast; written modulo 2^32. Never negative. */
  readonly timestampMs: number
  readonly payload: Uint8Array
}

/** 'FLV', the first bytes of the file (FLV 10.1 §E.2). */
export const FLV_SIGNATURE = 0x464c56
/** TagType (FLV 10.1 §E.4.1). */
export const TAG_TYPE = { audio: 0x08, video: 0x09, data: 0x12 } as const
export const FILE_HEADER_BYTES = 9
export const TAG_HEADER_BYTES = 11
/** PreviousTagSize, which stands behind the file header and each tag (FLV 10.1 §E.3). */
export const TAG_TRAILER_BYTES = 4
/** Less cannot hold even the headers of a tag's body (FLV 10.1 §E.4.2.1, §E.4.3.1). */
export const PAYLOAD_BYTES_MIN = { audio: 2, video: 5, data: 0 } as const
/** DataSize has 24 bits. */
const PAYLOAD_BYTES_MAX = 0xffffff

/** The FLV file header with the first PreviousTagSize, which is 0 (FLV 10.1 §E.2, §E.3). */
export function encodeFlvHeader(tracks: {
  readonly hasVideo: boolean
  readonly hasAudio: boolean
}): Uint8Array {
  return new ByteWriter(FILE_HEADER_BYTES + TAG_TRAILER_BYTES)
    .u24(FLV_SIGNATURE)
    .u8(0x01)
    .u8((tracks.hasAudio ? 0x04 : 0) + (tracks.hasVideo ? 0x01 : 0))
    .u32(FILE_HEADER_BYTES)
    .u32(0)
    .bytes()
}

/**
 * Tag header, payload and the PreviousTagSize behind it (FLV 10.1 §E.4.1). The timestamp's upper 8
 * of 32 bits stand behind the lower 24. Copies the payload: one write instead of three.
 */
export function encodeFlvTag(tag: FlvTag): Uint8Array {
  const payloadBytes = tag.payload.byteLength
  assert(payloadBytes <= PAYLOAD_BYTES_MAX, 'the message limit keeps payloads below 16 MiB')
  const timestampMs = tag.timestampMs % 2 ** 32
  return new ByteWriter(TAG_HEADER_BYTES + payloadBytes + TAG_TRAILER_BYTES)
    .u8(TAG_TYPE[tag.kind])
    .u24(payloadBytes)
    .u24(timestampMs % 2 ** 24)
    .u8(Math.trunc(timestampMs / 2 ** 24))
    .u24(0)
    .put(tag.payload)
    .u32(TAG_HEADER_BYTES + payloadBytes)
    .bytes()
}
