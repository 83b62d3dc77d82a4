import { BitReader, ByteReader, ViblyError } from '../../base/index.ts'
import type { VideoFacts } from './facts.ts'
import { requireStandardRange } from './hdr.ts'
import { SQUARE } from './vui.ts'

/** obu_type OBU_SEQUENCE_HEADER (AV1 §6.2.2). */
const OBU_SEQUENCE_HEADER = 1
/** leb128 has at most 8 bytes of 7 bits (§4.10.5); 4 hold more than any message. */
const SIZE_BYTES_MAX = 4
/** seq_force_screen_content_tools: chosen for each frame (§6.4.2). */
const SELECT_SCREEN_CONTENT_TOOLS = 2

/**
 * Facts of an AV1CodecConfigurationRecord (AV1-ISOBMFF §2.3.3), read from the sequence header OBU
 * in it (AV1 §5.5). Pixels are square and pictures whole: AV1 has no others in a sequence header.
 *
 * @throws ViblyError `media.av1-invalid` when it is none or holds no sequence header,
 *   `media.hdr-unsupported`, `bytes.out-of-range` when it ends early.
 */
export function decodeAv1Config(bytes: Uint8Array): VideoFacts {
  const reader = new ByteReader(bytes)
  const marker = reader.u8()
  requireThat(marker === 0x81, 'version', marker)
  const profile = reader.u8()
  const format = reader.u8()
  reader.skip(1)
  while (reader.remaining > 0) {
    const obu = readObu(reader)
    if (obu.type === OBU_SEQUENCE_HEADER) {
      return describe(decodeSequenceHeader(obu.payload), profile, format)
    }
  }
  throw new ViblyError('media.av1-invalid', { field: 'sequence header count', value: 0 })
}

/** What only the sequence header says. */
type Sequence = Pick<VideoFacts, 'width' | 'height' | 'frameRate'>

/** `profile` and `format`: the second and third byte of the record. */
function describe(sequence: Sequence, profile: number, format: number): VideoFacts {
  const levelIdc = profile & 0x1f
  const isHigh = (format & 0x40) !== 0
  const bitDepth = isHigh ? ((format & 0x20) === 0 ? 10 : 12) : 8
  const tier = (format & 0x80) === 0 ? 'M' : 'H'
  const level = String(levelIdc).padStart(2, '0')
  return {
    codec: 'av1',
    // AV1-ISOBMFF §5.
    codecString: `av01.${profile >> 5}.${level}${tier}.${String(bitDepth).padStart(2, '0')}`,
    ...sequence,
    sampleAspect: SQUARE,
    isInterlaced: false,
    bitDepth,
    chroma: chromaOf(format),
    profileIdc: profile >> 5,
    levelIdc,
  }
}

function chromaOf(format: number): VideoFacts['chroma'] {
  if ((format & 0x10) !== 0) return '4:0:0'
  if ((format & 0x08) === 0) return '4:4:4'
  return (format & 0x04) === 0 ? '4:2:2' : '4:2:0'
}

/** open_bitstream_unit (§5.3): its kind and what is behind its header. */
function readObu(reader: ByteReader): { readonly type: number; readonly payload: Uint8Array } {
  const header = reader.u8()
  if ((header & 0x04) !== 0) reader.skip(1) // extension
  const type = (header >> 3) & 0x0f
  return { type, payload: (header & 0x02) === 0 ? reader.rest() : reader.take(readSize(reader)) }
}

function readSize(reader: ByteReader): number {
  let size = 0
  for (let at = 0; at < SIZE_BYTES_MAX; at += 1) {
    const byte = reader.u8()
    size += (byte & 0x7f) * 128 ** at
    if (byte < 0x80) return size
  }
  throw new ViblyError('media.av1-invalid', { field: 'obu size', value: size })
}

/** sequence_header_obu (§5.5.1) to the transfer characteristics in color_config (§5.5.2). */
function decodeSequenceHeader(payload: Uint8Array): Sequence {
  const bits = new BitReader(payload)
  const profile = bits.bits(3)
  bits.skip(1) // still_picture
  const isReduced = bits.flag()
  let frameRate: number | null = null
  if (isReduced) bits.skip(5)
  else frameRate = readTiming(bits)
  const widthBits = bits.bits(4) + 1
  const heightBits = bits.bits(4) + 1
  const width = bits.bits(widthBits) + 1
  const height = bits.bits(heightBits) + 1
  skipTools(bits, isReduced)
  const isHigh = bits.flag()
  if (profile === 2 && isHigh) bits.skip(1) // twelve_bit
  if (profile !== 1) bits.skip(1) // mono_chrome
  if (bits.flag()) {
    bits.skip(8) // color_primaries
    requireStandardRange('AV1', bits.bits(8))
  }
  return { width, height, frameRate }
}

/**
 * Timing, decoder model and operating points (§5.5.1, §5.5.3, §5.5.4); frames per second or null.
 */
function readTiming(bits: BitReader): number | null {
  const hasTiming = bits.flag()
  const frameRate = hasTiming ? readFrameRate(bits) : null
  const hasModel = hasTiming && bits.flag()
  const delayBits = hasModel ? bits.bits(5) + 1 : 0
  if (hasModel) bits.skip(32 + 5 + 5)
  const hasDelays = bits.flag()
  for (let points = bits.bits(5) + 1; points > 0; points -= 1) {
    bits.skip(12) // operating_point_idc
    if (bits.bits(5) > 7) bits.skip(1) // seq_tier
    if (hasModel && bits.flag()) bits.skip(2 * delayBits + 1)
    if (hasDelays && bits.flag()) bits.skip(4)
  }
  return frameRate
}

function readFrameRate(bits: BitReader): number | null {
  const unitsInTick = bits.bits(32)
  const timeScale = bits.bits(32)
  const ticksPerFrame = bits.flag() ? bits.unsigned() + 1 : null
  if (ticksPerFrame === null || unitsInTick === 0 || timeScale === 0) return null
  return timeScale / unitsInTick / ticksPerFrame
}

/** Everything between the size of the picture and its colours (§5.5.1). */
function skipTools(bits: BitReader, isReduced: boolean): void {
  if (!isReduced && bits.flag()) bits.skip(4 + 3) // frame ids
  bits.skip(3) // 128x128 superblocks, filter_intra, intra_edge_filter
  if (!isReduced) {
    bits.skip(4) // interintra, masked, warped motion, dual filter
    const hasOrderHint = bits.flag()
    if (hasOrderHint) bits.skip(2) // jnt_comp, ref_frame_mvs
    const screenContent = bits.flag() ? SELECT_SCREEN_CONTENT_TOOLS : bits.bit()
    if (screenContent > 0 && !bits.flag()) bits.skip(1) // seq_force_integer_mv
    if (hasOrderHint) bits.skip(3)
  }
  bits.skip(3) // superres, cdef, restoration
}

function requireThat(condition: boolean, field: string, value: number): void {
  if (!condition) throw new ViblyError('media.av1-invalid', { field, value })
}
