import { setTimeout as delay } from 'node:timers/promises'

/** Time as the product sees it. Tests hand in one that is turned by hand. */
export interface Clock {
  /** Wall clock, ms since 1970 UTC. May jump; only for what people read and for expiry. */
  nowMs(): number
  /** Never jumps, never falls; its zero means nothing. For every duration and deadline. */
  monotonicMs(): number
  /** Resolves after `durationMs`; rejects with the signal's reason when that fires first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (durationMs, signal) => {
    await delay(durationMs, undefined, signal === undefined ? {} : { signal })
  },
}

/**
 * Sleeps until `durationMs` have passed or `signal` fires, which here is no failure: true when the
 * time is up, false when the sleep was cut short.
 */
export async function pause(
  clock: Clock,
  durationMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await clock.sleep(durationMs, signal)
    return true
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    return false
  }
}

/** ISO 8601, UTC, milliseconds: the form of every time in files and on the wire. */
export function formatTime(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
