/** MPEG-TS counts 33 bits of 1/90,000 s (ISO 13818-1 §2.4.3.7). */
export const TS_WRAP_TICKS = 2 ** 33
/**
 * RTMP counts 32 bits of ms (RTMP 1.0 §3), FLV based senders 31. Counting modulo 2^31 reads both
 * wraps, as the one is a multiple of the other; half of it, 12 days, is far above any gap that is
 * believed. [R08]
 */
export const FLV_WRAP_MS = 2 ** 31

/** The value nearest to `near` that is `value` modulo `wrap`. */
export function unwrap(value: number, near: number, wrap: number): number {
  const ahead = (((value - near) % wrap) + wrap) % wrap
  return near + (ahead >= wrap / 2 ? ahead - wrap : ahead)
}
