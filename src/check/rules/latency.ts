import { deltaFault, lastMsnOf, type MediaList, mergeDelta } from '../reading/index.ts'
import {
  changesOf,
  latestOf,
  type Observation,
  type PlaylistSeen,
  type RenditionSeen,
  versionsOf,
} from '../watching/index.ts'
import { judgeReports, judgeStep } from './reports.ts'
import { type Finding, faultsOf, finding, inSeconds, pairs, type Rule } from './rule.ts'

/** Low latency as the playlists show it (8216bis §4.4.3.7-8, §4.4.4.9, §4.4.5). */
export const LATENCY_RULES: readonly Rule[] = [
  {
    id: 'LL01',
    level: 'MUST',
    sentence: 'Parts come with PART-INF and with PART-HOLD-BACK of 3 PART-TARGETs at least.',
    judge: (seen) =>
      onParted(seen, (list) => {
        if (list.partTarget === null) return 'no PART-TARGET'
        const holdBack = list.control?.partHoldBack ?? null
        if (holdBack === null) return 'no PART-HOLD-BACK'
        // Decimals are written rounded.
        return holdBack < 3 * list.partTarget - 0.001 ? `PART-HOLD-BACK=${holdBack}` : null
      }),
  },
  {
    id: 'LL02',
    level: 'MUST',
    sentence:
      'A part lasts PART-TARGET at most and 85 % of it at least, but for the allowed cases.',
    judge: (seen) => onParted(seen, partLengthFaults),
  },
  {
    id: 'LL03',
    level: 'MUST',
    sentence:
      'A new part comes within one PART-TARGET (19 of 20 do, the way of an answer allowed for).',
    judge: judgePace,
  },
  {
    id: 'LL04',
    level: 'MUST',
    sentence: 'The parts of a segment are exactly its samples and last as long.',
    judge: (seen) => {
      const joins = seen.renditions.flatMap(({ joins: each }) => each)
      const differing = faultsOf(seen.renditions, (rendition) =>
        faultsOf(rendition.joins, ({ msn, facts }) =>
          facts.joined === 'different'
            ? `${rendition.name}: parts of ${msn} are not its bytes`
            : null,
        ),
      )
      const sums = onParted(seen, partSumFaults)
      const more = sums.outcome === 'broken' ? sums.evidence : []
      return finding([...differing, ...more], joins.length, 'segments joined', NO_PARTS)
    },
  },
  {
    id: 'LL05',
    level: 'SHOULD',
    sentence: 'PART tags go when their segment is more than 3 targets from the end.',
    judge: (seen) =>
      onParted(seen, (list) => {
        let behind = openSeconds(list)
        const late: number[] = []
        for (const { msn, seconds } of list.segments.toReversed()) {
          if (behind > 3 * (list.targetSeconds ?? 0) + 0.001 && list.parts.has(msn)) late.push(msn)
          behind += seconds
        }
        return late.length > 0 ? `${late.length} segments too old have parts` : null
      }),
  },
  {
    id: 'LL05',
    level: 'MUST',
    sentence: 'A part can still be had when its tag has gone.',
    judge: (seen) => {
      const dropped = seen.renditions.flatMap(({ again }) =>
        again.filter(({ what }) => what === 'dropped part'),
      )
      const faults = faultsOf(dropped, ({ uri, answer }) =>
        answer.status === 200 || answer.status === 206
          ? null
          : `${uri}: ${answer.status ?? answer.failure}`,
      )
      return finding(faults, dropped.length, 'parts asked for after that', 'no part was dropped')
    },
  },
  {
    id: 'LL13',
    level: 'MUST',
    sentence: 'A hinted part can be asked for at once, comes whole, and is then listed as hinted.',
    judge: judgeHints,
  },
  {
    id: 'LL14',
    level: 'MUST',
    sentence: 'No byte of a hinted part leaves before all of it can go.',
    judge: (seen) => {
      const hints = answeredHints(seen)
      const faults = faultsOf(hints, ({ uri, answer, partTarget }) => {
        const tookMs = answer.doneMs - answer.firstByteMs
        return tookMs > Math.max(100, partTarget * 500)
          ? `${uri}: ${Math.round(tookMs)} ms from first to last byte`
          : null
      })
      return finding(faults, hints.length, 'parts that were hinted', 'no hinted part was answered')
    },
  },
  {
    id: 'LL16',
    level: 'MUST',
    sentence: 'A hinted part with another EXT-X-MAP comes with a hint of that (TYPE=MAP).',
    judge: judgeMapHints,
  },
  {
    id: 'LL17',
    level: 'MUST',
    sentence: 'RENDITION-REPORT for every other rendition, true to one PART-TARGET.',
    judge: judgeReports,
  },
  {
    id: 'LL18',
    level: 'MUST',
    sentence: 'All renditions get their parts in step, within one PART-TARGET.',
    judge: judgeStep,
  },
  {
    id: 'LL19',
    level: 'MUST',
    sentence: 'CAN-SKIP-UNTIL is 6 targets at least, HOLD-BACK 3.',
    judge: (seen) => {
      const lists = lastLists(seen).filter(({ list }) => list.control !== null)
      const faults = faultsOf(lists, ({ name, list: { control, targetSeconds } }) => {
        const target = targetSeconds ?? 0
        const [skip, hold] = [control?.canSkipUntil ?? null, control?.holdBack ?? null]
        if (skip !== null && skip < 6 * target) return `${name}: CAN-SKIP-UNTIL=${skip}`
        return hold !== null && hold < 3 * target ? `${name}: HOLD-BACK=${hold}` : null
      })
      return finding(faults, lists.length, 'SERVER-CONTROLs', 'no SERVER-CONTROL')
    },
  },
  {
    id: 'LL19',
    level: 'MUST',
    sentence: 'A delta update, joined to the version before, is the whole playlist.',
    judge: (seen) => {
      const deltas = seen.renditions.flatMap((rendition) =>
        rendition.deltas.map((delta) => ({ name: rendition.name, ...delta })),
      )
      const faults = faultsOf(deltas, ({ name, before, delta, whole }) => {
        const merged = mergeDelta(before, delta)
        const fault = merged === null ? 'skips more than was known' : deltaFault(merged, whole)
        return fault === null ? null : `${name}: ${fault}`
      })
      return finding(faults, deltas.length, 'updates joined', 'no delta update was given')
    },
  },
  {
    id: 'LL20',
    level: 'SHOULD',
    sentence: 'A window of more than 2 min offers delta updates.',
    judge: (seen) => {
      const long = lastLists(seen).filter(({ list }) => !list.isEnded && secondsOf(list) > 120)
      const faults = faultsOf(long, ({ name, list }) =>
        list.control?.canSkipUntil == null ? `${name}: ${inSeconds(secondsOf(list))}, none` : null,
      )
      return finding(faults, long.length, 'windows of more than 2 min', 'no live window over 2 min')
    },
  },
  {
    id: 'LL21',
    level: 'MUST',
    sentence: 'INDEPENDENT=YES on every part with an IDR; tags of a segment before its first part.',
    judge: (seen) => {
      let count = 0
      const marks = faultsOf(seen.renditions, (rendition) =>
        faultsOf(rendition.joins, ({ msn, facts, isIndependent }) =>
          faultsOf(facts.hasIdr.entries(), ([at, hasIdr]) => {
            count += 1
            if (hasIdr === null || hasIdr === (isIndependent[at] ?? false)) return null
            const says = hasIdr ? 'has an IDR and is not marked' : 'is marked and has no IDR'
            return `${rendition.name}: part ${msn}.${at} ${says}`
          }),
        ),
      )
      const late = faultsOf(seen.renditions, (rendition) =>
        faultsOf(versionsOf(rendition), ({ list }) =>
          list.lateTags.map((tag) => `${rendition.name}: ${tag} behind its first part`),
        ),
      )
      return finding([...marks, ...late], count, 'parts looked into', NO_PARTS)
    },
  },
]

const NO_PARTS = 'no parts'
/** The encoder's own unevenness. */
const WAY_MS = 50
const SMALLEST_SHARE = 0.85

function onParted(
  seen: Observation,
  look: (list: MediaList) => string | readonly string[] | null,
): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) =>
    faultsOf(rendition.tracks.flatMap(changesOf), ({ list }) => {
      if (list.parts.size === 0) return null
      count += 1
      const found = look(list)
      const all = found === null ? [] : typeof found === 'string' ? [found] : found
      return all.map((fault) => `${rendition.name}: ${fault}`)
    }),
  )
  return finding(faults, count, 'playlists with parts', NO_PARTS)
}

function partLengthFaults(list: MediaList): readonly string[] {
  const { partTarget } = list
  if (partTarget === null) return []
  return faultsOf(list.parts, ([msn, parts]) =>
    faultsOf(parts.entries(), ([at, part]) => {
      const name = `part ${msn}.${at} lasts ${inSeconds(part.seconds)}`
      if (part.seconds > partTarget + 0.0005) return `${name}, over ${partTarget} s`
      const isLast = msn !== list.openMsn && at === parts.length - 1
      // The newest part may turn out to be the last of its segment.
      const isNewest = msn === list.openMsn && at === parts.length - 1
      const isFree = part.isIndependent || part.isGap || parts[at + 1]?.isGap === true
      if (isFree || isLast || isNewest) return null
      return part.seconds < SMALLEST_SHARE * partTarget - 0.0005
        ? `${name}, under 85 % of ${partTarget} s`
        : null
    }),
  )
}

function partSumFaults(list: MediaList): readonly string[] {
  return faultsOf(list.segments, (segment) => {
    const parts = list.parts.get(segment.msn)
    if (parts === undefined) return null
    const sum = parts.reduce((seconds, part) => seconds + part.seconds, 0)
    return Math.abs(sum - segment.seconds) > 0.001 * parts.length + 0.002
      ? `parts of ${segment.msn} last ${inSeconds(sum)}, it ${inSeconds(segment.seconds)}`
      : null
  })
}

/** Of blocking answers: they come when a part is new, so their distance is that of the parts. */
function judgePace(seen: Observation): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) => {
    const track = (rendition.tracks[0] ?? []).filter(({ isBlocking }) => isBlocking)
    const partTarget = latestOf(rendition)?.partTarget ?? null
    if (partTarget === null) return null
    const waits = waitsOf(track)
    count += waits.length
    const waitMs = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? 0
    const limitMs = partTarget * 1000 + WAY_MS + wayOf(rendition)
    return waits.length >= 20 && waitMs > limitMs
      ? `${rendition.name}: one in twenty waits ${Math.round(waitMs)} ms or more, PART-TARGET is ${partTarget} s`
      : null
  })
  const unseen = count > 0 ? 'too few parts while watching' : NO_PARTS
  return finding(faults, count >= 20 ? count : 0, 'waits for a part', unseen)
}

/** What 19 of 20 answers that had nothing to wait for took: the network, and two busy machines. */
function wayOf(rendition: RenditionSeen): number {
  const plain = versionsOf(rendition).filter(({ isBlocking }) => !isBlocking)
  const times = plain.map(({ answer }) => answer.doneMs - answer.sentMs).toSorted((a, b) => a - b)
  return times[Math.floor(times.length * 0.95)] ?? 0
}

function waitsOf(track: readonly PlaylistSeen[]): readonly number[] {
  const changes = changesOf(track)
  return changes.slice(1).flatMap((version, at) => {
    const before = changes[at]
    if (before === undefined || version.list.isEnded) return []
    const parts = Math.max(1, partCountBetween(before.list, version.list))
    return [(version.answer.doneMs - before.answer.doneMs) / parts]
  })
}

/** How many parts one version has more than the one before. */
function partCountBetween(before: MediaList, after: MediaList): number {
  let count = 0
  for (const [msn, parts] of after.parts) {
    if (msn > lastMsnOf(before)) count += parts.length - (before.parts.get(msn)?.length ?? 0)
  }
  return count
}

/** Of the segment that is not whole yet. */
function openSeconds(list: MediaList): number {
  const parts = list.openMsn === null ? [] : (list.parts.get(list.openMsn) ?? [])
  return parts.reduce((sum, { seconds }) => sum + seconds, 0)
}

function answeredHints(seen: Observation) {
  return seen.renditions.flatMap((rendition) =>
    rendition.hints
      .filter(({ answer }) => answer.status === 200 || answer.status === 206)
      .map((hint) => ({ ...hint, partTarget: latestOf(rendition)?.partTarget ?? 1 })),
  )
}

function judgeHints(seen: Observation): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) => {
    const listed = new Set<string>()
    for (const { list } of versionsOf(rendition)) {
      for (const parts of list.parts.values()) for (const part of parts) listed.add(part.uri)
    }
    const doubled = versionsOf(rendition).some(
      ({ list }) => list.hints.filter(({ type }) => type === 'PART').length > 1,
    )
    const lastMs = Math.max(0, ...versionsOf(rendition).map(({ answer }) => answer.sentMs))
    return [
      ...(doubled ? [`${rendition.name}: two hints of one type`] : []),
      ...faultsOf(rendition.hints, ({ uri, answer }) => {
        count += 1
        if (answer.status !== 200 && answer.status !== 206) {
          return hintEnds(rendition, answer.doneMs)
            ? null
            : `${rendition.name}: hinted ${uri}: ${answer.status ?? answer.failure}`
        }
        if (!answer.isWhole) return `${rendition.name}: hinted ${uri} came cut short`
        return answer.doneMs < lastMs - 2000 && !listed.has(uri)
          ? `${rendition.name}: hinted ${uri} was never listed`
          : null
      }),
    ]
  })
  return finding(faults, count, 'hints asked for', 'no PRELOAD-HINT of a part')
}

function judgeMapHints(seen: Observation): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) =>
    faultsOf(rendition.tracks, (track) =>
      faultsOf(pairs(changesOf(track)), ([{ list: before }, { list: after }]) => {
        const isHinted = before.hints.some(({ type }) => type === 'PART')
        const { openMapUri } = after
        if (!isHinted || after.isEnded || openMapUri === null) return null
        count += 1
        const isKnown =
          openMapUri === before.openMapUri ||
          before.hints.some(({ type, uri }) => type === 'MAP' && uri === openMapUri)
        return isKnown ? null : `${rendition.name}: ${openMapUri} came without a hint`
      }),
    ),
  )
  return finding(faults, count, 'hints with a MAP', 'no hinted part has a MAP')
}

/** A hint may be given up where the broadcast ends or goes on behind a discontinuity. */
function hintEnds(rendition: RenditionSeen, atMs: number): boolean {
  const later = versionsOf(rendition).filter(({ answer }) => answer.doneMs > atMs - 5000)
  return later.some(({ list }) => list.isEnded || list.segments.at(-1)?.isDiscontinuity === true)
}

function lastLists(
  seen: Observation,
): readonly { readonly name: string; readonly list: MediaList }[] {
  return seen.renditions.flatMap((rendition) => {
    const list = latestOf(rendition)
    return list === null ? [] : [{ name: rendition.name, list }]
  })
}

function secondsOf(list: MediaList): number {
  return list.segments.reduce((sum, { seconds }) => sum + seconds, 0)
}
