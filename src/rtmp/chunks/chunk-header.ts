import { ByteReader, ByteWriter, ViblyError } from '../../base/index.ts'

/** The header in force on one chunk stream: what formats 1 to 3 leave out is as here. */
export interface ChunkHeader {
  readonly chunkStreamId: number
  /** Of the message, absolute, unsigned 32 bits, ms. */
  readonly timestampMs: number
  /** What a message that starts with format 3 adds to it. */
  readonly deltaMs: number
  /** The extended timestamp as it stood on the wire; null when there was none. */
  readonly extendedMs: number | null
  readonly messageBytes: number
  readonly messageType: number
  readonly messageStreamId: number
}

/** RTMP 1.0 §5.3.1: three bytes of basic header, eleven of message header, four of timestamp. */
export const CHUNK_HEADER_BYTES_MAX = 18

/** RTMP 1.0 §5.3.1.2, by format. */
const MESSAGE_HEADER_BYTES = [11, 7, 3, 0] as const
/** RTMP 1.0 §5.3.1.2.1: this value says that an extended timestamp follows. */
const EXTENDED = 0xffffff
const EXTENDED_BYTES = 4
/** RTMP 1.0 §5.4: the chunk stream of protocol control; its messages are on message stream 0. */
const CONTROL_CHUNK_STREAM = 2
const WRAP = 0x1_0000_0000

/**
 * Decodes the chunk header at `bytes[at]`: basic header (RTMP 1.0 §5.3.1.1), message header
 * (§5.3.1.2), extended timestamp (§5.3.1.3).
 *
 * Formats 1 to 3 leave fields out, meaning "as in the chunk before on this chunk stream"; the
 * caller keeps the last header of each and passes them as `previous`. Format 3 gives back that very
 * header: only the caller knows whether the chunk goes on with a message or starts one.
 *
 * Format 3 repeats the extended timestamp, although some encoders leave it out there. So the four
 * bytes are skipped only if they say what they must say: the field of the chunk before or, as
 * others send it, the absolute time. [R07]
 *
 * @returns null when `bytes` ends inside the header; nothing is consumed then.
 * @throws ViblyError `rtmp.chunk-orphan` when a chunk stream does not start with format 0. One
 *   exception: librtmp starts chunk stream 2 with format 1, leaving out the message stream id, and
 *   that id is 0 there anyway. [R06]
 */
export function decodeChunkHeader(
  bytes: Uint8Array,
  at: number,
  previous: ReadonlyMap<number, ChunkHeader>,
): {
  readonly format: number
  readonly header: ChunkHeader
  readonly headerBytes: number
} | null {
  const basic = decodeBasicHeader(bytes, at)
  if (basic === null) return null

  const { format, chunkStreamId, basicBytes } = basic
  const before = previous.get(chunkStreamId)
  const isOrphan = before === undefined && format !== 0
  if (isOrphan && !(format === 1 && chunkStreamId === CONTROL_CHUNK_STREAM)) {
    throw new ViblyError('rtmp.chunk-orphan', { chunkStreamId, format })
  }
  if (before !== undefined && format === 3) {
    const extendedBytes = repeatedTimestampBytes(bytes, at + basicBytes, before)
    if (extendedBytes === null) return null
    return { format, header: before, headerBytes: basicBytes + extendedBytes }
  }

  const plainBytes = basicBytes + (MESSAGE_HEADER_BYTES[format] ?? 0)
  if (bytes.byteLength - at < plainBytes) return null
  const reader = new ByteReader(bytes, at + basicBytes)
  const field = reader.u24()
  const messageBytes = format <= 1 ? reader.u24() : (before?.messageBytes ?? 0)
  const messageType = format <= 1 ? reader.u8() : (before?.messageType ?? 0)
  // The one little-endian field of RTMP.
  const messageStreamId = format === 0 ? reader.u32le() : (before?.messageStreamId ?? 0)
  const isExtended = field === EXTENDED
  if (isExtended && reader.remaining < EXTENDED_BYTES) return null

  const extendedMs = isExtended ? reader.u32() : null
  const deltaMs = extendedMs ?? field
  const startMs = format === 0 ? 0 : (before?.timestampMs ?? 0)
  return {
    format,
    header: {
      chunkStreamId,
      timestampMs: (startMs + deltaMs) % WRAP,
      deltaMs,
      extendedMs,
      messageBytes,
      messageType,
      messageStreamId,
    },
    headerBytes: plainBytes + (isExtended ? EXTENDED_BYTES : 0),
  }
}

/**
 * The header of a message that starts with format 3: everything as before, the same step on in time
 * (RTMP 1.0 §5.3.1.2.4). After format 0 that step is its timestamp, as the standard has it. [R06]
 */
export function repeatChunkHeader(before: ChunkHeader): ChunkHeader {
  return { ...before, timestampMs: (before.timestampMs + before.deltaMs) % WRAP }
}

/** RTMP 1.0 §5.3.1.1: ids 2 to 63 in one byte, 64 to 319 in two, up to 65599 in three. [R04] */
function decodeBasicHeader(
  bytes: Uint8Array,
  at: number,
): {
  readonly format: number
  readonly chunkStreamId: number
  readonly basicBytes: number
} | null {
  const first = bytes[at]
  if (first === undefined) return null
  const format = first >> 6
  const short = first & 0x3f
  if (short >= 2) return { format, chunkStreamId: short, basicBytes: 1 }

  const second = bytes[at + 1]
  if (second === undefined) return null
  if (short === 0) return { format, chunkStreamId: second + 64, basicBytes: 2 }

  const third = bytes[at + 2]
  if (third === undefined) return null
  // The second byte counts ones, the third 256s.
  return { format, chunkStreamId: third * 0x100 + second + 64, basicBytes: 3 }
}

/** How many bytes at `at` repeat the extended timestamp: 0 or 4; null when that is still open. */
function repeatedTimestampBytes(bytes: Uint8Array, at: number, before: ChunkHeader): number | null {
  if (before.extendedMs === null) return 0
  const peeked = bytes.subarray(at, at + EXTENDED_BYTES)
  const isRepeated = [before.extendedMs, before.timestampMs].some((ms) => startsAlike(peeked, ms))
  if (!isRepeated) return 0
  return peeked.byteLength === EXTENDED_BYTES ? EXTENDED_BYTES : null
}

/** Whether `bytes`, four or fewer, are the front of this number. One byte off is enough to know. */
function startsAlike(bytes: Uint8Array, value: number): boolean {
  const expected = new ByteWriter(EXTENDED_BYTES).u32(value).bytes()
  return bytes.every((byte, index) => byte === expected[index])
}
