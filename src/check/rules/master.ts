import type { Variant } from '../reading/index.ts'
import {
  neighbours,
  type Observation,
  type ReadSegment,
  type RenditionSeen,
  readSegments,
  unreadReason,
} from '../watching/index.ts'
import { averageOf, isWholeAsset, peakOf } from './rates.ts'
import { type Finding, faultsOf, finding, type Rule } from './rule.ts'

/** What the multivariant playlist promises, against what the segments hold. */
export const MASTER_RULES: readonly Rule[] = [
  {
    id: 'M01',
    level: 'MUST',
    sentence: 'CODECS on every variant, naming what its segments hold.',
    judge: (seen) =>
      onVariants(seen, (variant, segments) => {
        const { codecs } = variant
        if (codecs === null) return 'no CODECS'
        return faultsOf(segments, ({ facts }) =>
          faultsOf([facts.video, facts.audio], (track) =>
            track === null || codecs.some((codec) => isCodec(codec, track.codecString))
              ? null
              : `CODECS "${codecs.join(',')}", but ${track.codecString} is inside`,
          ),
        )
      }),
  },
  {
    id: 'M02',
    level: 'MUST',
    sentence: 'RESOLUTION is the size of the pictures.',
    judge: (seen) =>
      onVariants(seen, (variant, segments) =>
        faultsOf(segments, ({ facts: { video } }) => {
          if (video === null) return null
          if (variant.width === video.width && variant.height === video.height) return null
          return `RESOLUTION=${variant.width ?? 0}x${variant.height ?? 0}, but ${video.width}x${video.height} is inside`
        }),
      ),
  },
  {
    id: 'M03',
    level: 'MUST',
    sentence: 'FRAME-RATE on every variant with pictures, at most 60, as measured.',
    judge: (seen) => onVariants(seen, frameRateFaults),
  },
  {
    id: 'M04',
    level: 'MUST',
    sentence: 'AVERAGE-BANDWIDTH on every variant; the measured average is below 110 % of it.',
    judge: (seen) =>
      onRates(seen, (variant, rates) => {
        if (variant.averageBandwidth === null) return 'no AVERAGE-BANDWIDTH'
        if (rates === null || rates.average < 1.1 * variant.averageBandwidth) return null
        return `${rates.average} bit/s measured, AVERAGE-BANDWIDTH=${variant.averageBandwidth}`
      }),
  },
  {
    id: 'M05',
    level: 'MUST',
    sentence: 'BANDWIDTH on every variant; the measured peak is below 125 % of it.',
    judge: (seen) =>
      onRates(seen, (variant, rates) => {
        if (variant.bandwidth === null) return 'no BANDWIDTH'
        if (rates === null || rates.peak < 1.25 * variant.bandwidth) return null
        return `${rates.peak} bit/s measured, BANDWIDTH=${variant.bandwidth}`
      }),
  },
  {
    id: 'M06',
    level: 'MUST',
    sentence: 'Of a recording, average and peak are within 10 % of what is declared.',
    judge: (seen) => {
      const isWhole = !seen.isLive && seen.renditions.every(isWholeAsset)
      const unseen = seen.isLive ? 'not a recording' : 'not every segment was downloaded'
      if (!isWhole) return finding([], 0, '', unseen)
      return onRates(seen, (variant, rates) => {
        if (rates === null) return null
        const pairs = [
          ['AVERAGE-BANDWIDTH', variant.averageBandwidth, rates.average],
          ['BANDWIDTH', variant.bandwidth, rates.peak],
        ] as const
        return faultsOf(pairs, ([name, declared, measured]) =>
          declared !== null && Math.abs(measured - declared) > 0.1 * declared
            ? `${measured} bit/s measured, ${name}=${declared}`
            : null,
        )
      })
    },
  },
  {
    id: 'M07',
    level: 'MUST',
    sentence: 'There is more than one bit rate.',
    judge: (seen) =>
      onMaster(seen, (variants) =>
        new Set(variants.map(({ bandwidth }) => bandwidth)).size > 1 ? [] : ['only one bit rate'],
      ),
  },
  {
    id: 'M07',
    level: 'SHOULD',
    sentence: 'All variants have one shape, and the first is the one nearest 2 Mbit/s.',
    judge: (seen) => onMaster(seen, orderFaults),
  },
  {
    id: 'M08',
    level: 'MUST',
    sentence: 'Sound is there in stereo, its channels change only at a DISCONTINUITY.',
    judge: judgeSound,
  },
  {
    id: 'M09',
    level: 'MUST',
    sentence: 'H.264 is at most High profile, level 5.2, and progressive.',
    judge: (seen) =>
      onVariants(seen, (_, segments) =>
        faultsOf(segments, ({ facts: { video } }) => {
          if (video === null) return null
          if (video.isInterlaced) return 'interlaced pictures are allowed by the SPS'
          const isHigh = HIGH_AT_MOST.has(video.profileIdc) && video.levelIdc <= 52
          return isHigh ? null : `${video.codecString} is beyond High 5.2`
        }),
      ),
  },
  {
    id: 'M10',
    level: 'SHOULD',
    sentence: 'For apps on cellular lines there is a variant of at most 192 kbit/s.',
    judge: (seen) =>
      onMaster(seen, (variants) => {
        const least = Math.min(...variants.map(({ bandwidth }) => bandwidth ?? 0))
        return least <= CELLULAR_BPS ? [] : [`the least has BANDWIDTH=${least}`]
      }),
  },
  {
    id: 'M11',
    level: 'SHOULD',
    sentence: 'There are I-frame playlists, for pictures while one winds.',
    judge: (seen) =>
      onMaster(seen, () =>
        (seen.master?.list.trickPlayCount ?? 0) > 0 ? [] : ['no EXT-X-I-FRAME-STREAM-INF'],
      ),
  },
  {
    id: 'M12',
    level: 'MUST',
    sentence: 'VIDEO-RANGE is SDR, HLG or PQ, the last two only with pictures of 10 bits.',
    judge: (seen) =>
      onVariants(seen, ({ videoRange }, segments) => {
        if (videoRange === null || videoRange === 'SDR') return null
        if (videoRange !== 'HLG' && videoRange !== 'PQ') return `VIDEO-RANGE=${videoRange}`
        return faultsOf(segments, ({ facts: { video } }) =>
          video === null || video.bitDepth >= 10
            ? null
            : `VIDEO-RANGE=${videoRange}, but pictures of ${video.bitDepth} bits`,
        )
      }),
  },
  {
    id: 'M13',
    level: 'GOAL',
    sentence: 'Every variant that is listed has segments.',
    judge: (seen) => {
      const faults = faultsOf(seen.renditions, (rendition) =>
        rendition.tracks.flat().some(({ list }) => list.segments.length > 0)
          ? null
          : `${rendition.name}: no segment`,
      )
      return finding(faults, seen.renditions.length, 'renditions', 'no rendition')
    },
  },
]

/** Baseline, Main, Extended and High (ITU-T H.264 Annex A.2). */
const HIGH_AT_MOST: ReadonlySet<number> = new Set([66, 77, 88, 100])
const NO_MASTER = 'the address is a media playlist'
const FIRST_BPS = 2_000_000
const CELLULAR_BPS = 192_000
const SHAPE_SLACK = 0.02

function onMaster(
  seen: Observation,
  look: (variants: readonly Variant[]) => readonly string[],
): Finding {
  if (seen.master === null) return finding([], 0, '', NO_MASTER)
  const { variants } = seen.master.list
  return finding(look(variants), variants.length, 'variants', NO_MASTER)
}

function onVariants(
  seen: Observation,
  look: (variant: Variant, segments: readonly ReadSegment[]) => string | readonly string[] | null,
): Finding {
  let read = 0
  const found = onMaster(seen, () =>
    faultsOf(seen.renditions, (rendition) =>
      faultsOf(rendition.variants, (variant) => {
        const segments = [rendition, ...soundOf(seen, variant)].flatMap(readSegments)
        read += segments.length
        return prefixed(rendition, look(variant, segments))
      }),
    ),
  )
  if (found.outcome !== 'ok') return found
  return finding([], read, 'segments compared', unreadReason(seen))
}

function onRates(
  seen: Observation,
  look: (
    variant: Variant,
    rates: { readonly average: number; readonly peak: number } | null,
  ) => string | readonly string[] | null,
): Finding {
  let seconds = 0
  const found = onMaster(seen, () =>
    faultsOf(seen.renditions, (rendition) =>
      faultsOf(rendition.variants, (variant) => {
        const sounds = soundOf(seen, variant)
        const average = averageOf(rendition)
        if (average === null) return prefixed(rendition, look(variant, null))
        seconds = Math.max(seconds, average.seconds)
        const more = (rate: (one: RenditionSeen) => number) => Math.max(0, ...sounds.map(rate))
        return prefixed(
          rendition,
          look(variant, {
            average: average.bps + more((one) => averageOf(one)?.bps ?? 0),
            peak: peakOf(rendition) + more(peakOf),
          }),
        )
      }),
    ),
  )
  if (found.outcome !== 'ok') return found
  return finding([], Math.round(seconds), 's measured', 'too few segments were downloaded')
}

/** The renditions of sound that a variant names apart from itself. */
function soundOf(seen: Observation, variant: Variant): readonly RenditionSeen[] {
  if (variant.audioGroup === null) return []
  return seen.renditions.filter(({ group }) => group === variant.audioGroup)
}

function prefixed(rendition: RenditionSeen, found: string | readonly string[] | null) {
  if (found === null) return null
  const faults = typeof found === 'string' ? [found] : found
  return faults.map((fault) => `${rendition.name}: ${fault}`)
}

/** ADTS names only the core of HE-AAC, so that 5 and 29 may be declared over 2. */
function isCodec(declared: string, found: string): boolean {
  if (declared.toLowerCase() === found.toLowerCase()) return true
  return found === 'mp4a.40.2' && /^mp4a\.40\.(5|29|02|05)$/i.test(declared)
}

/**
 * Declared is the highest rate (8216bis §4.4.6.2): not below the mean, not above the shortest gap.
 */
function frameRateFaults(
  variant: Variant,
  segments: readonly ReadSegment[],
): string | readonly string[] | null {
  const pictured = segments.filter(({ facts }) => facts.frameTicks !== null)
  if (pictured.length === 0) return null
  const { frameRate } = variant
  if (frameRate === null) return 'no FRAME-RATE'
  if (frameRate > 60) return `FRAME-RATE=${frameRate}`
  const usual = pictured.map(({ facts }) => 90_000 / (facts.frameTicks ?? 1))
  const shortest = pictured.map(({ facts }) => 90_000 / (facts.frameTicksMin ?? 1))
  const mean = meanRate(pictured)
  const [low, high] = [Math.min(mean, ...usual), Math.max(...shortest)]
  return frameRate < low * 0.98 || frameRate > high * 1.02
    ? `FRAME-RATE=${frameRate}, but ${mean.toFixed(3)} measured`
    : null
}

function meanRate(segments: readonly ReadSegment[]): number {
  let frames = 0
  let seconds = 0
  for (const [before, after] of neighbours(segments)) {
    if (after.listed.isDiscontinuity) continue
    frames += before.facts.frameCount
    seconds += before.listed.seconds
  }
  const [only] = segments
  if (seconds > 0) return frames / seconds
  return only === undefined ? 0 : only.facts.frameCount / only.listed.seconds
}

function orderFaults(variants: readonly Variant[]): readonly string[] {
  const faults: string[] = []
  const shapes = variants.flatMap(({ width, height }) =>
    width === null || height === null ? [] : [width / height],
  )
  const [shape] = shapes
  if (shape !== undefined && shapes.some((one) => Math.abs(one / shape - 1) > SHAPE_SLACK)) {
    faults.push('pictures of different shapes')
  }
  const distances = variants.map(({ bandwidth }) => Math.abs((bandwidth ?? 0) - FIRST_BPS))
  if ((distances[0] ?? 0) > Math.min(...distances)) {
    faults.push(`the first has BANDWIDTH=${variants[0]?.bandwidth ?? 'nothing'}`)
  }
  return faults
}

function judgeSound(seen: Observation): Finding {
  const read = seen.renditions.map((rendition) => ({
    rendition,
    segments: readSegments(rendition),
  }))
  const sounds = read.flatMap(({ segments }) =>
    segments.flatMap(({ facts }) => (facts.audio === null ? [] : [facts.audio])),
  )
  if (sounds.length === 0) return finding([], 0, '', 'no sound was read')
  const faults = [
    ...(sounds.some(({ channels }) => channels === 2) ? [] : ['no sound in stereo']),
    ...faultsOf(read, ({ rendition, segments }) =>
      faultsOf(neighbours(segments), ([before, after]) => {
        const [one, other] = [before.facts.audio, after.facts.audio]
        if (one === null || other === null || after.listed.isDiscontinuity) return null
        return one.channels === other.channels
          ? null
          : `${rendition.name}: ${one.channels} channels become ${other.channels} at ${after.listed.uri}`
      }),
    ),
  ]
  return finding(faults, sounds.length, 'segments with sound', 'no sound was read')
}
