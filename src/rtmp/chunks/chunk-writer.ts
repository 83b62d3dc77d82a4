import { ByteWriter } from '../../base/index.ts'
import type { Message } from './message.ts'

const EXTENDED = 0xffffff

/**
 * A message as chunks of at most `chunkBytes` of payload: one of format 0, the rest of format 3
 * with the extended timestamp repeated (RTMP 1.0 §5.3.1). Our answers are few and small, so nothing
 * is left out of their headers.
 *
 * @param chunkStreamId 2 to 63.
 */
export function encodeMessage(
  message: Message,
  chunkStreamId: number,
  chunkBytes: number,
): Uint8Array {
  const { payload, timestampMs } = message
  const isExtended = timestampMs >= EXTENDED
  const writer = new ByteWriter(payload.byteLength + 32)
  writer
    .u8(chunkStreamId)
    .u24(isExtended ? EXTENDED : timestampMs)
    .u24(payload.byteLength)
    .u8(message.type)
    .u32le(message.messageStreamId)
  if (isExtended) writer.u32(timestampMs)
  writer.put(payload.subarray(0, chunkBytes))

  for (let at = chunkBytes; at < payload.byteLength; at += chunkBytes) {
    writer.u8(0xc0 + chunkStreamId)
    if (isExtended) writer.u32(timestampMs)
    writer.put(payload.subarray(at, at + chunkBytes))
  }
  return writer.bytes()
}
