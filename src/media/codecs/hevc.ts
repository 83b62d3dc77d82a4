import { BitReader, ByteReader, ViblyError } from '../../base/index.ts'
import type { VideoFacts } from './facts.ts'
import { CHROMA, withoutEmulation } from './h264.ts'
import { NO_VUI, readVui } from './vui.ts'

/** nal_unit_type SPS_NUT (ITU-T H.265 Table 7-1). */
const NAL_SPS = 33
/** Level 6.2 has 35,651,584 samples and no side over the root of 8 times that (§A.4.1). */
const SIDE_MAX = 16_888
/** What the standard allows of each (§7.4.3.2, §7.4.8). */
const SHORT_TERM_SETS_MAX = 64
const LONG_TERM_PICTURES_MAX = 32
const SET_PICTURES_MAX = 16
/** Bits of profile, its flags and compatibilities in profile_tier_level (§7.3.3). */
const PROFILE_BITS = 88
const LEVEL_BITS = 8

/**
 * Facts of an HEVCDecoderConfigurationRecord (ISO 14496-15 §8.3.3.1), read from its first SPS
 * (ITU-T H.265 §7.3.2.2). Never interlaced: HEVC codes fields as pictures of their own.
 *
 * @throws ViblyError `media.hevc-invalid` when it is none or holds no usable SPS,
 *   `media.hdr-unsupported`, `bytes.out-of-range` when it ends early.
 */
export function decodeHevcConfig(bytes: Uint8Array): VideoFacts {
  const reader = new ByteReader(bytes)
  const version = reader.u8()
  // Version 0 is what early encoders wrote.
  requireThat(version <= 1, 'version', version)
  const general = new ByteReader(reader.take(12))
  const codecString = formatCodec(general)
  reader.skip(9)
  for (let arrays = reader.u8(); arrays > 0; arrays -= 1) {
    const nalType = reader.u8() & 0x3f
    for (let nals = reader.u16(); nals > 0; nals -= 1) {
      const nal = reader.take(reader.u16())
      if (nalType === NAL_SPS) return { ...decodeHevcSps(nal), codecString }
    }
  }
  throw new ViblyError('media.hevc-invalid', { field: 'sps count', value: 0 })
}

/**
 * ISO 14496-15 §E.3: `hvc1.1.6.L93.90`. Reads the 12 bytes of the general profile, tier and level.
 */
function formatCodec(general: ByteReader): string {
  const first = general.u8()
  const space = ['', 'A', 'B', 'C'][first >> 6]
  const tier = (first & 0x20) === 0 ? 'L' : 'H'
  const bits = general.u32().toString(2).padStart(32, '0')
  const compatibility = Number.parseInt([...bits].reverse().join(''), 2)
    .toString(16)
    .toUpperCase()
  const constraints = [...general.take(6)].map((byte) => byte.toString(16).toUpperCase())
  while (constraints.at(-1) === '0') constraints.pop()
  const profile = `${space}${first & 0x1f}`
  return ['hvc1', profile, compatibility, `${tier}${general.u8()}`, ...constraints].join('.')
}

/** All but the codec's string, which the record has in front of the SPS. */
function decodeHevcSps(nal: Uint8Array): Omit<VideoFacts, 'codecString'> {
  const bits = new BitReader(withoutEmulation(nal))
  bits.skip(16 + 4) // NAL header, sps_video_parameter_set_id
  const subLayers = bits.bits(3)
  bits.skip(1) // sps_temporal_id_nesting_flag
  const profile = readProfile(bits, subLayers)
  bits.unsigned() // sps_seq_parameter_set_id
  const picture = readPicture(bits)
  skipCodingTools(bits, subLayers)
  const vui = bits.flag() ? readVui(bits, 'HEVC') : NO_VUI
  return { codec: 'hevc', ...picture, ...vui, ...profile, isInterlaced: false }
}

/** profile_tier_level (§7.3.3). */
function readProfile(
  bits: BitReader,
  subLayers: number,
): Pick<VideoFacts, 'profileIdc' | 'levelIdc'> {
  bits.skip(3) // general_profile_space, general_tier_flag
  const profileIdc = bits.bits(5)
  bits.skip(PROFILE_BITS - 8)
  const levelIdc = bits.bits(LEVEL_BITS)
  const present = Array.from({ length: subLayers }, () => [bits.flag(), bits.flag()] as const)
  if (subLayers > 0) bits.skip(2 * (8 - subLayers))
  for (const [hasProfile, hasLevel] of present) {
    bits.skip((hasProfile ? PROFILE_BITS : 0) + (hasLevel ? LEVEL_BITS : 0))
  }
  return { profileIdc, levelIdc }
}

function readPicture(
  bits: BitReader,
): Pick<VideoFacts, 'width' | 'height' | 'chroma' | 'bitDepth'> {
  const chromaIdc = bits.unsigned()
  const chroma = CHROMA[chromaIdc]
  if (chroma === undefined) {
    throw new ViblyError('media.hevc-invalid', { field: 'chroma', value: chromaIdc })
  }
  const isSeparate = chromaIdc === 3 && bits.flag()
  const codedWidth = bits.unsigned()
  const codedHeight = bits.unsigned()
  requireThat(codedWidth <= SIDE_MAX, 'width', codedWidth)
  requireThat(codedHeight <= SIDE_MAX, 'height', codedHeight)
  const crop = bits.flag()
    ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()]
    : [0, 0, 0, 0]
  const [left = 0, right = 0, top = 0, bottom = 0] = crop
  const unitX = !isSeparate && (chroma === '4:2:0' || chroma === '4:2:2') ? 2 : 1
  const unitY = chroma === '4:2:0' ? 2 : 1
  const width = codedWidth - (left + right) * unitX
  const height = codedHeight - (top + bottom) * unitY
  requireThat(width > 0 && height > 0, 'cropping', width)
  const bitDepth = 8 + bits.unsigned()
  requireThat(bitDepth <= 16, 'bit depth', bitDepth)
  bits.unsigned() // bit_depth_chroma_minus8
  return { width, height, chroma, bitDepth }
}

/** Everything between the size of the picture and the VUI, whose length only its content tells. */
function skipCodingTools(bits: BitReader, subLayers: number): void {
  const orderCountBits = bits.unsigned() + 4
  requireThat(orderCountBits <= 16, 'picture order bits', orderCountBits)
  const orderings = bits.flag() ? subLayers + 1 : 1
  for (let index = 0; index < orderings * 3; index += 1) bits.unsigned()
  // Sizes of coding and transform blocks, and their depths.
  for (let index = 0; index < 6; index += 1) bits.unsigned()
  if (bits.flag() && bits.flag()) skipScalingLists(bits)
  bits.skip(2) // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (bits.flag()) {
    bits.skip(8) // PCM bit depths
    bits.unsigned()
    bits.unsigned()
    bits.skip(1)
  }
  skipShortTermSets(bits)
  if (bits.flag()) {
    const pictures = bits.unsigned()
    requireThat(pictures <= LONG_TERM_PICTURES_MAX, 'long-term pictures', pictures)
    bits.skip(pictures * (orderCountBits + 1))
  }
  bits.skip(2) // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
}

/** scaling_list_data (§7.3.4): four sizes, six matrices each, but two of the largest. */
function skipScalingLists(bits: BitReader): void {
  for (let size = 0; size < 4; size += 1) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!bits.flag()) {
        bits.unsigned()
        continue
      }
      if (size > 1) bits.signed()
      const coefficients = Math.min(64, 16 * 4 ** size)
      for (let index = 0; index < coefficients; index += 1) bits.signed()
    }
  }
}

/** All st_ref_pic_set (§7.3.7): each may be told as a change of the one before. */
function skipShortTermSets(bits: BitReader): void {
  const sets = bits.unsigned()
  requireThat(sets <= SHORT_TERM_SETS_MAX, 'short-term sets', sets)
  let pictures = 0
  for (let index = 0; index < sets; index += 1) {
    pictures = index > 0 && bits.flag() ? readChangedSet(bits, pictures) : readWholeSet(bits)
  }
}

/** How many pictures the set has. */
function readWholeSet(bits: BitReader): number {
  const negative = bits.unsigned()
  const positive = bits.unsigned()
  const pictures = negative + positive
  requireThat(pictures <= SET_PICTURES_MAX, 'pictures of a set', pictures)
  for (let index = 0; index < pictures; index += 1) {
    bits.unsigned()
    bits.skip(1)
  }
  return pictures
}

/** How many pictures the set has, that changes one of `before`. */
function readChangedSet(bits: BitReader, before: number): number {
  bits.skip(1)
  bits.unsigned()
  let pictures = 0
  for (let index = 0; index <= before; index += 1) {
    const isUsed = bits.flag()
    if (isUsed || bits.flag()) pictures += 1
  }
  requireThat(pictures <= SET_PICTURES_MAX, 'pictures of a set', pictures)
  return pictures
}

function requireThat(condition: boolean, field: string, value: number): void {
  if (!condition) throw new ViblyError('media.hevc-invalid', { field, value })
}
