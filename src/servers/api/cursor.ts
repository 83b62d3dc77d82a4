import assert from 'node:assert/strict'
import { type BroadcastId, isId, type UserId } from '../../base/index.ts'

/** Where a page of a list ended: a place in its order, so it stands whatever comes and goes. */
export interface Place<Kind extends UserId | BroadcastId> {
  /** What the list is ordered by, a whole number; 0 where it is ordered by the ids alone. */
  readonly rank: number
  readonly id: Kind
}

/** As clients see it. All lists have the same, so what one gave is never nonsense to another. */
export const CURSOR_PATTERN = /^(\d{1,13})\.([A-Za-z0-9_-]{8,40})$/

export function formatCursor({ rank, id }: Place<UserId | BroadcastId>): string {
  return `${rank}.${id}`
}

/** null: from the beginning. @param cursor fits the pattern */
export function parseCursor<Kind extends UserId | BroadcastId>(
  cursor: string | undefined,
): Place<Kind> | null {
  if (cursor === undefined) return null
  const [, rank, id] = CURSOR_PATTERN.exec(cursor) ?? []
  assert(rank !== undefined && isId<Kind>(id), 'the schema of the query has the same pattern')
  return { rank: Number(rank), id }
}
