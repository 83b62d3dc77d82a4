import {
  type Answer,
  allVersions,
  latestOf,
  type Observation,
  versionsOf,
} from '../watching/index.ts'
import { probesOf } from './delivery.ts'
import { type Finding, faultsOf, finding, type Rule } from './rule.ts'

/** The line between the server and its viewers. */
export const TRANSPORT_RULES: readonly Rule[] = [
  {
    id: 'D05',
    level: 'MUST',
    sentence: 'Low latency comes by HTTP/2 or later, over TLS 1.2 at least.',
    judge: ({ url, transport, renditions }) => {
      const isLow = renditions.some((rendition) => latestOf(rendition)?.partTarget != null)
      if (!isLow) return finding([], 0, '', 'no parts')
      if (transport === null) return finding([], 0, '', noTransport(url))
      const { protocol, tls } = transport
      const faults = [
        ...(protocol === 'h2' ? [] : [`${protocol ?? 'no protocol'} was agreed on by ALPN`]),
        ...(tls === 'TLSv1.2' || tls === 'TLSv1.3' ? [] : [`${tls ?? 'nothing'} was agreed on`]),
      ]
      return finding(faults, 1, 'handshakes', '')
    },
  },
  {
    id: 'D08',
    level: 'MUST',
    sentence: 'Where priorities are given, playlists have urgency 1 and media 2 to 6 (RFC 9218).',
    judge: (seen) => {
      const playlists = allVersions(seen).map(({ answer }) => ({ answer, low: 1, high: 1 }))
      const media = seen.renditions.flatMap(({ segments, parts }) =>
        [...segments, ...parts].map(({ answer }) => ({ answer, low: 2, high: 6 })),
      )
      const given = [...playlists, ...media].filter(({ answer }) => answer.headers.has('priority'))
      const faults = faultsOf(given, ({ answer, low, high }) => {
        const urgency = urgencyOf(answer)
        if (urgency >= low && urgency <= high) return null
        return `${new URL(answer.url).pathname} has urgency ${urgency}`
      })
      return finding(faults, given.length, 'answers with a priority', 'no Priority header')
    },
  },
  {
    id: 'D10',
    level: 'GOAL',
    sentence:
      'Whatever is not there gets the same 404, hidden files and ways out of the folder too.',
    judge: (seen) => {
      const asked = probesOf(seen, 'unknown-media', 'unknown-dotfile', 'unknown-traversal')
      const [first] = asked
      const faults = faultsOf(asked, ({ name, digest, answer }) => {
        if (answer.status !== 404 && answer.status !== 410) {
          return `${name}: ${answer.status ?? answer.failure}`
        }
        return digest === first?.digest ? null : `${name}: another body than for ${first?.name}`
      })
      return finding(faults, asked.length, 'questions', 'no segment to ask beside')
    },
  },
  {
    id: 'LL22',
    level: 'MUST',
    sentence: 'PART-TARGET is at least the time of a round trip (19 of 20).',
    judge: (seen) => judgeRoundTrips(seen, 1),
  },
  {
    id: 'LL22',
    level: 'SHOULD',
    sentence: 'PART-TARGET is at least three round trips (19 of 20).',
    judge: (seen) => judgeRoundTrips(seen, 3),
  },
]

function noTransport(url: string): string {
  return url.startsWith('https:')
    ? 'the handshake failed'
    : 'plain HTTP: ask by the https address that viewers use'
}

/** RFC 9218 §4.1: 3 where nothing is said of it. */
function urgencyOf({ headers }: Answer): number {
  return Number(/(?:^|[,\s])u=(\d)/.exec(headers.get('priority') ?? '')?.[1] ?? 3)
}

/** From here: a viewer further away sees more, so broken here is broken everywhere. */
function judgeRoundTrips(seen: Observation, count: number): Finding {
  let answerCount = 0
  const faults = faultsOf(seen.renditions, (rendition) => {
    const partTarget = latestOf(rendition)?.partTarget ?? null
    if (partTarget === null) return null
    const trips = versionsOf(rendition)
      .filter(({ isBlocking }) => !isBlocking)
      .map(({ answer }) => answer.firstByteMs - answer.sentMs)
      .toSorted((a, b) => a - b)
    answerCount += trips.length
    const tripMs = trips[Math.floor(trips.length * 0.95)] ?? 0
    return tripMs * count > partTarget * 1000
      ? `${rendition.name}: a round trip takes ${Math.round(tripMs)} ms, PART-TARGET is ${partTarget} s`
      : null
  })
  return finding(faults, answerCount, 'round trips', 'no parts')
}
