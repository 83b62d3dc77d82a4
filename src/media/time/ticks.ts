/** MPEG-TS counts time at 90 kHz (ISO 13818-1 §2.4.3.7). */
export const TICKS_PER_MS = 90
export const TICKS_PER_SECOND = 90_000
