import { lastMsnOf, lastOf, type MediaList } from '../reading/index.ts'
import { latestOf, type Observation, type Probe, type ProbeName } from '../watching/index.ts'
import { probesOf } from './delivery.ts'
import { type Finding, faultsOf, finding, inSeconds, type Rule } from './rule.ts'

/**
 * The Delivery Directives (8216bis §6.2.5): what is asked out of turn, and what must come of it.
 */
export const BLOCKING_RULES: readonly Rule[] = [
  {
    id: 'LL06',
    level: 'MUST',
    sentence: 'An answer to _HLS_msn (and _HLS_part) waits until that is there, and holds it.',
    judge: (seen) => {
      const probed = onProbes(seen, ['next-msn'], ({ list, msn, answer }) => {
        if (answer.status !== 200 || list === null) return statusOf(answer.status, answer.failure)
        return isEarly(list, msn ?? 0) ? `answered with ${lastMsnOf(list)} as the last` : null
      })
      if (probed.outcome === 'broken') return probed
      const early = faultsOf(seen.renditions, (rendition) =>
        faultsOf(rendition.tracks.flat(), ({ answer, isBlocking, list }) => {
          const asked = isBlocking ? askedOf(answer.url) : null
          if (asked === null || list.isEnded || holds(list, asked.msn, asked.part)) return null
          return `${rendition.name}: answered before ${asked.msn}.${asked.part ?? '-'} was there`
        }),
      )
      return early.length > 0 ? { outcome: 'broken', evidence: early } : probed
    },
  },
  {
    id: 'LL07',
    level: 'MUST',
    sentence: 'A part number beyond the last of its segment means the first part of the next one.',
    judge: (seen) =>
      onProbes(seen, ['part-beyond-parent'], ({ list, msn, answer }) => {
        if (answer.status !== 200 || list === null) return statusOf(answer.status, answer.failure)
        return lastOf(list).msn > (msn ?? 0) ? null : 'answered before the next segment had begun'
      }),
  },
  {
    id: 'LL08',
    level: 'SHOULD',
    sentence:
      'Two segments ahead may be waited for; three, or too many parts ahead, is 400 at once.',
    judge: (seen) => {
      const ahead = onProbes(seen, ['last-plus-2'], ({ answer }) =>
        answer.status === 200 || answer.status === 503
          ? null
          : statusOf(answer.status, answer.failure),
      )
      const beyond = onProbes(seen, ['last-plus-3', 'part-beyond-limit'], refusalFault)
      if (ahead.outcome === 'broken' && beyond.outcome === 'broken') {
        return { outcome: 'broken', evidence: [...ahead.evidence, ...beyond.evidence] }
      }
      return ahead.outcome === 'broken' ? ahead : beyond
    },
  },
  {
    id: 'LL09',
    level: 'MUST',
    sentence: '_HLS_part without _HLS_msn, and directives that are no numbers, are 400.',
    judge: (seen) =>
      onProbes(
        seen,
        ['part-alone', 'msn-word', 'msn-negative', 'msn-huge', 'msn-twice'],
        refusalFault,
      ),
  },
  {
    id: 'LL10',
    level: 'SHOULD',
    sentence: 'What has waited for more than 3 targets is answered with 503.',
    judge: judgeLongWaits,
  },
  {
    id: 'LL11',
    level: 'MUST',
    sentence: 'Directives are ignored after ENDLIST, and _HLS_skip where it is not offered.',
    judge: (seen) =>
      onProbes(seen, ['after-the-end', 'skip-not-offered'], ({ name, list, answer }) => {
        if (answer.status !== 200 || list === null) return statusOf(answer.status, answer.failure)
        if (list.skipped !== null) return 'answered with a delta update'
        const tookMs = answer.doneMs - answer.sentMs
        return name === 'after-the-end' && tookMs > AT_ONCE_MS
          ? `took ${inSeconds(tookMs / 1000)}`
          : null
      }),
  },
  {
    id: 'LL12',
    level: 'MUST',
    sentence: 'A number that has gone already gets the present playlist at once.',
    judge: (seen) =>
      onProbes(seen, ['stale-msn'], ({ list, answer }) => {
        if (answer.status !== 200 || list === null) return statusOf(answer.status, answer.failure)
        const tookMs = answer.doneMs - answer.sentMs
        return tookMs > AT_ONCE_MS ? `took ${inSeconds(tookMs / 1000)}` : null
      }),
  },
  {
    id: 'LL15',
    level: 'SHOULD',
    sentence: 'A segment or part that never was is 404.',
    judge: (seen) =>
      onProbes(seen, ['unknown-media'], ({ answer }) =>
        answer.status === 404 || answer.status === 410
          ? null
          : statusOf(answer.status, answer.failure),
      ),
  },
  {
    id: 'D07',
    level: 'MUST',
    sentence: 'The same request at the same time gets the same answer.',
    judge: (seen) => {
      const same = probesOf(seen, 'same-request').filter(({ answer }) => answer.status === 200)
      const digests = new Set(same.map(({ digest }) => digest))
      const faults = digests.size > 1 ? [`${digests.size} answers to ${same.length} requests`] : []
      return finding(faults, same.length > 1 ? same.length : 0, 'requests at once', NOT_OFFERED)
    },
  },
]

/** Generous for any network: what waits, waits for a good part of a segment. */
const AT_ONCE_MS = 1000
const NOT_OFFERED = 'CAN-BLOCK-RELOAD is not offered'

function onProbes(
  seen: Observation,
  names: readonly ProbeName[],
  look: (probe: Probe) => string | null,
): Finding {
  const probes = probesOf(seen, ...names)
  const faults = faultsOf(probes, (probe) => {
    const fault = look(probe)
    return fault === null ? null : `${probe.asked} (last ${placeOf(probe)}): ${fault}`
  })
  return finding(faults, probes.length, 'questions', whyNotAsked(seen, names))
}

function whyNotAsked(seen: Observation, names: readonly ProbeName[]): string {
  if (names.includes('after-the-end')) return 'neither ended nor without delta updates'
  if (names.includes('unknown-media')) return 'no segment to ask beside'
  return seen.isLive ? NOT_OFFERED : 'not live'
}

function placeOf({ before }: Probe): string {
  return before.part === null ? `${before.msn}` : `${before.msn}.${before.part}`
}

function statusOf(status: number | null, failure: string | null): string {
  return status === null ? `no answer (${failure})` : `status ${status}`
}

function refusalFault({ answer }: Probe): string | null {
  if (answer.status !== 400) return statusOf(answer.status, answer.failure)
  const tookMs = answer.doneMs - answer.sentMs
  return tookMs > AT_ONCE_MS ? `400, but after ${inSeconds(tookMs / 1000)}` : null
}

function isEarly(list: MediaList, msn: number): boolean {
  return !list.isEnded && lastMsnOf(list) < msn
}

/** What a playlist was asked for with; null without a number. */
function askedOf(url: string): { readonly msn: number; readonly part: number | null } | null {
  const query = new URL(url).searchParams
  const [msn, part] = [query.get('_HLS_msn'), query.get('_HLS_part')]
  return msn === null ? null : { msn: Number(msn), part: part === null ? null : Number(part) }
}

function holds(list: MediaList, msn: number, part: number | null): boolean {
  if (lastMsnOf(list) >= msn) return true
  return part !== null && (list.parts.get(msn)?.length ?? 0) > part
}

function judgeLongWaits(seen: Observation): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) => {
    const target = latestOf(rendition)?.targetSeconds ?? 0
    const blocked = [
      ...rendition.tracks.flat().map(({ answer }) => answer),
      ...rendition.failures,
    ].filter(({ url }) => askedOf(url) !== null)
    return faultsOf(blocked, (answer) => {
      const waitedS = (answer.doneMs - answer.sentMs) / 1000
      if (waitedS <= 3 * target + 1) return null
      count += 1
      return answer.status === 503
        ? null
        : `${rendition.name}: ${answer.status ?? answer.failure} after ${inSeconds(waitedS)}`
    })
  })
  return finding(faults, count, 'long waits', 'nothing waited so long')
}
