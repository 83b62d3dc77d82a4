import { type ListedSegment, type MediaList, segmentChange } from './media-list.ts'

/**
 * A delta update joined to the version it builds on (8216bis §6.2.5.1): the segments that it skips
 * are taken from `before`. Null when `before` does not hold all of them: then the two cannot be
 * joined, which is nobody's fault but ours for waiting too long.
 */
export function mergeDelta(before: MediaList, delta: MediaList): MediaList | null {
  if (delta.skipped === null) return delta
  const known = new Map(before.segments.map((segment) => [segment.msn, segment]))
  const skipped: ListedSegment[] = []
  for (let offset = 0; offset < delta.skipped; offset += 1) {
    const segment = known.get(delta.mediaSequence + offset)
    if (segment === undefined) return null
    skipped.push(segment)
  }
  const carried = carryOn(skipped.at(-1) ?? null, delta)
  return { ...delta, skipped: null, segments: [...skipped, ...carried] }
}

/**
 * How the joined list differs from the whole one of the same version, in words; null when it does
 * not.
 */
export function deltaFault(merged: MediaList, whole: MediaList): string | null {
  if (merged.mediaSequence !== whole.mediaSequence) return 'another MEDIA-SEQUENCE'
  if (merged.segments.length !== whole.segments.length) {
    return `${merged.segments.length} segments, ${whole.segments.length} in the whole playlist`
  }
  for (const [at, segment] of whole.segments.entries()) {
    const other = merged.segments[at]
    const change = other === undefined ? 'missing' : segmentChange(segment, other)
    if (change !== null) return `${segment.uri}: ${change}`
  }
  return null
}

/**
 * The segments behind the skipped ones count their discontinuities from the head, which has not
 * seen those that were skipped. MAP and KEY must be said again, so they are not carried.
 */
function carryOn(last: ListedSegment | null, delta: MediaList): readonly ListedSegment[] {
  if (last === null) return delta.segments
  const missed = last.discontinuity - (delta.discontinuitySequence ?? 0)
  return delta.segments.map((segment) => ({
    ...segment,
    discontinuity: segment.discontinuity + missed,
  }))
}
