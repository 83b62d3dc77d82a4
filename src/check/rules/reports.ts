import { lastOf, type MediaList } from '../reading/index.ts'
import {
  latestOf,
  type Observation,
  type PlaylistSeen,
  type RenditionSeen,
  versionsOf,
} from '../watching/index.ts'
import { type Finding, faultsOf, finding } from './rule.ts'

/** What an answer may be late by its way, beside the PART-TARGET that the draft allows. */
const WAY_MS = 150

/**
 * 8216bis §4.4.5.4: each low-latency playlist reports every other one, and what it says was true
 * within one PART-TARGET before or after.
 */
export function judgeReports(seen: Observation): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) => {
    const others = seen.renditions.filter((other) => other !== rendition)
    return faultsOf(versionsOf(rendition), ({ list, answer }) => {
      if (list.partTarget === null || list.isEnded) return null
      return faultsOf(others, (other) => {
        count += 1
        const report = list.reports.find(({ uri }) => isSameAddress(uri, rendition, other))
        if (report === undefined) return `${rendition.name}: no report of ${other.name}`
        if (report.lastMsn === null) return `${rendition.name}: no LAST-MSN of ${other.name}`
        const said = placeOf(report.lastMsn, report.lastPart)
        const reachMs = (list.partTarget ?? 0) * 1000 + WAY_MS
        const { least, most } = truthAround(other, answer.sentMs, answer.doneMs, reachMs)
        return said < least || said > most
          ? `${rendition.name}: says ${report.lastMsn}.${report.lastPart ?? '-'} of ${other.name}, which is not so`
          : null
      })
    })
  })
  return finding(faults, count, 'reports', 'no parts, or one rendition only')
}

/** 8216bis Appendix B.1: the same part appears everywhere within one PART-TARGET. */
export function judgeStep(seen: Observation): Finding {
  const [first, ...others] = seen.renditions
  if (first === undefined) return finding([], 0, '', 'no rendition')
  const partTarget = latestOf(first)?.partTarget ?? null
  if (partTarget === null) return finding([], 0, '', 'no parts')
  const times = arrivals(first)
  const apart: number[] = []
  for (const other of others) {
    for (const [place, atMs] of arrivals(other)) {
      const twinMs = times.get(place)
      if (twinMs !== undefined) apart.push(Math.abs(atMs - twinMs))
    }
  }
  const worst = apart.toSorted((a, b) => a - b)[Math.floor(apart.length * 0.95)] ?? 0
  const faults =
    worst > partTarget * 1000 + WAY_MS
      ? [`one part in twenty comes ${Math.round(worst)} ms apart, PART-TARGET is ${partTarget} s`]
      : []
  return finding(faults, apart.length, 'parts compared', 'one rendition only, or none that blocks')
}

/** When each newest part was answered to a request that waited for it. */
function arrivals(rendition: RenditionSeen): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  for (const { list, answer, isBlocking } of rendition.tracks[0] ?? []) {
    const { msn, part } = lastOf(list)
    const place = placeOf(msn, part)
    if (isBlocking && !found.has(place)) found.set(place, answer.doneMs)
  }
  return found
}

/** A report's URI is relative to the playlist that holds it. */
function isSameAddress(uri: string, from: RenditionSeen, to: RenditionSeen): boolean {
  const [one, other] = [new URL(uri, from.url), new URL(to.url)]
  return one.origin === other.origin && one.pathname === other.pathname
}

/** The least and the most that a rendition's end can have been around an answer. */
function truthAround(
  other: RenditionSeen,
  sentMs: number,
  doneMs: number,
  reachMs: number,
): { readonly least: number; readonly most: number } {
  let least = Number.NEGATIVE_INFINITY
  let most = Number.POSITIVE_INFINITY
  for (const { list, answer } of versionsOf(other)) {
    const place = endOf(list)
    // An answer that blocked is as old as its last byte: it was made right before.
    if (answer.doneMs <= sentMs - reachMs) least = Math.max(least, place)
    if (answer.sentMs >= doneMs + reachMs) most = Math.min(most, place)
  }
  return { least, most }
}

function endOf(list: PlaylistSeen['list'] | MediaList): number {
  const { msn, part } = lastOf(list)
  return placeOf(msn, part)
}

/** Orders numbers of segments and parts; a whole segment comes behind all its parts. */
function placeOf(msn: number, part: number | null): number {
  return msn * 10_000 + (part ?? 9999)
}
