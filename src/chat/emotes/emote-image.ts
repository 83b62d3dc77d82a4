import { ByteReader } from '../../base/index.ts'

/** A picture that can be an emote: what its first bytes say it is. */
export interface EmoteImage {
  readonly extension: 'png' | 'gif' | 'webp'
  /** Pixels. */
  readonly width: number
  readonly height: number
}

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const PNG_SIZE_AT = 16
const GIF_SIZE_AT = 6
const WEBP_CHUNK_AT = 12
const WEBP_PAYLOAD_AT = 20
/** VP8 sizes have 14 bits; the two above them scale (RFC 6386 §9.1). */
const VP8_SIZE_RANGE = 0x4000
const VP8_START_CODE = [0x9d, 0x01, 0x2a]
const VP8L_SIGNATURE = 0x2f
/** No format tells its size later than here. */
const HEAD_BYTES = 30

/**
 * Kind and size of a PNG (ISO 15948 §5.2, §11.2.2), GIF (GIF89a §17, §18) or WebP (RFC 9649 §2.4 to
 * §2.7) by its bytes, whatever it was called; null when it is none of them. The picture itself is
 * not decoded. [W25]
 */
export function decodeEmoteImage(bytes: Uint8Array): EmoteImage | null {
  if (bytes.byteLength < HEAD_BYTES) return null
  const text = (at: number, count: number) =>
    Buffer.from(bytes.subarray(at, at + count)).toString('latin1')
  if (startsWith(bytes, PNG_SIGNATURE)) {
    if (text(PNG_SIZE_AT - 4, 4) !== 'IHDR') return null
    const size = new ByteReader(bytes.subarray(PNG_SIZE_AT))
    return { extension: 'png', width: size.u32(), height: size.u32() }
  }
  if (/^GIF8[79]a$/.test(text(0, 6))) {
    const size = new ByteReader(bytes.subarray(GIF_SIZE_AT))
    return { extension: 'gif', width: littleEndian(size, 2), height: littleEndian(size, 2) }
  }
  if (text(0, 4) !== 'RIFF' || text(8, 4) !== 'WEBP') return null
  const size = decodeWebpSize(text(WEBP_CHUNK_AT, 4), bytes.subarray(WEBP_PAYLOAD_AT))
  return size === null ? null : { extension: 'webp', ...size }
}

function decodeWebpSize(
  chunk: string,
  payload: Uint8Array,
): { readonly width: number; readonly height: number } | null {
  const reader = new ByteReader(payload)
  if (chunk === 'VP8X') {
    reader.skip(4)
    return { width: littleEndian(reader, 3) + 1, height: littleEndian(reader, 3) + 1 }
  }
  if (chunk === 'VP8 ') {
    if (!startsWith(payload.subarray(3), VP8_START_CODE)) return null
    reader.skip(6)
    const width = littleEndian(reader, 2) % VP8_SIZE_RANGE
    return { width, height: littleEndian(reader, 2) % VP8_SIZE_RANGE }
  }
  if (chunk !== 'VP8L' || reader.u8() !== VP8L_SIGNATURE) return null
  // Two sizes of 14 bits, each one less, from the lowest bit on (RFC 9649 §3.4).
  const packed = littleEndian(reader, 4)
  const width = (packed % VP8_SIZE_RANGE) + 1
  return { width, height: (Math.trunc(packed / VP8_SIZE_RANGE) % VP8_SIZE_RANGE) + 1 }
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte)
}

function littleEndian(reader: ByteReader, byteCount: number): number {
  let value = 0
  for (let at = 0; at < byteCount; at += 1) value += reader.u8() * 256 ** at
  return value
}
