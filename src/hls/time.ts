/** MPEG-TS counts time at 90 kHz (ISO 13818-1 §2.4.3.7). */
export const TICKS_PER_MS = 90
export const TICKS_PER_SECOND = 90_000

/**
 * EXT-X-TARGETDURATION for segments meant to last `segmentMs`: fixed by it alone, for ever. [H02]
 */
export function targetSeconds(segmentMs: number): number {
  return Math.ceil(segmentMs / 1000)
}

/** The longest duration that still rounds to the target (RFC 8216 §4.3.3.1). [H03] */
export function segmentTicksMax(segmentMs: number): number {
  return targetSeconds(segmentMs) * TICKS_PER_SECOND + TICKS_PER_SECOND / 2 - 1
}
