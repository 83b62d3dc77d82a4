/** Encoders keep their interval but for some frames. */
const TOLERANCE = 1.05

/**
 * How far apart the key frames of a source may be, ms, so that it can be copied into segments of
 * `segmentMs`: 2.1 s for 2 s.
 */
export function keyframeDistanceMsMax(segmentMs: number): number {
  return TOLERANCE * segmentMs
}
