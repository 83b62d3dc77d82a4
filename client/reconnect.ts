/** Before the first attempt to come back: everyone was thrown out at the same moment. [X18] */
const FIRST_MS_MAX = 5_000
const PAUSE_MS_MAX = 30_000

/**
 * How long to wait, in ms, before attempt number `attempt` (from 0): anything up to a limit that
 * doubles. `random`: at least 0, less than 1.
 */
export function pauseBefore(attempt: number, random: number): number {
  return Math.floor(random * Math.min(PAUSE_MS_MAX, FIRST_MS_MAX * 2 ** Math.min(attempt, 10)))
}

/** The client was too slow: it comes back and asks for what it missed. */
const TOO_SLOW = 4008
/** RFC 6455 §7.4.1: the other side takes nothing of what this one says. */
const REFUSED: readonly number[] = [1002, 1003, 1007, 1008, 1009, 1010]

/** Whether a connection closed with `code` may be opened again as it was. */
export function mayComeBack(code: number): boolean {
  if (code === TOO_SLOW) return true
  return !REFUSED.includes(code) && !(code >= 4000 && code < 4500)
}
