import { type ListedSegment, lastMsnOf, type MediaList, ticksBetween } from '../reading/index.ts'
import type { MediaSeen, Observation, PlaylistSeen, RenditionSeen } from './observation.ts'

/** Every version that was seen of a rendition, over all its tracks. */
export function versionsOf(rendition: RenditionSeen): readonly PlaylistSeen[] {
  return rendition.tracks.flat()
}

/** Every version of every rendition. */
export function allVersions(seen: Observation): readonly PlaylistSeen[] {
  return seen.renditions.flatMap(versionsOf)
}

/** The versions of one track, each only once: answers that say the same are one version. */
export function changesOf(track: readonly PlaylistSeen[]): readonly PlaylistSeen[] {
  return track.filter((version, at) => {
    const before = track[at - 1]
    return before === undefined || !isSameList(before.list, version.list)
  })
}

/** The newest version of a rendition; null when none could be read. */
export function latestOf(rendition: RenditionSeen): MediaList | null {
  let latest: PlaylistSeen | null = null
  for (const version of versionsOf(rendition)) {
    if (latest === null || version.answer.doneMs > latest.answer.doneMs) latest = version
  }
  return latest?.list ?? null
}

/** Whether nothing was added, removed or ended between two versions. */
export function isSameList(before: MediaList, after: MediaList): boolean {
  const partsOf = (list: MediaList) =>
    list.openMsn === null ? 0 : (list.parts.get(list.openMsn)?.length ?? 0)
  return (
    lastMsnOf(before) === lastMsnOf(after) &&
    before.mediaSequence === after.mediaSequence &&
    partsOf(before) === partsOf(after) &&
    before.isEnded === after.isEnded
  )
}

/**
 * A segment's wall clock, ms: its own date, or counted on from the last one in its discontinuity.
 */
export function datesOf(list: MediaList): ReadonlyMap<number, number> {
  const dates = new Map<number, number>()
  let next: number | null = null
  for (const segment of list.segments) {
    if (segment.isDiscontinuity) next = null
    const dateMs: number | null = segment.dateMs ?? next
    if (dateMs !== null) dates.set(segment.msn, dateMs)
    next = dateMs === null ? null : dateMs + segment.seconds * 1000
  }
  return dates
}

/** A downloaded segment with what the playlist says of it and what is in it. */
export interface ReadSegment {
  readonly listed: ListedSegment
  readonly seen: MediaSeen
  readonly facts: NonNullable<MediaSeen['facts']>
}

/** The downloaded segments of a rendition that could be read, in the order of the playlist. */
export function readSegments(rendition: RenditionSeen): readonly ReadSegment[] {
  const listed = new Map<number, ListedSegment>()
  for (const { list } of versionsOf(rendition)) {
    for (const segment of list.segments) listed.set(segment.msn, segment)
  }
  const found: ReadSegment[] = []
  for (const seen of rendition.segments.toSorted((a, b) => a.msn - b.msn)) {
    const segment = listed.get(seen.msn)
    if (segment === undefined || seen.facts === null || seen.facts.unreadable !== null) continue
    found.push({ listed: segment, seen, facts: seen.facts })
  }
  return found
}

/** Read segments that follow each other without a hole in the numbers. */
export function neighbours(
  segments: readonly ReadSegment[],
): readonly (readonly [ReadSegment, ReadSegment])[] {
  const found: [ReadSegment, ReadSegment][] = []
  let before: ReadSegment | null = null
  for (const segment of segments) {
    if (before !== null && segment.listed.msn === before.listed.msn + 1) {
      found.push([before, segment])
    }
    before = segment
  }
  return found
}

/** Seconds from one start to another, by the timestamps. */
export function secondsBetween(before: ReadSegment, after: ReadSegment): number {
  return ticksBetween(before.facts.startTicks, after.facts.startTicks) / 90_000
}

/** The length of one picture or, where there is only sound, of the usual AAC frame; seconds. */
export function frameSeconds(segment: ReadSegment): number {
  const { frameTicks, audio } = segment.facts
  if (frameTicks !== null) return frameTicks / 90_000
  return audio === null ? 0.04 : 1024 / audio.sampleRate
}

/**
 * The longest that a picture stays in either of two segments: where the rate varies, between them
 * too.
 */
export function longestFrameSeconds(one: ReadSegment, other: ReadSegment): number {
  const longest = Math.max(one.facts.frameTicksMax ?? 0, other.facts.frameTicksMax ?? 0)
  return longest === 0 ? frameSeconds(one) : longest / 90_000
}

/** Why no sample was read, for rules that look into segments. */
export function unreadReason(seen: Observation): string {
  const media = seen.renditions.flatMap((rendition) => rendition.segments)
  if (media.length === 0) return 'no segment was downloaded'
  if (media.some((one) => one.container === 'other')) return 'samples of fMP4 are not read'
  const fault = media.find((one) => one.facts !== null && one.facts.unreadable !== null)
  if (fault === undefined) return 'too few segments were downloaded'
  return `segments could not be read as H.264 and AAC in MPEG-TS (${fault.facts?.unreadable})`
}
