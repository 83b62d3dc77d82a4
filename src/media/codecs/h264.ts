import { BitReader, ByteReader, ViblyError } from '../../base/index.ts'
import type { VideoFacts } from './facts.ts'
import { NO_VUI, readVui } from './vui.ts'

/** nal_unit_type (ITU-T H.264 Table 7-1). */
export const NAL_TYPE = {
  slice: 1,
  idrSlice: 5,
  sequenceParameterSet: 7,
  pictureParameterSet: 8,
  accessUnitDelimiter: 9,
} as const

/** chroma_format_idc (ITU-T H.264 Table 6-1). */
export const CHROMA = ['4:0:0', '4:2:0', '4:2:2', '4:4:4'] as const
/** Profiles whose parameter sets carry the chroma fields (ITU-T H.264 §7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
])
/**
 * Level 6.2 has at most 139,264 macroblocks and no side over sqrt(8 x that), 1055 (Annex A.3.1).
 */
const SIDE_MACROBLOCKS_MAX = 1055
const SPS_PER_CONFIG_MAX = 31

/**
 * Facts of an AVCDecoderConfigurationRecord (ISO 14496-15 §5.3.3.1), read from its first SPS.
 *
 * @throws ViblyError `media.h264-invalid` when it is none or holds no usable SPS,
 *   `bytes.out-of-range` when it ends early.
 */
export function decodeAvcConfig(bytes: Uint8Array): VideoFacts {
  const reader = new ByteReader(bytes)
  const version = reader.u8()
  if (version !== 1)
    throw new ViblyError('media.h264-invalid', { field: 'version', value: version })
  reader.skip(4)
  const spsCount = reader.u8() & SPS_PER_CONFIG_MAX
  if (spsCount === 0) throw new ViblyError('media.h264-invalid', { field: 'sps count', value: 0 })
  return decodeSps(reader.take(reader.u16()))
}

/**
 * Whether a picture is one that every decoder can begin with (ITU-T H.264 §3.69, IDR): a sender's
 * "key frame" may also be an intra picture that later ones look past, which no segment can begin
 * with.
 *
 * @param picture NAL units behind their lengths (ISO 14496-15 §5.3.2); one cut short ends the
 *   search.
 * @param config the record that says how long the lengths are (ISO 14496-15 §5.3.3.1).
 */
export function isIdrPicture(picture: Uint8Array, config: Uint8Array): boolean {
  const lengthBytes = ((config[4] ?? 3) & 3) + 1
  const reader = new ByteReader(picture)
  while (reader.remaining > lengthBytes) {
    let nalBytes = 0
    for (let at = 0; at < lengthBytes; at += 1) nalBytes = nalBytes * 256 + reader.u8()
    if (nalBytes === 0 || nalBytes > reader.remaining) return false
    const [header = 0] = reader.take(nalBytes)
    if ((header & 0x1f) === NAL_TYPE.idrSlice) return true
  }
  return false
}

/**
 * Facts of one SPS NAL unit, its header byte included (ITU-T H.264 §7.3.2.1.1, VUI §E.1.1).
 *
 * @throws ViblyError `media.h264-invalid` for values the standard forbids, `bytes.out-of-range`
 *   when it ends early.
 */
export function decodeSps(nal: Uint8Array): VideoFacts {
  const header = new ByteReader(nal)
  const nalType = header.u8() & 0x1f
  requireThat(nalType === NAL_TYPE.sequenceParameterSet, 'nal type', nalType)
  const profileIdc = header.u8()
  const constraints = header.u8()
  const levelIdc = header.u8()

  const bits = new BitReader(withoutEmulation(header.rest()))
  bits.unsigned() // seq_parameter_set_id
  const format = HIGH_PROFILES.has(profileIdc) ? readFormat(bits) : BASELINE_FORMAT
  skipOrderCount(bits)
  bits.unsigned() // max_num_ref_frames
  bits.skip(1) // gaps_in_frame_num_value_allowed_flag
  const size = readSize(bits, format.chroma, format.isSeparate)
  const vui = bits.flag() ? readVui(bits, 'H.264') : NO_VUI
  const codecString = `avc1.${[profileIdc, constraints, levelIdc].map(hexByte).join('')}`
  return {
    codec: 'h264',
    codecString,
    ...size,
    ...vui,
    bitDepth: format.bitDepth,
    chroma: format.chroma,
    profileIdc,
    levelIdc,
  }
}

/**
 * The NAL units of an Annex B byte stream (ITU-T H.264 §B.1), as views without start codes; the
 * last may be cut short when `bytes` is only the front of a picture.
 */
export function* splitAnnexB(bytes: Uint8Array): Generator<Uint8Array> {
  let start = afterStartCode(bytes, 0)
  while (start !== null) {
    const next = afterStartCode(bytes, start)
    const end = next === null ? bytes.byteLength : next - 3
    if (end > start) yield bytes.subarray(start, end)
    start = next
  }
}

/** Where the bytes behind the next 00 00 01 begin; null when there is none from `from` on. */
function afterStartCode(bytes: Uint8Array, from: number): number | null {
  for (let at = bytes.indexOf(1, from + 2); at !== -1; at = bytes.indexOf(1, at + 1)) {
    if (bytes[at - 1] === 0 && bytes[at - 2] === 0 && at - 2 >= from) return at + 1
  }
  return null
}

/**
 * Takes out the 03 of 00 00 03 (ITU-T H.264 §7.4.1.1, H.265 §7.4.2.1). A copy, as bytes go missing.
 */
export function withoutEmulation(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, at) => !(byte === 3 && bytes[at - 1] === 0 && bytes[at - 2] === 0))
}

interface Format {
  readonly chroma: VideoFacts['chroma']
  readonly isSeparate: boolean
  readonly bitDepth: number
}

const BASELINE_FORMAT: Format = { chroma: '4:2:0', isSeparate: false, bitDepth: 8 }

function readFormat(bits: BitReader): Format {
  const chromaIdc = bits.unsigned()
  const chroma = CHROMA[chromaIdc]
  if (chroma === undefined) {
    throw new ViblyError('media.h264-invalid', { field: 'chroma', value: chromaIdc })
  }
  const isSeparate = chromaIdc === 3 && bits.flag()
  const bitDepth = 8 + bits.unsigned()
  requireThat(bitDepth <= 14, 'bit depth', bitDepth)
  bits.unsigned() // bit_depth_chroma_minus8
  bits.skip(1) // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    const listCount = chromaIdc === 3 ? 12 : 8
    for (let list = 0; list < listCount; list += 1) {
      if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64)
    }
  }
  return { chroma, isSeparate, bitDepth }
}

/** ITU-T H.264 §7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, size: number): void {
  let lastScale = 8
  let nextScale = 8
  for (let index = 0; index < size && nextScale !== 0; index += 1) {
    nextScale = (lastScale + bits.signed() + 256) % 256
    if (nextScale !== 0) lastScale = nextScale
  }
}

function skipOrderCount(bits: BitReader): void {
  bits.unsigned() // log2_max_frame_num_minus4
  const orderType = bits.unsigned()
  requireThat(orderType <= 2, 'picture order type', orderType)
  if (orderType === 0) bits.unsigned()
  if (orderType !== 1) return
  bits.skip(1)
  bits.signed()
  bits.signed()
  const cycle = bits.unsigned()
  requireThat(cycle <= 255, 'picture order cycle', cycle)
  for (let index = 0; index < cycle; index += 1) bits.signed()
}

function readSize(
  bits: BitReader,
  chroma: VideoFacts['chroma'],
  isSeparate: boolean,
): Pick<VideoFacts, 'width' | 'height' | 'isInterlaced'> {
  const widthMbs = bits.unsigned() + 1
  const heightUnits = bits.unsigned() + 1
  const isInterlaced = !bits.flag()
  if (isInterlaced) bits.skip(1) // mb_adaptive_frame_field_flag
  bits.skip(1) // direct_8x8_inference_flag
  const fields = isInterlaced ? 2 : 1
  requireThat(widthMbs <= SIDE_MACROBLOCKS_MAX, 'width', widthMbs * 16)
  requireThat(heightUnits * fields <= SIDE_MACROBLOCKS_MAX, 'height', heightUnits * fields * 16)
  const crop = bits.flag()
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0]
  const [left = 0, right = 0, top = 0, bottom = 0] = crop
  const hasChroma = !isSeparate && chroma !== '4:0:0'
  const unitX = hasChroma && chroma !== '4:4:4' ? 2 : 1
  const unitY = (hasChroma && chroma === '4:2:0' ? 2 : 1) * fields
  const width = widthMbs * 16 - (left + right) * unitX
  const height = heightUnits * fields * 16 - (top + bottom) * unitY
  requireThat(width > 0 && height > 0, 'cropping', width)
  return { width, height, isInterlaced }
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

function requireThat(condition: boolean, field: string, value: number): void {
  if (!condition) throw new ViblyError('media.h264-invalid', { field, value })
}
