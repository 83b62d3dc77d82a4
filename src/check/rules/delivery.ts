import {
  type Answer,
  allVersions,
  latestOf,
  type Observation,
  type Probe,
  type ProbeName,
} from '../watching/index.ts'
import { type Finding, faultsOf, finding, type Rule } from './rule.ts'

/** How things are sent: headers, compression, ranges. */
export const DELIVERY_RULES: readonly Rule[] = [
  {
    id: 'D01',
    level: 'MUST',
    sentence: 'Playlists are gzip-encoded for who accepts it, with Vary: Accept-Encoding.',
    judge: (seen) => {
      const zipped = faultsOf(playlistAnswers(seen), (answer) => {
        const encoding = answer.headers.get('content-encoding')
        if (encoding === undefined) return `${pathOf(answer)} is not compressed`
        const varies = (answer.headers.get('vary') ?? '').toLowerCase()
        return varies.includes('accept-encoding') || varies === '*'
          ? null
          : `${pathOf(answer)} without Vary: Accept-Encoding`
      })
      const plain = faultsOf(probesOf(seen, 'plain'), ({ answer }) =>
        answer.headers.get('content-encoding') === undefined
          ? null
          : `${pathOf(answer)} is compressed for who does not take it`,
      )
      const count = playlistAnswers(seen).length
      return finding([...zipped, ...plain], count, 'answers', 'no playlist was answered')
    },
  },
  {
    id: 'D02',
    level: 'SHOULD',
    sentence: 'Playlists and segments carry their registered media types.',
    judge: (seen) => {
      const playlists = faultsOf(playlistAnswers(seen), (answer) =>
        typeOf(answer) === 'application/vnd.apple.mpegurl'
          ? null
          : `${pathOf(answer)} is "${typeOf(answer)}"`,
      )
      const media = mediaOf(seen)
      const faults = faultsOf(media, ({ container, answer }) => {
        const isRight = container === 'ts' ? typeOf(answer) === 'video/mp2t' : isMp4(typeOf(answer))
        return isRight ? null : `${pathOf(answer)} is "${typeOf(answer)}"`
      })
      const count = playlistAnswers(seen).length + media.length
      return finding([...playlists, ...faults], count, 'answers', 'nothing was answered')
    },
  },
  {
    id: 'D03',
    level: 'MUST',
    sentence: 'Any page may read playlists and media: ACAO *, no credentials, preflight answered.',
    judge: (seen) => {
      const answers = [...playlistAnswers(seen), ...mediaOf(seen).map(({ answer }) => answer)]
      const faults = [
        ...faultsOf(answers, crossOriginFault),
        ...faultsOf(probesOf(seen, 'preflight'), ({ answer }) => preflightFault(answer)),
      ]
      return finding(faults, answers.length, 'answers', 'nothing was answered')
    },
  },
  {
    id: 'D04',
    level: 'SHOULD',
    sentence:
      'Caches keep a live playlist for half a target at most, blocking answers and media long.',
    judge: judgeLifetimes,
  },
  {
    id: 'D06',
    level: 'MUST',
    sentence: 'Where BYTERANGE is used, single ranges are answered: closed, open, suffix, beyond.',
    judge: judgeRanges,
  },
]

function playlistAnswers(seen: Observation): readonly Answer[] {
  const master = seen.master === null ? [] : [seen.master.answer]
  return [...master, ...allVersions(seen).map(({ answer }) => answer)]
}

function mediaOf(seen: Observation) {
  return seen.renditions
    .flatMap(({ segments, parts }) => [...segments, ...parts])
    .filter(({ answer }) => answer.status === 200 || answer.status === 206)
}

/** The probes of these names, in the order in which they were made. */
export function probesOf(seen: Observation, ...names: readonly ProbeName[]): readonly Probe[] {
  return seen.probes.filter(({ name }) => names.includes(name))
}

function pathOf(answer: Answer): string {
  return new URL(answer.url).pathname
}

function typeOf(answer: Answer): string {
  return (answer.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

function isMp4(type: string): boolean {
  return ['video/mp4', 'audio/mp4', 'video/iso.segment', 'audio/aac', 'text/vtt'].includes(type)
}

function crossOriginFault(answer: Answer): string | null {
  if (answer.headers.get('access-control-allow-origin') !== '*') {
    return `${pathOf(answer)} without Access-Control-Allow-Origin: *`
  }
  return answer.headers.get('access-control-allow-credentials') === 'true'
    ? `${pathOf(answer)} with credentials`
    : null
}

function preflightFault(answer: Answer): string | null {
  if (answer.status === null || answer.status >= 300) {
    return `OPTIONS of ${pathOf(answer)}: ${answer.status ?? answer.failure}`
  }
  const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase()
  const isAllowed = allowed === '*' || (allowed.includes('range') && allowed.includes('none-match'))
  return isAllowed ? null : `preflight of ${pathOf(answer)} does not allow Range, If-None-Match`
}

/** max-age or s-maxage, seconds; 0 where nothing may be kept; null where nothing is said. */
function lifetimeOf(answer: Answer): number | null {
  const text = answer.headers.get('cache-control')
  if (text === undefined) return null
  if (/no-store|no-cache/.test(text)) return 0
  const found = /s-maxage=(\d+)/.exec(text) ?? /max-age=(\d+)/.exec(text)
  return found === null ? null : Number(found[1])
}

function judgeLifetimes(seen: Observation): Finding {
  const faults: string[] = []
  let count = 0
  for (const rendition of seen.renditions) {
    const target = latestOf(rendition)?.targetSeconds ?? 1
    for (const { answer, isBlocking, list } of rendition.tracks.flat()) {
      if (list.isEnded) continue
      count += 1
      // A header counts whole seconds.
      const longest = isBlocking ? 6 * target : Math.max(1, Math.floor(target / 2))
      const lifetime = lifetimeOf(answer)
      const way = isBlocking ? 'blocking' : 'live'
      if (lifetime === null) faults.push(`${way} ${pathOf(answer)} says nothing to caches`)
      else if (lifetime > longest) faults.push(`${way} ${pathOf(answer)} may be kept ${lifetime} s`)
    }
    for (const { answer } of rendition.segments) {
      if (answer.status !== 200 && answer.status !== 206) continue
      count += 1
      const lifetime = lifetimeOf(answer)
      if (lifetime === null) faults.push(`${pathOf(answer)} says nothing to caches`)
      else if (lifetime < target) faults.push(`${pathOf(answer)} may be kept ${lifetime} s only`)
    }
  }
  return finding([...new Set(faults)], count, 'answers', 'nothing was answered')
}

function judgeRanges(seen: Observation): Finding {
  const isUsed = seen.renditions.some((rendition) =>
    latestOf(rendition)?.segments.some(({ range }) => range !== null),
  )
  const asked = probesOf(seen, 'range-closed', 'range-open', 'range-suffix', 'range-beyond')
  const isOffered = asked.some(({ answer }) => answer.status === 206)
  if (!isUsed && !isOffered) return finding([], 0, '', 'no BYTERANGE')
  const faults = faultsOf(asked, ({ name, asked: range, answer }) => {
    const wanted = name === 'range-beyond' ? 416 : 206
    return answer.status === wanted ? null : `${range}: ${answer.status ?? answer.failure}`
  })
  return finding(faults, asked.length, 'ranges', 'no segment to ask ranges of')
}
