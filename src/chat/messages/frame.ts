const TEXT_FINAL = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127

/**
 * One unmasked, unfragmented text frame as a server sends it, RFC 6455 §5.2. Made once and written
 * to every socket of a channel.
 */
export function encodeTextFrame(payload: Uint8Array): Buffer {
  const byteCount = payload.byteLength
  const headBytes = byteCount < LENGTH_16 ? 2 : byteCount < 0x10000 ? 4 : 10
  const frame = Buffer.allocUnsafe(headBytes + byteCount)
  frame[0] = TEXT_FINAL
  if (headBytes === 2) frame[1] = byteCount
  if (headBytes === 4) {
    frame[1] = LENGTH_16
    frame.writeUInt16BE(byteCount, 2)
  }
  if (headBytes === 10) {
    frame[1] = LENGTH_64
    frame.writeBigUInt64BE(BigInt(byteCount), 2)
  }
  frame.set(payload, headBytes)
  return frame
}

/** The frame of a value that is no stored record: `presence`, `stream`, `ack`, `error`. */
export function encodeJsonFrame(value: object): Buffer {
  return encodeTextFrame(Buffer.from(JSON.stringify(value)))
}
