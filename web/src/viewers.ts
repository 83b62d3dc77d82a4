/** A viewer counts for the server who asked for something to play within so long, ms. */
const COUNT_MS = 15_000

/**
 * How many watch; null: nobody was seen yet, which says nothing of a broadcast that has just begun.
 *
 * @param broadcast `started_at`: null while it cannot be watched
 */
export function countViewers(
  broadcast: { readonly viewers: number; readonly started_at: string | null },
  nowMs: number,
): number | null {
  const { viewers, started_at } = broadcast
  if (viewers > 0) return viewers
  const isCounted = started_at !== null && nowMs - Date.parse(started_at) >= COUNT_MS
  return isCounted ? 0 : null
}
