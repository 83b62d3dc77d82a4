import { type ByteReader, ViblyError } from '../../base/index.ts'

/** VideoPacketType and AudioPacketType (E-RTMP v2); the low ones are the same in both. */
export const PACKET_TYPE = {
  sequenceStart: 0,
  codedFrames: 1,
  sequenceEnd: 2,
  codedFramesX: 3,
  /** Video only: AMF metadata. In audio 4 is the multichannel configuration. */
  metadata: 4,
  audioMultitrack: 5,
  videoMultitrack: 6,
  modEx: 7,
} as const

/** AvMultitrackType: one track; many of one codec; many of many codecs (E-RTMP v2). */
const MULTITRACK_ONE_TRACK = 0
/** How many ModEx prefixes may stand before a packet. The standard names one (nanoseconds). */
const MOD_EX_MAX = 8

/**
 * Passes over the ModEx prefixes that may stand before any packet and returns the packet type
 * behind them (E-RTMP v2, ModEx). Their sizes are one less than what follows: 8 bits, or 16 after
 * 256.
 *
 * @throws ViblyError `media.payload-invalid` for more than 8 of them.
 */
export function skipModEx(reader: ByteReader, firstType: number): number {
  let packetType = firstType
  for (let passed = 0; packetType === PACKET_TYPE.modEx; passed += 1) {
    if (passed === MOD_EX_MAX) throw new ViblyError('media.payload-invalid', { packetType })
    let dataBytes = reader.u8() + 1
    if (dataBytes === 256) dataBytes = reader.u16() + 1
    reader.skip(dataBytes)
    packetType = reader.u8() & 0x0f
  }
  return packetType
}

/**
 * Four characters that name a codec, byte by byte: an outside value, so only good to compare or
 * show.
 */
export function readFourCc(reader: ByteReader): string {
  return String.fromCharCode(...reader.take(4))
}

/** The packet type inside a multitrack body that holds one track. */
export function readOnlyTrack(reader: ByteReader): number {
  const types = reader.u8()
  if (types >> 4 !== MULTITRACK_ONE_TRACK) {
    throw new ViblyError('media.multitrack-unsupported', { multitrackType: types >> 4 })
  }
  return types & 0x0f
}

/** Track 0 is the default one; what else a sender offers is refused, never mixed in. */
export function requireFirstTrack(reader: ByteReader): void {
  const trackId = reader.u8()
  if (trackId !== 0) throw new ViblyError('media.multitrack-unsupported', { trackId })
}
