import { BitReader, ViblyError } from '../../base/index.ts'

/** The front of one PES packet (ISO 13818-1 §2.4.3.6, §2.4.3.7). */
export interface PesHeader {
  /** 90 kHz, 33 bits, as sent. */
  readonly ptsTicks: number
  /** Equal to the PTS where none is sent. */
  readonly dtsTicks: number
  /** Where the elementary stream begins. */
  readonly headerBytes: number
  /** Bytes of the whole packet; null when it is open-ended (video may leave its length out). */
  readonly packetBytes: number | null
}

const FIXED_BYTES = 9
const TIMESTAMP_BYTES = 5

/**
 * Decodes a PES header. Null when `bytes` ends inside it.
 *
 * @throws ViblyError `media.ts-invalid` when it is none, or carries no PTS: without one a picture
 *   or sound has no place.
 */
export function decodePesHeader(bytes: Uint8Array): PesHeader | null {
  if (bytes.byteLength < FIXED_BYTES) return null
  const bits = new BitReader(bytes)
  if (bits.bits(24) !== 1) throw new ViblyError('media.ts-invalid', { field: 'PES start code' })
  bits.skip(8) // stream_id
  const length = bits.bits(16)
  bits.skip(8)
  const hasPts = bits.flag()
  const hasDts = bits.flag()
  bits.skip(6)
  const headerBytes = FIXED_BYTES + bits.bits(8)
  if (!hasPts || headerBytes < FIXED_BYTES + TIMESTAMP_BYTES * (hasDts ? 2 : 1)) {
    throw new ViblyError('media.ts-invalid', { field: 'PTS' })
  }
  if (bytes.byteLength < headerBytes) return null
  const ptsTicks = readTimestamp(bits)
  const dtsTicks = hasDts ? readTimestamp(bits) : ptsTicks
  return { ptsTicks, dtsTicks, headerBytes, packetBytes: length === 0 ? null : length + 6 }
}

/** 33 bits in three pieces with a marker behind each. */
function readTimestamp(bits: BitReader): number {
  bits.skip(4)
  const high = bits.bits(3)
  bits.skip(1)
  const middle = bits.bits(15)
  bits.skip(1)
  const low = bits.bits(15)
  bits.skip(1)
  return high * 2 ** 30 + middle * 2 ** 15 + low
}
