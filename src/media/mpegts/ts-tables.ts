import { ByteReader, ByteWriter, crc32Mpeg } from '../../base/index.ts'

/** ISO 13818-1 §2.4.3.2. */
export const TS_PACKET_BYTES = 188
export const SYNC_BYTE = 0x47
/** ISO 13818-1 Table 2-34: H.264, and AAC in ADTS. */
const STREAM_TYPE = { video: 0x1b, audio: 0x0f } as const
export const PAT_PID = 0
const TABLE_ID_PAT = 0x00
const TABLE_ID_PMT = 0x02
const CRC_BYTES = 4
/** Bits that are reserved in front of a PID of 13 bits and of a length of 12: all ones. */
const PID_FRONT = 0xe000
const LENGTH_FRONT = 0xf000
/** The same of a section's length, with section_syntax_indicator 1 and the 0 behind it. */
const SECTION_FRONT = 0xb000
const PROGRAM_NUMBER = 1
const TRANSPORT_STREAM_ID = 1

/** What one MPEG-TS carries: the packet identifiers of its one picture and its one sound. */
export interface TsProgram {
  readonly pmtPid: number
  readonly pcrPid: number
  readonly videoPid: number | null
  readonly audioPid: number | null
}

/**
 * Decodes the payload of a packet that starts a PAT (ISO 13818-1 §2.4.4.3): the pid of the first
 * program's PMT. Null when it is no whole, valid table: the next one is a fraction of a second
 * away.
 */
export function decodePat(payload: Uint8Array): number | null {
  const section = readSection(payload, TABLE_ID_PAT)
  if (section === null) return null
  while (section.remaining >= 4) {
    const programNumber = section.u16()
    const pid = section.u16() % 0x2000
    if (programNumber !== 0) return pid
  }
  return null
}

/**
 * Decodes the payload of a packet that starts a PMT (ISO 13818-1 §2.4.4.8): the first H.264 and the
 * first AAC stream; others are passed over. Null as for `decodePat`.
 */
export function decodePmt(payload: Uint8Array, pmtPid: number): TsProgram | null {
  const section = readSection(payload, TABLE_ID_PMT)
  if (section === null || section.remaining < 4) return null
  const pcrPid = section.u16() % 0x2000
  const infoBytes = section.u16() % 0x1000
  if (infoBytes > section.remaining) return null
  section.skip(infoBytes)
  let videoPid: number | null = null
  let audioPid: number | null = null
  while (section.remaining >= 5) {
    const streamType = section.u8()
    const pid = section.u16() % 0x2000
    if (streamType === STREAM_TYPE.video) videoPid ??= pid
    if (streamType === STREAM_TYPE.audio) audioPid ??= pid
    section.skip(Math.min(section.u16() % 0x1000, section.remaining))
  }
  return { pmtPid, pcrPid, videoPid, audioPid }
}

/**
 * PAT and PMT of `program` as two packets, both numbered 0: `ContinuityCounters` counts them on.
 */
export function encodeTables(program: TsProgram): Uint8Array {
  const pat = new ByteWriter().u16(PROGRAM_NUMBER).u16(PID_FRONT + program.pmtPid)
  const pmt = new ByteWriter().u16(PID_FRONT + program.pcrPid).u16(LENGTH_FRONT)
  const streams = [
    [STREAM_TYPE.video, program.videoPid],
    [STREAM_TYPE.audio, program.audioPid],
  ] as const
  for (const [streamType, pid] of streams) {
    if (pid !== null)
      pmt
        .u8(streamType)
        .u16(PID_FRONT + pid)
        .u16(LENGTH_FRONT)
  }
  return new ByteWriter(2 * TS_PACKET_BYTES)
    .put(encodeSection(PAT_PID, TABLE_ID_PAT, TRANSPORT_STREAM_ID, pat.bytes()))
    .put(encodeSection(program.pmtPid, TABLE_ID_PMT, PROGRAM_NUMBER, pmt.bytes()))
    .bytes()
}

/** The body of a whole section with a right CRC, between its 8-byte header and the CRC. */
function readSection(payload: Uint8Array, tableId: number): ByteReader | null {
  const pointer = payload[0]
  if (pointer === undefined || payload.byteLength < 1 + pointer + 3) return null
  const bytes = payload.subarray(1 + pointer)
  const reader = new ByteReader(bytes)
  if (reader.u8() !== tableId) return null
  const sectionBytes = (reader.u16() % 0x1000) + 3
  if (sectionBytes > bytes.byteLength || sectionBytes < 8 + CRC_BYTES) return null
  // Over a section with its CRC the sum is zero.
  if (crc32Mpeg(bytes.subarray(0, sectionBytes)) !== 0) return null
  return new ByteReader(bytes.subarray(8, sectionBytes - CRC_BYTES))
}

/** One section in one packet, filled up with 0xff (ISO 13818-1 §2.4.4). */
function encodeSection(
  pid: number,
  tableId: number,
  idExtension: number,
  body: Uint8Array,
): Uint8Array {
  const section = new ByteWriter()
    .u8(tableId)
    .u16(SECTION_FRONT + 5 + body.byteLength + CRC_BYTES)
    .u16(idExtension)
    .u8(0xc1) // version 0, current
    .u16(0) // section 0 of 0
    .put(body)
  const checksum = crc32Mpeg(section.bytes())
  const packet = new ByteWriter(TS_PACKET_BYTES)
    .u8(SYNC_BYTE)
    .u16(0x4000 + pid)
    .u8(0x10) // payload alone, counter 0
    .u8(0) // pointer_field
    .put(section.bytes())
    .u32(checksum)
  return packet.put(new Uint8Array(TS_PACKET_BYTES - packet.length).fill(0xff)).bytes()
}
