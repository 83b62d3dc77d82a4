import { ByteReader, ByteWriter, joinBytes } from '../../base/index.ts'
import { NAL_TYPE } from '../codecs/index.ts'
import { decodePesHeader } from './pes.ts'
import { SYNC_BYTE, TS_PACKET_BYTES } from './ts-tables.ts'

const HEADER_BYTES = 4
const PAYLOAD_BYTES_MAX = TS_PACKET_BYTES - HEADER_BYTES
/** An access unit delimiter behind its start code (ITU-T H.264 §7.3.2.4). */
const DELIMITER_BYTES = 2
/** PES_packet_length counts the bytes behind itself (ISO 13818-1 §2.4.3.7). */
const PES_LENGTH_AT = 4
const PES_LENGTH_MAX = 0xffff

/** The pid of the first packet; null when there is no whole one. */
export function pidOf(packets: Uint8Array | undefined): number | null {
  if (packets === undefined || packets.byteLength < TS_PACKET_BYTES) return null
  return ((packets[1] ?? 0) & 0x1f) * 0x100 + (packets[2] ?? 0)
}

/** The payload behind the adaptation field (ISO 13818-1 §2.4.3.4); null when there is none. */
export function payloadOf(packet: Uint8Array): Uint8Array | null {
  const control = (packet[3] ?? 0) & 0x30
  if (control === 0x10) return packet.subarray(4)
  if (control !== 0x30) return null
  const from = 5 + (packet[4] ?? 0)
  return from < TS_PACKET_BYTES ? packet.subarray(from) : null
}

/**
 * The packets of one picture with parameter sets (with start codes) in front of it, behind its
 * access unit delimiter. As it came when it begins with parameter sets already, or is too odd to be
 * touched.
 */
export function insertParameterSets(packets: Uint8Array, sets: Uint8Array): Uint8Array {
  const pid = pidOf(packets)
  const payload = payloadOf(packets.subarray(0, TS_PACKET_BYTES))
  const header = payload === null ? null : decodePesHeader(payload)
  if (pid === null || payload === null || header === null) return packets
  const at = placeOfSets(payload, header.headerBytes)
  if (at === null) return packets
  const longer = joinBytes([payload.subarray(0, at), sets, payload.subarray(at)])
  if (header.packetBytes !== null) {
    const length = header.packetBytes - PES_LENGTH_AT - 2 + sets.byteLength
    // Pictures may leave their length open, and a long one must.
    longer.set(new ByteWriter().u16(length > PES_LENGTH_MAX ? 0 : length).bytes(), PES_LENGTH_AT)
  }
  const front = packets.subarray(0, TS_PACKET_BYTES - payload.byteLength)
  return joinBytes([
    front,
    longer.subarray(0, payload.byteLength),
    encodePackets(pid, longer.subarray(payload.byteLength)),
    packets.subarray(TS_PACKET_BYTES),
  ])
}

/** Null: there are some already, or it cannot be told. */
function placeOfSets(payload: Uint8Array, headerBytes: number): number | null {
  const first = nalAt(payload, headerBytes)
  if (first === null) return null
  const isDelimiter = first.type === NAL_TYPE.accessUnitDelimiter
  const at = isDelimiter ? first.at + DELIMITER_BYTES : headerBytes
  return nalAt(payload, at)?.type === NAL_TYPE.sequenceParameterSet ? null : at
}

/** The NAL unit whose start code stands at `from`; null when there is none. */
function nalAt(
  bytes: Uint8Array,
  from: number,
): { readonly type: number; readonly at: number } | null {
  const reader = new ByteReader(bytes.subarray(from))
  if (reader.remaining < 5) return null
  const code = reader.u24()
  const at = from + (code === 1 ? 3 : 4)
  if (code !== 1 && (code !== 0 || reader.u8() !== 1)) return null
  return { type: (bytes[at] ?? 0) & 0x1f, at }
}

/**
 * Packets that go on with a unit; what is missing in the last is stuffed (ISO 13818-1 §2.4.3.5).
 */
function encodePackets(pid: number, bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
  for (let at = 0; at < bytes.byteLength; at += PAYLOAD_BYTES_MAX) {
    const piece = bytes.subarray(at, at + PAYLOAD_BYTES_MAX)
    const stuffed = PAYLOAD_BYTES_MAX - piece.byteLength
    writer
      .u8(SYNC_BYTE)
      .u16(pid)
      .u8(stuffed === 0 ? 0x10 : 0x30)
    if (stuffed > 0) writer.u8(stuffed - 1)
    if (stuffed > 1) writer.u8(0)
    if (stuffed > 2) writer.put(new Uint8Array(stuffed - 2).fill(0xff))
    writer.put(piece)
  }
  return writer.bytes()
}
