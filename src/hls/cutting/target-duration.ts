import { TICKS_PER_SECOND } from '../../media/index.ts'

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
