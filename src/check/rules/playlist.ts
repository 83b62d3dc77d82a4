import {
  listedSeconds,
  type MediaList,
  masterParserFaults,
  parseMediaList,
  parserFaults,
} from '../reading/index.ts'
import {
  allVersions,
  latestOf,
  type Observation,
  type RenditionSeen,
  versionsOf,
} from '../watching/index.ts'
import { faultsOf, finding, inSeconds, pairs, type Rule } from './rule.ts'

/** What one media playlist must hold by itself. */
export const PLAYLIST_RULES: readonly Rule[] = [
  {
    id: 'H01',
    level: 'MUST',
    sentence: 'Every playlist answer is one whole playlist.',
    judge: (seen) => {
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(versionsOf(rendition), ({ list, answer }) => [
          ...list.grammarFaults.map((fault) => `${rendition.name}: ${fault}`),
          ...(answer.isWhole ? [] : [`${rendition.name}: an answer was cut short`]),
        ]),
      )
      const failed = faultsOf(seen.renditions, (rendition) =>
        faultsOf(rendition.failures, ({ status, failure, url }) =>
          // To let go who waited too long is right, and what is gone is gone.
          [404, 410].includes(status ?? 0) || (status === 503 && url.includes('_HLS_'))
            ? null
            : `${rendition.name}: ${status ?? failure} instead of a playlist`,
        ),
      )
      const master = seen.master?.list.grammarFaults.map((fault) => `multivariant: ${fault}`) ?? []
      return finding(
        [...master, ...failed, ...faults],
        allVersions(seen).length,
        'answers',
        NO_PLAYLIST,
      )
    },
  },
  {
    id: 'H01',
    level: 'MUST',
    sentence: 'Two parsers by others read the playlists, and read them alike.',
    judge: judgeParsers,
  },
  {
    id: 'H02',
    level: 'MUST',
    sentence: 'EXT-X-TARGETDURATION never changes.',
    judge: (seen) => {
      const faults = faultsOf(seen.renditions, (rendition) => {
        const targets = new Set(versionsOf(rendition).map(({ list }) => list.targetSeconds))
        if (targets.size < 2) return null
        return `${rendition.name}: target durations ${[...targets].join(', ')} in one run`
      })
      return finding(faults, allVersions(seen).length, 'answers with one value', NO_PLAYLIST)
    },
  },
  {
    id: 'H03',
    level: 'MUST',
    sentence: 'Each EXTINF, rounded, is at most TARGETDURATION.',
    judge: (seen) => {
      let count = 0
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(versionsOf(rendition), ({ list }) =>
          faultsOf(list.segments, ({ uri, seconds }) => {
            count += 1
            const target = list.targetSeconds ?? Number.POSITIVE_INFINITY
            if (Math.round(seconds) <= target) return null
            return `${rendition.name}: ${uri} lasts ${inSeconds(seconds)}, the target is ${target} s`
          }),
        ),
      )
      return finding(faults, count, 'listings', NO_PLAYLIST)
    },
  },
  {
    id: 'H09',
    level: 'MUST',
    sentence: 'With ENDLIST there are no hints any more, and nothing changes after it.',
    judge: (seen) => {
      let count = 0
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(rendition.tracks, (track) => {
          const end = track.findIndex(({ list }) => list.isEnded)
          if (end === -1) return null
          count += 1
          return endFaults(
            rendition.name,
            track.slice(end).map(({ list }) => list),
          )
        }),
      )
      return finding(faults, count, 'playlists that ended', 'nothing ended while watching')
    },
  },
  {
    id: 'H12',
    level: 'MUST',
    sentence: 'A live playlist carries DISCONTINUITY-SEQUENCE.',
    judge: (seen) =>
      onLive(seen, (rendition, list) =>
        list.discontinuitySequence === null ? `${rendition.name}: no DISCONTINUITY-SEQUENCE` : null,
      ),
  },
  {
    id: 'H15',
    level: 'SHOULD',
    sentence: 'EXT-X-VERSION is not above what the tags need.',
    judge: (seen) =>
      onEach(seen, (rendition, list) => {
        // One who offers delta updates may say 9 in both forms.
        const needed = Math.max(list.versionNeeded, list.control?.canSkipUntil == null ? 1 : 10)
        if ((list.version ?? 1) <= needed) return null
        return `${rendition.name}: version ${list.version}, its tags need ${list.versionNeeded}`
      }),
  },
  {
    id: 'H15',
    level: 'MUST',
    sentence: 'EXT-X-VERSION is not below what the tags need.',
    judge: (seen) =>
      onEach(seen, (rendition, list) => {
        if ((list.version ?? 1) >= list.versionNeeded) return null
        return `${rendition.name}: version ${list.version ?? 1}, its tags need ${list.versionNeeded}`
      }),
  },
  {
    id: 'H16',
    level: 'MUST',
    sentence: 'Fragmented MP4 comes with EXT-X-MAP.',
    judge: (seen) => {
      const others = seen.renditions.filter((rendition) =>
        rendition.segments.some(
          ({ container, uri }) =>
            container === 'other' && /\.(m4s|mp4|m4v|m4a|cmfv|cmfa)\b/.test(uri),
        ),
      )
      const faults = faultsOf(others, (rendition) =>
        faultsOf(latestOf(rendition)?.segments ?? [], ({ uri, mapUri }) =>
          mapUri === null ? `${rendition.name}: ${uri} has no MAP` : null,
        ),
      )
      return finding(faults, others.length, 'renditions', 'no fragmented MP4')
    },
  },
  {
    id: 'H16',
    level: 'MUST',
    sentence: 'Another EXT-X-MAP stands behind a DISCONTINUITY only.',
    judge: (seen) => {
      let count = 0
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(versionsOf(rendition), ({ list }) =>
          faultsOf(pairs(list.segments), ([before, after]) => {
            if (before.mapUri === null || after.mapUri === null) return null
            count += 1
            return before.mapUri === after.mapUri || after.isDiscontinuity
              ? null
              : `${rendition.name}: ${after.uri} has another MAP and no DISCONTINUITY`
          }),
        ),
      )
      return finding(faults, count, 'pairs of segments', 'no EXT-X-MAP')
    },
  },
  {
    id: 'H22',
    level: 'MUST',
    sentence: 'A live playlist has no PLAYLIST-TYPE, a finished recording has VOD.',
    judge: (seen) =>
      onEach(seen, (rendition, list) => {
        if (!list.isEnded && list.type !== null) return `${rendition.name}: live, type ${list.type}`
        const isRecording = list.isEnded && !seen.isLive
        return isRecording && list.type !== 'VOD' ? `${rendition.name}: type ${list.type}` : null
      }),
  },
  {
    id: 'H23',
    level: 'MUST',
    sentence: 'Playlists are UTF-8 without byte order mark or control characters, of the HLS type.',
    judge: (seen) => {
      const master = seen.master
      const first =
        master === null
          ? []
          : [
              ...master.list.characterFaults.map((fault) => `multivariant: ${fault}`),
              ...typeFaults('multivariant', master.answer),
            ]
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(versionsOf(rendition), ({ list, answer }) => [
          ...list.characterFaults.map((fault) => `${rendition.name}: ${fault}`),
          ...typeFaults(rendition.name, answer),
        ]),
      )
      return finding([...first, ...faults], allVersions(seen).length, 'answers', NO_PLAYLIST)
    },
  },
  {
    id: 'H07',
    level: 'MUST',
    sentence:
      'A live playlist never gets shorter than 3 targets, nor than 6 segments, by a removal.',
    judge: (seen) => {
      let count = 0
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(versionsOf(rendition), ({ list }) => {
          if (!seen.isLive || list.mediaSequence === 0) return null
          count += 1
          return windowFault(rendition.name, list)
        }),
      )
      const unseen = seen.isLive ? 'nothing was removed yet' : NOT_LIVE
      return finding(faults, count, 'playlists that had lost a segment', unseen)
    },
  },
]

const NO_PLAYLIST = 'no media playlist could be read'
const NOT_LIVE = 'not live'

/** Only a list that has lost segments can be too short: before, it is just young. */
function windowFault(name: string, list: MediaList): string | null {
  const seconds = listedSeconds(list)
  const least = 3 * (list.targetSeconds ?? 0)
  if (seconds < least) return `${name}: ${inSeconds(seconds)} left, 3 targets are ${least} s`
  return list.segments.length < 6 ? `${name}: ${list.segments.length} segments left` : null
}

function endFaults(name: string, lists: readonly MediaList[]): readonly string[] {
  const faults: string[] = []
  const [first] = lists
  for (const list of lists) {
    if (list.hints.length > 0) faults.push(`${name}: a PRELOAD-HINT beside ENDLIST`)
    if (!list.isEnded) faults.push(`${name}: ENDLIST went away again`)
    else if (list.segments.length !== first?.segments.length)
      faults.push(`${name}: changed after it`)
  }
  return faults
}

function typeFaults(
  name: string,
  answer: { readonly url: string; readonly headers: ReadonlyMap<string, string> },
): readonly string[] {
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (['application/vnd.apple.mpegurl', 'audio/mpegurl'].includes(type)) return []
  // RFC 8216 §4 takes the ending of the path for the type.
  return /\.m3u8?$/.test(new URL(answer.url).pathname) ? [] : [`${name}: content type "${type}"`]
}

function judgeParsers(seen: Observation) {
  let count = 0
  const master =
    seen.master === null
      ? []
      : masterParserFaults(
          seen.master.text,
          seen.master.list.variants.map(({ uri }) => uri),
        ).map((fault) => `multivariant: ${fault}`)
  const faults = faultsOf(seen.renditions, (rendition) =>
    faultsOf(rendition.texts, (text) => {
      count += 1
      return parserFaults(text, parseMediaList(text)).map((fault) => `${rendition.name}: ${fault}`)
    }),
  )
  return finding([...master, ...faults], count, 'playlists read three ways', NO_PLAYLIST)
}

function onEach(
  seen: Observation,
  look: (rendition: RenditionSeen, list: MediaList) => string | null,
) {
  const faults = faultsOf(seen.renditions, (rendition) =>
    faultsOf(versionsOf(rendition), ({ list }) => look(rendition, list)),
  )
  return finding(faults, allVersions(seen).length, 'answers', NO_PLAYLIST)
}

function onLive(
  seen: Observation,
  look: (rendition: RenditionSeen, list: MediaList) => string | null,
) {
  if (!seen.isLive) return finding([], 0, '', NOT_LIVE)
  return onEach(seen, look)
}
