/** Width and height in square pixels, both even: 4:2:0 has no odd ones. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** One rung: `kbps` is the ceiling of its video at up to 30 frames per second and 16:9. */
interface Rung {
  readonly height: number
  readonly width: number
  readonly kbps: number
}

/**
 * The ladder, tallest first. The ceilings fit `superfast`, which needs about a third more than slow
 * presets; what is simple to encode stays below them, since the quality is constant.
 */
const RUNGS: readonly [Rung, Rung, Rung] = [
  { height: 1080, width: 1920, kbps: 4500 },
  { height: 720, width: 1280, kbps: 2500 },
  { height: 480, width: 854, kbps: 1200 },
]

/** Above this many frames per second a rendition gets `FAST_FACTOR` of the bits. */
const FAST_FRAME_RATE = 31
/** Twice the frames differ less from each other, so they need less than twice the bits. */
const FAST_FACTOR = 1.45
/** Bits grow slower than pixels: the usual 0.75 power law. */
const PIXELS_POWER = 0.75
const VIDEO_KBPS_MIN = 100

/**
 * The sizes of the ladder that are not taller than `source`, tallest first; below the lowest rung
 * the source's own size alone. Widths keep the shape of the source. [M07] [M13]
 */
export function planSizes(source: Size): readonly Size[] {
  const rungs = RUNGS.filter((rung) => rung.height <= source.height)
  const heights = rungs.length > 0 ? rungs.map((rung) => rung.height) : [source.height]
  return heights.map((height) => ({
    height,
    width: toEven((source.width * height) / source.height),
  }))
}

/**
 * The ceiling of the video's bit rate in kbit/s: of the rung of this height, or the next above, by
 * the pixels that there really are (portrait has fewer). `frameRate` null counts as 30.
 */
export function planVideoKbps(size: Size, frameRate: number | null): number {
  const rung = RUNGS.findLast((row) => row.height >= size.height) ?? RUNGS[0]
  const pixels = (size.width * size.height) / (rung.width * rung.height)
  const factor = frameRate !== null && frameRate > FAST_FRAME_RATE ? FAST_FACTOR : 1
  return Math.max(VIDEO_KBPS_MIN, Math.round(rung.kbps * pixels ** PIXELS_POWER * factor))
}

/** The nearest even number, at least 2. */
export function toEven(length: number): number {
  return Math.max(2, Math.round(length / 2) * 2)
}

/** The next even number that is not above `length`, at least 2. Forgives rounding errors. */
export function toEvenBelow(length: number): number {
  return Math.max(2, Math.floor((length + 0.01) / 2) * 2)
}
