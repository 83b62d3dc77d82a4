import { lastMsnOf, type MediaList, segmentChange } from '../reading/index.ts'
import {
  type Answer,
  changesOf,
  datesOf,
  type Observation,
  type PlaylistSeen,
  type RenditionSeen,
} from '../watching/index.ts'
import { type Finding, faultsOf, finding, inSeconds, pairs, type Rule } from './rule.ts'

/** What may follow what: one version of a media playlist and the next. */
export const CHANGE_RULES: readonly Rule[] = [
  {
    id: 'H04',
    level: 'MUST',
    sentence:
      'Playlists change by appending, by dropping from the head and by ending, no other way.',
    judge: (seen) => onChanges(seen, editFaults),
  },
  {
    id: 'H05',
    level: 'MUST',
    sentence: 'MEDIA-SEQUENCE counts each removed segment and never falls.',
    judge: (seen) => onChanges(seen, sequenceFaults),
  },
  {
    id: 'H12',
    level: 'MUST',
    sentence: 'DISCONTINUITY-SEQUENCE rises when a DISCONTINUITY leaves, by that, and never falls.',
    judge: (seen) => onChanges(seen, discontinuityFaults),
  },
  {
    id: 'H08',
    level: 'MUST',
    sentence: 'A live playlist gains a segment within 1.5 targets of the last one.',
    judge: (seen) => {
      let count = 0
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(rendition.tracks.slice(0, 1), (track) => {
          const waits = [...certainWaits(track), ...lastWait(track, rendition.failures)]
          count += waits.length
          return faultsOf(waits, ({ msn, seconds, target }) =>
            seconds > 1.5 * target
              ? `${rendition.name}: nothing for ${inSeconds(seconds)} or more before ${msn}`
              : null,
          )
        }),
      )
      const unseen = seen.isLive ? 'no segment was added while watching' : 'not live'
      const noGain = seen.isLive && count === 0 ? stalled(seen) : []
      return finding([...noGain, ...faults], count, 'waits for a segment', unseen)
    },
  },
  {
    id: 'H11',
    level: 'SHOULD',
    sentence: 'While the encoder is away GAP segments, with GAP parts, keep the line of time.',
    judge: judgeGaps,
  },
  {
    id: 'H14',
    level: 'MUST',
    sentence:
      'PROGRAM-DATE-TIME in each live playlist and at each discontinuity, following EXTINF.',
    judge: (seen) => {
      let count = 0
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(rendition.tracks, (track) =>
          faultsOf(changesOf(track), ({ list }) => {
            const isAsked = seen.isLive || list.segments.some(({ dateMs }) => dateMs !== null)
            if (!isAsked || list.segments.length === 0) return null
            count += 1
            return dateFaults(rendition.name, list)
          }),
        ),
      )
      return finding(faults, count, 'playlists', 'a recording without dates')
    },
  },
]

function onChanges(
  seen: Observation,
  look: (before: MediaList, after: MediaList) => readonly string[],
) {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition: RenditionSeen) =>
    faultsOf(rendition.tracks, (track) =>
      faultsOf(pairs(track), ([before, after]) => {
        count += 1
        return look(before.list, after.list).map((fault) => `${rendition.name}: ${fault}`)
      }),
    ),
  )
  return finding(faults, count, 'steps from one answer to the next', 'only one answer each')
}

/**
 * [8216bis §6.2.1] The segments that both versions cover are the same, and none leaves from the
 * end.
 */
function editFaults(before: MediaList, after: MediaList): readonly string[] {
  const faults: string[] = []
  if (before.type !== after.type) faults.push('PLAYLIST-TYPE changed')
  if (before.partTarget !== after.partTarget) faults.push('PART-TARGET changed')
  const from = Math.max(before.mediaSequence, after.mediaSequence)
  const until = lastMsnOf(before)
  for (let msn = from; msn <= until; msn += 1) {
    const one = before.segments[msn - before.mediaSequence]
    const other = after.segments[msn - after.mediaSequence]
    if (one === undefined) continue
    const change = other === undefined ? 'went from the end' : segmentChange(one, other)
    if (change !== null) faults.push(`${one.uri} (${msn}): ${change}`)
  }
  return [...faults, ...partFaults(before, after)]
}

/** Parts of a segment are added at its end or dropped altogether. */
function partFaults(before: MediaList, after: MediaList): readonly string[] {
  return faultsOf(before.parts, ([msn, parts]) => {
    const later = after.parts.get(msn)
    if (later === undefined || msn < after.mediaSequence) return null
    for (const [at, part] of parts.entries()) {
      const same = later[at]
      if (same === undefined) return `part ${msn}.${at} went from the end`
      if (same.uri !== part.uri || same.seconds !== part.seconds) return `part ${msn}.${at} changed`
    }
    return null
  })
}

function sequenceFaults(before: MediaList, after: MediaList): readonly string[] {
  if (after.mediaSequence < before.mediaSequence) {
    return [`MEDIA-SEQUENCE fell from ${before.mediaSequence} to ${after.mediaSequence}`]
  }
  const numbers = new Map(before.segments.map((segment) => [segment.uri, segment.msn]))
  return faultsOf(after.segments, ({ uri, msn, range }) => {
    const known = numbers.get(uri)
    if (range !== null || known === undefined || known === msn) return null
    return `${uri} was number ${known} and is ${msn}`
  })
}

function discontinuityFaults(before: MediaList, after: MediaList): readonly string[] {
  const one = before.discontinuitySequence ?? 0
  const other = after.discontinuitySequence ?? 0
  if (other < one) return [`DISCONTINUITY-SEQUENCE fell from ${one} to ${other}`]
  const gone = before.segments.filter(
    (segment) => segment.isDiscontinuity && segment.msn < after.mediaSequence,
  ).length
  const isCovered = after.mediaSequence <= lastMsnOf(before) + 1
  if (!isCovered || other === one + gone) return []
  // A tag may leave together with its segment or with the one before it; both ways count right.
  const atHead = after.segments[0]?.isDiscontinuity === false ? 1 : 0
  if (other === one + gone + atHead && hasDiscontinuityAt(before, after.mediaSequence)) return []
  return [`DISCONTINUITY-SEQUENCE went from ${one} to ${other} when ${gone} tags left`]
}

function hasDiscontinuityAt(list: MediaList, msn: number): boolean {
  return list.segments[msn - list.mediaSequence]?.isDiscontinuity === true
}

/** What an answer may be late by its way. */
const AWAITED_MS = 150

/** Waits between two gains that are certain whatever the time between two questions was. */
function certainWaits(
  track: readonly PlaylistSeen[],
): readonly { readonly msn: number; readonly seconds: number; readonly target: number }[] {
  const waits: { msn: number; seconds: number; target: number }[] = []
  let gainedMs: number | null = null
  for (const [before, after] of pairs(track)) {
    const msn = lastMsnOf(after.list)
    if (msn <= lastMsnOf(before.list) || after.list.isEnded) continue
    if (gainedMs !== null) {
      // An answer that was waited for came with the gain; else it was not there at the last
      // question.
      const isAwaited = after.isBlocking && after.answer.doneMs - after.answer.sentMs > AWAITED_MS
      const lateMs = isAwaited ? after.answer.doneMs - AWAITED_MS : before.answer.sentMs
      const seconds = Math.max(0, lateMs - gainedMs) / 1000
      waits.push({ msn, seconds, target: after.list.targetSeconds ?? 0 })
    }
    gainedMs = after.answer.doneMs
  }
  return waits
}

/** From the last gain to the last word of the server: it may never have gone on. */
function lastWait(
  track: readonly PlaylistSeen[],
  failures: readonly Answer[],
): readonly { readonly msn: number; readonly seconds: number; readonly target: number }[] {
  const last = track.at(-1)
  if (last === undefined || last.list.isEnded) return []
  const msn = lastMsnOf(last.list)
  const gain = track.find(({ list }) => lastMsnOf(list) === msn)
  if (gain === undefined || gain === track[0]) return []
  const wordMs = Math.max(last.answer.sentMs, ...failures.map(({ doneMs }) => doneMs))
  const seconds = Math.max(0, wordMs - gain.answer.doneMs) / 1000
  return [{ msn: msn + 1, seconds, target: last.list.targetSeconds ?? 0 }]
}

/** Gaps that are told, and silences where they should have been. */
function judgeGaps(seen: Observation): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) => {
    const [track = []] = rendition.tracks
    const halves = faultsOf(changesOf(track), ({ list }) =>
      faultsOf(list.segments, ({ msn, isGap }) => {
        if (!isGap) return null
        count += 1
        const parts = list.parts.get(msn) ?? []
        return parts.every((part) => part.isGap) ? null : `gap ${msn} has parts that are none`
      }),
    )
    const waits = [...certainWaits(track), ...lastWait(track, rendition.failures)]
    const silences = faultsOf(waits, ({ msn, seconds, target }) =>
      seconds > 1.5 * target ? `no GAP in ${inSeconds(seconds)} before ${msn}` : null,
    )
    return [...halves, ...silences].map((fault) => `${rendition.name}: ${fault}`)
  })
  return finding(faults, count, 'gaps', 'the encoder was never away')
}

/** A live playlist that never gained anything, watched for longer than it may be silent. */
function stalled(seen: Observation): readonly string[] {
  return faultsOf(seen.renditions, (rendition) => {
    const track = rendition.tracks[0] ?? []
    const [first, last] = [track[0], track.at(-1)]
    if (first === undefined || last === undefined || last.list.isEnded) return null
    const watchedS = (last.answer.sentMs - first.answer.doneMs) / 1000
    const isStill = lastMsnOf(first.list) === lastMsnOf(last.list)
    return isStill && watchedS > 1.5 * (last.list.targetSeconds ?? 0)
      ? `${rendition.name}: nothing was added in ${inSeconds(watchedS)}`
      : null
  })
}

/** Dates are written to the millisecond; a picture more or less is no gap. */
const DATE_MS = 40

function dateFaults(name: string, list: MediaList): readonly string[] {
  const dates = datesOf(list)
  if (dates.size === 0) return [`${name}: no PROGRAM-DATE-TIME`]
  return faultsOf(pairs(list.segments), ([before, segment]) => {
    if (Number.isNaN(segment.dateMs)) return `${name}: ${segment.uri} has a date that is none`
    const [one, other] = [dates.get(before.msn), dates.get(segment.msn)]
    if (segment.isDiscontinuity && segment.dateMs === null) {
      return `${name}: ${segment.uri} has no date at its discontinuity`
    }
    if (one === undefined || other === undefined) return null
    const apartMs = Math.round(other - (one + before.seconds * 1000))
    if (apartMs < (segment.isDiscontinuity ? -1000 : -DATE_MS)) {
      return `${name}: ${segment.uri} is dated ${-apartMs} ms too early`
    }
    return !segment.isDiscontinuity && apartMs > DATE_MS
      ? `${name}: ${segment.uri} is dated ${apartMs} ms too late`
      : null
  })
}
