import type { BitReader } from '../../base/index.ts'
import type { VideoFacts } from './facts.ts'
import { requireStandardRange } from './hdr.ts'

/** What the video usability information says of the pictures. */
type Vui = Pick<VideoFacts, 'sampleAspect' | 'frameRate'>

/** The shape of a pixel where nothing is said of it. */
export const SQUARE = { width: 1, height: 1 }
/** Where a parameter set has none. */
export const NO_VUI: Vui = { sampleAspect: SQUARE, frameRate: null }

/** aspect_ratio_idc 1 to 16 (ITU-T H.264 Table E-1, H.265 Table E.1). */
const SAMPLE_ASPECTS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
]
const ASPECT_EXTENDED = 255

/**
 * The VUI up to the timing, which H.264 (§E.1.1) and HEVC (§E.2.1) write nearly alike; what follows
 * is of no use here.
 *
 * @throws ViblyError `media.hdr-unsupported`, `bytes.out-of-range` when it ends early.
 */
export function readVui(bits: BitReader, codec: 'H.264' | 'HEVC'): Vui {
  const sampleAspect = bits.flag() ? readSampleAspect(bits) : SQUARE
  if (bits.flag()) bits.skip(1) // overscan
  if (bits.flag()) {
    bits.skip(4) // video_format, full range
    if (bits.flag()) {
      bits.skip(8) // colour_primaries
      requireStandardRange(codec, bits.bits(8))
      bits.skip(8) // matrix_coefficients
    }
  }
  if (bits.flag()) {
    bits.unsigned() // where chroma samples lie, in the top field
    bits.unsigned() // and in the bottom one
  }
  if (codec === 'HEVC') {
    bits.skip(3) // neutral_chroma_indication, field_seq, frame_field_info
    if (bits.flag()) for (let side = 0; side < 4; side += 1) bits.unsigned()
  }
  // In H.264 a tick is a field, so two make a frame (§E.2.1); in HEVC it is a picture.
  const frameRate = bits.flag() ? readFrameRate(bits, codec === 'H.264' ? 2 : 1) : null
  return { sampleAspect, frameRate }
}

function readSampleAspect(bits: BitReader): Vui['sampleAspect'] {
  const idc = bits.bits(8)
  if (idc === ASPECT_EXTENDED) {
    const width = bits.bits(16)
    const height = bits.bits(16)
    return width === 0 || height === 0 ? SQUARE : { width, height }
  }
  const [width, height] = SAMPLE_ASPECTS[idc - 1] ?? [1, 1]
  return { width, height }
}

function readFrameRate(bits: BitReader, ticksPerFrame: number): number | null {
  const unitsInTick = bits.bits(32)
  const timeScale = bits.bits(32)
  const isKnown = unitsInTick !== 0 && timeScale !== 0
  return isKnown ? timeScale / unitsInTick / ticksPerFrame : null
}
