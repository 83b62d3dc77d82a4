import { ticksBetween } from '../reading/index.ts'
import {
  allVersions,
  frameSeconds,
  latestOf,
  longestFrameSeconds,
  type MediaSeen,
  neighbours,
  type Observation,
  type ReadSegment,
  type RenditionSeen,
  readSegments,
  secondsBetween,
  unreadReason,
} from '../watching/index.ts'
import { type Finding, faultsOf, finding, inSeconds, type Rule } from './rule.ts'

/** What is in the segments, against what the playlists say of them. */
export const SEGMENT_RULES: readonly Rule[] = [
  {
    id: 'H03',
    level: 'MUST',
    sentence: 'No segment really lasts longer than TARGETDURATION and 0.5 s.',
    judge: (seen) =>
      onSegments(seen, (segment, rendition) => {
        const target = latestOf(rendition)?.targetSeconds ?? Number.POSITIVE_INFINITY
        const seconds = ticksBetween(segment.facts.startTicks, segment.facts.endTicks) / 90_000
        if (seconds <= target + 0.5) return null
        return `lasts ${inSeconds(seconds)}, the target is ${target} s`
      }),
  },
  {
    id: 'H06',
    level: 'MUST',
    sentence: 'A segment that left the playlist can be had for its duration and a playlist longer.',
    judge: (seen) => {
      const again = againOf(seen, 'removed segment')
      const faults = faultsOf(again, ({ uri, answer }) =>
        answer.status === 200 || answer.status === 206
          ? null
          : `${uri}: ${answer.status ?? answer.failure} right after it left`,
      )
      return finding(faults, again.length, 'segments asked for after that', 'no segment left')
    },
  },
  {
    id: 'H10',
    level: 'MUST',
    sentence: 'DISCONTINUITY stands wherever codec, size, tracks or the line of time change.',
    judge: (seen) =>
      onNeighbours(seen, (before, after) =>
        after.listed.isDiscontinuity ? null : (breakBetween(before, after)?.says ?? null),
      ),
  },
  {
    id: 'H10',
    level: 'SHOULD',
    sentence: 'DISCONTINUITY stands nowhere else.',
    judge: (seen) => {
      let count = 0
      const faults = faultsOf(seen.renditions, (rendition) =>
        faultsOf(neighbours(readSegments(rendition)), ([before, after]) => {
          if (!after.listed.isDiscontinuity) return null
          count += 1
          return breakBetween(before, after) === null && isCounted(before, after)
            ? `${rendition.name}: ${after.listed.uri} goes on as before, yet has a DISCONTINUITY`
            : null
        }),
      )
      return finding(faults, count, 'breaks', 'no discontinuity among what was read')
    },
  },
  {
    id: 'H13',
    level: 'MUST',
    sentence: 'What is listed can be had at once, whole, faster than it plays.',
    judge: (seen) => {
      const media = mediaOf(seen)
      const faults = faultsOf(media, ({ uri, seconds, answer }) => {
        if (answer.status !== 200 && answer.status !== 206) {
          return `${uri}: ${answer.status ?? answer.failure}`
        }
        if (!answer.isWhole) return `${uri}: fewer bytes than Content-Length`
        const tookS = (answer.doneMs - answer.sentMs) / 1000
        if (tookS <= Math.max(seconds, 1)) return null
        return `${uri}: ${inSeconds(tookS)} for ${inSeconds(seconds)}`
      })
      return finding(faults, media.length, 'downloads', 'nothing was downloaded')
    },
  },
  {
    id: 'H17',
    level: 'MUST',
    sentence: 'EXTINF, summed over any run of segments, is within one frame of the real duration.',
    judge: judgeDurations,
  },
  {
    id: 'H18',
    level: 'MUST',
    sentence: 'Continuity counters and timestamps go on from segment to segment.',
    judge: (seen) => {
      const inside = onSegments(seen, ({ facts }) => facts.faults[0] ?? null)
      const between = onNeighbours(seen, (before, after) =>
        after.listed.isDiscontinuity ? null : holeBetween(before, after),
      )
      const faults = [inside, between].filter(({ outcome }) => outcome === 'broken')
      const evidence = faults.flatMap((fault) => fault.evidence)
      return evidence.length > 0 ? { outcome: 'broken', evidence } : between
    },
  },
  {
    id: 'H19',
    level: 'MUST',
    sentence: 'Each segment with pictures starts with an IDR, and INDEPENDENT-SEGMENTS says so.',
    judge: (seen) => {
      const lists = seen.renditions.map((rendition) => latestOf(rendition))
      const isSaid =
        seen.master?.list.isIndependent === true ||
        (lists.length > 0 && lists.every((list) => list?.isIndependent === true))
      const found = onSegments(seen, ({ facts }) =>
        facts.startsWithIdr === false ? 'does not start with an IDR' : null,
      )
      if (isSaid || lists.length === 0) return found
      const evidence = ['INDEPENDENT-SEGMENTS is neither in the multivariant nor in all playlists']
      return {
        outcome: 'broken',
        evidence: found.outcome === 'broken' ? [...evidence, ...found.evidence] : evidence,
      }
    },
  },
  {
    id: 'H20',
    level: 'SHOULD',
    sentence: 'IDR pictures come every 2 s at least.',
    judge: (seen) =>
      onNeighbours(seen, (before, after) => {
        if (before.facts.idrTicks.length === 0 || after.listed.isDiscontinuity) return null
        const ticks = [...before.facts.idrTicks, after.facts.startTicks]
        const longest = Math.max(
          ...ticks.slice(1).map((later, at) => ticksBetween(ticks[at] ?? later, later)),
        )
        const limit = 180_000 + longestFrameSeconds(before, after) * 90_000
        return longest > limit ? `${inSeconds(longest / 90_000)} without an IDR` : null
      }),
  },
  {
    id: 'H24',
    level: 'MUST',
    sentence: 'Media and media playlists are never redirected.',
    judge: (seen) => {
      const answers = [
        ...allVersions(seen).map(({ answer }) => answer),
        ...mediaOf(seen).map(({ answer }) => answer),
      ]
      const faults = faultsOf(answers, ({ url, redirects }) =>
        redirects > 0 ? `${new URL(url).pathname} is redirected` : null,
      )
      return finding(faults, answers.length, 'answers', 'nothing was answered')
    },
  },
  {
    id: 'H26',
    level: 'GOAL',
    sentence: 'A URI never has two contents.',
    judge: (seen) => {
      const again = seen.renditions.flatMap((rendition) => rendition.again)
      const whole = again.filter(({ answer }) => answer.status === 200 || answer.status === 206)
      const faults = faultsOf(whole, ({ uri, digest, firstDigest }) =>
        digest === firstDigest ? null : `${uri}: other bytes the second time`,
      )
      return finding(faults, whole.length, 'downloads repeated', 'nothing was downloaded twice')
    },
  },
]

/** A gap that is more than late frames. */
const JUMP_S = 0.5
/** Rounding of milliseconds in the source, one AAC frame more or less. */
const SLACK_S = 0.05
const ROUNDING_S = 0.0015

function mediaOf(seen: Observation): readonly MediaSeen[] {
  return seen.renditions.flatMap((rendition) => [...rendition.segments, ...rendition.parts])
}

function againOf(seen: Observation, what: string) {
  return seen.renditions.flatMap((rendition) =>
    rendition.again.filter((again) => again.what === what),
  )
}

function onSegments(
  seen: Observation,
  look: (segment: ReadSegment, rendition: RenditionSeen) => string | null,
): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) =>
    faultsOf(readSegments(rendition), (segment) => {
      count += 1
      const fault = look(segment, rendition)
      return fault === null ? null : `${rendition.name}: ${segment.listed.uri} ${fault}`
    }),
  )
  return finding(faults, count, 'segments read', unreadReason(seen))
}

function onNeighbours(
  seen: Observation,
  look: (before: ReadSegment, after: ReadSegment) => string | null,
): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) =>
    faultsOf(neighbours(readSegments(rendition)), ([before, after]) => {
      count += 1
      const fault = look(before, after)
      return fault === null ? null : `${rendition.name}: ${after.listed.uri}: ${fault}`
    }),
  )
  return finding(faults, count, 'pairs of segments', unreadReason(seen))
}

/** What makes the second segment no continuation of the first; null when nothing does. */
function breakBetween(before: ReadSegment, after: ReadSegment): { readonly says: string } | null {
  const [one, other] = [before.facts, after.facts]
  if ((one.video === null) !== (other.video === null)) return { says: 'pictures began or ended' }
  if ((one.audio === null) !== (other.audio === null)) return { says: 'sound began or ended' }
  if (one.video?.codecString !== other.video?.codecString)
    return { says: 'the video codec changed' }
  if (one.video?.width !== other.video?.width || one.video?.height !== other.video?.height) {
    return { says: 'the size of the picture changed' }
  }
  if (one.audio?.codecString !== other.audio?.codecString)
    return { says: 'the audio codec changed' }
  if (one.audio?.channels !== other.audio?.channels) return { says: 'the channels changed' }
  if (one.audio?.sampleRate !== other.audio?.sampleRate) return { says: 'the sample rate changed' }
  const gap = ticksBetween(one.endTicks, other.startTicks) / 90_000
  return Math.abs(gap) > JUMP_S ? { says: `timestamps jump by ${inSeconds(gap)}` } : null
}

/** Whether timestamps and counters run on over the border, as of one encoder that never stopped. */
function isCounted(before: ReadSegment, after: ReadSegment): boolean {
  return holeBetween(before, after) === null
}

function holeBetween(before: ReadSegment, after: ReadSegment): string | null {
  for (const [pid, { last }] of before.facts.counters) {
    const first = after.facts.counters.get(pid)?.first
    if (first !== undefined && first !== (last + 1) % 16 && first !== last) {
      return `continuity counter of pid ${pid} goes from ${last} to ${first}`
    }
  }
  const [one, other] = [before.facts, after.facts]
  const gap = ticksBetween(one.endTicks, other.startTicks) / 90_000
  const allowed = Math.max(SLACK_S, 1.5 * longestFrameSeconds(before, after))
  if (Math.abs(gap) > allowed) return `timestamps jump by ${inSeconds(gap)}`
  if (one.audioEndTicks === null || other.audioStartTicks === null) return null
  const silence = ticksBetween(one.audioEndTicks, other.audioStartTicks) / 90_000
  return Math.abs(silence) > SLACK_S ? `sound jumps by ${inSeconds(silence)}` : null
}

/**
 * Over each run without a discontinuity or a segment that was not read, and for each segment alone.
 */
function judgeDurations(seen: Observation): Finding {
  let count = 0
  const faults = faultsOf(seen.renditions, (rendition) => {
    let driftS = 0
    let nextMsn = 0
    return faultsOf(neighbours(readSegments(rendition)), ([before, after]) => {
      if (before.listed.msn !== nextMsn || before.listed.isDiscontinuity) driftS = 0
      nextMsn = after.listed.msn
      if (after.listed.isDiscontinuity) return null
      count += 1
      const alone = before.listed.seconds - secondsBetween(before, after)
      driftS += alone
      const worst = Math.abs(alone) > Math.abs(driftS) ? alone : driftS
      if (Math.abs(worst) <= frameSeconds(before) + ROUNDING_S) return null
      return `${rendition.name}: up to ${before.listed.uri} EXTINF is ${inSeconds(worst)} off`
    })
  })
  return finding(faults, count, 'runs of segments', unreadReason(seen))
}
