import { type MediaList, ticksBetween } from '../reading/index.ts'
import {
  datesOf,
  latestOf,
  type Observation,
  type ReadSegment,
  type RenditionSeen,
  readSegments,
  unreadReason,
} from '../watching/index.ts'
import { type Finding, faultsOf, finding, type Rule } from './rule.ts'

/**
 * What renditions must have in common, so that a player may go from one to another at any segment.
 */
export const TWIN_RULES: readonly Rule[] = [
  {
    id: 'H21',
    level: 'MUST',
    sentence: 'All renditions have the same target, type, dates or none, and SERVER-CONTROL.',
    judge: (seen) =>
      onTwins(seen, (first, other) => {
        const [one, two] = [latestOf(first), latestOf(other)]
        if (one === null || two === null) return []
        return headFaults(one, two)
      }),
  },
  {
    id: 'H21',
    level: 'MUST',
    sentence: 'The same moment has the same timestamps and discontinuity number in all renditions.',
    judge: (seen) => {
      let count = 0
      const found = onTwins(seen, (first, other) =>
        faultsOf(twinsOf(first, other), ([one, two]) => {
          count += 1
          return momentFault(one, two)
        }),
      )
      return found.outcome === 'ok' && count === 0 ? unseen(seen) : found
    },
  },
  {
    id: 'H21',
    level: 'SHOULD',
    sentence: 'Segments begin at the same timestamp, to the tick, in all renditions.',
    judge: (seen) => {
      let count = 0
      const found = onTwins(seen, (first, other) =>
        faultsOf(twinsOf(first, other), ([one, two]) => {
          if ((one.segment.facts.video === null) !== (two.segment.facts.video === null)) return null
          count += 1
          const ticks = ticksBetween(one.segment.facts.startTicks, two.segment.facts.startTicks)
          return Math.abs(ticks) > 1
            ? `${two.segment.listed.uri} begins ${ticks} ticks from ${one.segment.listed.uri}`
            : null
        }),
      )
      return found.outcome === 'ok' && count === 0 ? unseen(seen) : found
    },
  },
]

interface Dated {
  readonly segment: ReadSegment
  readonly dateMs: number | null
}

/** One tick, and the millisecond that a date is written to in either playlist. */
const MAPPING_MS = 2.1

function onTwins(
  seen: Observation,
  look: (first: RenditionSeen, other: RenditionSeen) => readonly string[],
): Finding {
  const [first, ...others] = seen.renditions
  if (first === undefined || others.length === 0) {
    return finding([], 0, '', 'there is one rendition only')
  }
  const faults = faultsOf(others, (other) =>
    look(first, other).map((fault) => `${first.name}, ${other.name}: ${fault}`),
  )
  return finding(faults, others.length, 'renditions compared with the first', '')
}

function headFaults(one: MediaList, two: MediaList): readonly string[] {
  const faults: string[] = []
  if (one.targetSeconds !== two.targetSeconds) faults.push('other TARGETDURATION')
  if (one.type !== two.type) faults.push('other PLAYLIST-TYPE')
  if (one.control?.text !== two.control?.text) faults.push('other SERVER-CONTROL')
  const hasDates = (list: MediaList) => list.segments.some(({ dateMs }) => dateMs !== null)
  if (hasDates(one) !== hasDates(two)) faults.push('dates in one only')
  return faults
}

/** Segments of both that were read and stand for the same moment: by date, or else by number. */
function twinsOf(first: RenditionSeen, other: RenditionSeen): readonly (readonly [Dated, Dated])[] {
  const candidates = datedOf(other)
  const found: [Dated, Dated][] = []
  for (const one of datedOf(first)) {
    const reachMs = one.segment.listed.seconds * 500
    const twin = candidates.find(({ segment, dateMs }) =>
      one.dateMs === null || dateMs === null
        ? segment.listed.msn === one.segment.listed.msn
        : Math.abs(dateMs - one.dateMs) < reachMs,
    )
    if (twin !== undefined) found.push([one, twin])
  }
  return found
}

function datedOf(rendition: RenditionSeen): readonly Dated[] {
  const dates = new Map<number, number>()
  for (const { list } of rendition.tracks.flat()) {
    for (const [msn, dateMs] of datesOf(list)) dates.set(msn, dateMs)
  }
  return readSegments(rendition).map((segment) => ({
    segment,
    dateMs: dates.get(segment.listed.msn) ?? null,
  }))
}

function momentFault(one: Dated, two: Dated): string | null {
  const uri = two.segment.listed.uri
  if (one.segment.listed.discontinuity !== two.segment.listed.discontinuity) {
    return `${uri} has discontinuity number ${two.segment.listed.discontinuity}, not ${one.segment.listed.discontinuity}`
  }
  const ticks = ticksBetween(one.segment.facts.startTicks, two.segment.facts.startTicks)
  if (one.dateMs === null || two.dateMs === null) {
    // Without dates the numbers must say it all.
    return Math.abs(ticks) > one.segment.listed.seconds * 45_000
      ? `${uri} begins ${ticks} ticks from ${one.segment.listed.uri}`
      : null
  }
  const isSound = (one.segment.facts.video === null) !== (two.segment.facts.video === null)
  const apartMs = ticks / 90 - (two.dateMs - one.dateMs)
  return Math.abs(apartMs) > (isSound ? 50 : MAPPING_MS)
    ? `${uri}: its timestamps are ${apartMs.toFixed(1)} ms from its date, by the other's`
    : null
}

function unseen(seen: Observation): Finding {
  return finding([], 0, '', unreadReason(seen))
}
