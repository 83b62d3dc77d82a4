import * as hlsParser from 'hls-parser'
import { Parser } from 'm3u8-parser'
import type { MediaList } from './media-list.ts'

/** What both parsers understand of a media playlist, in one form. */
interface Reading {
  readonly targetSeconds: number | null
  readonly mediaSequence: number
  readonly isEnded: boolean
  readonly segments: readonly string[]
}

/**
 * How two parsers by others and ours disagree about a whole media playlist, in words; empty when
 * all three read the same. Delta updates are no playlists of their own and are not given here.
 */
export function parserFaults(text: string, list: MediaList): readonly string[] {
  const ours = readingOf(list)
  const faults: string[] = []
  for (const [name, read] of [
    ['hls-parser', readByHlsParser],
    ['m3u8-parser', readByM3u8Parser],
  ] as const) {
    const theirs = attempt(() => read(text))
    if (typeof theirs === 'string') faults.push(`${name} refuses it: ${theirs}`)
    else faults.push(...differences(name, theirs, ours))
  }
  return faults
}

/** As `parserFaults`, for a multivariant playlist: the same variants in the same order. */
export function masterParserFaults(text: string, uris: readonly string[]): readonly string[] {
  const faults: string[] = []
  const byHlsParser = attempt(() => {
    const playlist = parseQuietly(text)
    // Variants of trick play have no line of their own.
    return playlist.isMasterPlaylist && 'variants' in playlist
      ? playlist.variants.filter((variant) => variant.isIFrameOnly !== true).map(({ uri }) => uri)
      : []
  })
  const byM3u8Parser = attempt(() => {
    const parser = new Parser()
    parser.push(text)
    parser.end()
    return (parser.manifest.playlists ?? []).map(({ uri }) => uri)
  })
  for (const [name, theirs] of [
    ['hls-parser', byHlsParser],
    ['m3u8-parser', byM3u8Parser],
  ] as const) {
    if (typeof theirs === 'string') faults.push(`${name} refuses it: ${theirs}`)
    else if (theirs.join() !== uris.join()) faults.push(`${name} reads other variants`)
  }
  return faults
}

function readByHlsParser(text: string): Reading {
  const playlist = parseQuietly(text)
  if (playlist.isMasterPlaylist || !('segments' in playlist)) return NOTHING
  return {
    targetSeconds: playlist.targetDuration,
    mediaSequence: playlist.mediaSequenceBase ?? 0,
    isEnded: playlist.endlist,
    // The parts of a segment that is not whole yet make one without an address.
    segments: playlist.segments
      .filter((segment) => segment.uri !== undefined && segment.uri !== '')
      .map((segment) => segmentText(segment.uri, segment.duration, segment.discontinuity)),
  }
}

/** What it takes for bad style it would print; here only what it reads counts. */
function parseQuietly(text: string): ReturnType<typeof hlsParser.parse> {
  hlsParser.setOptions({ silent: true })
  return hlsParser.parse(text)
}

function readByM3u8Parser(text: string): Reading {
  const parser = new Parser()
  parser.push(text)
  parser.end()
  const { targetDuration, mediaSequence, endList, segments = [] } = parser.manifest
  const whole = segments.filter((segment) => segment.uri !== undefined)
  const starts = new Set(parser.manifest.discontinuityStarts)
  return {
    targetSeconds: targetDuration ?? null,
    mediaSequence: mediaSequence ?? 0,
    isEnded: endList ?? false,
    segments: whole.map(({ uri, duration }, at) => segmentText(uri, duration, starts.has(at))),
  }
}

const NOTHING: Reading = { targetSeconds: null, mediaSequence: 0, isEnded: false, segments: [] }

function readingOf(list: MediaList): Reading {
  return {
    targetSeconds: list.targetSeconds,
    mediaSequence: list.mediaSequence,
    isEnded: list.isEnded,
    segments: list.segments.map(({ uri, seconds, isDiscontinuity }) =>
      segmentText(uri, seconds, isDiscontinuity),
    ),
  }
}

function segmentText(uri: string, seconds: number, isDiscontinuity: boolean | undefined): string {
  return `${uri} ${seconds.toFixed(3)}${isDiscontinuity === true ? ' behind a discontinuity' : ''}`
}

function differences(name: string, theirs: Reading, ours: Reading): readonly string[] {
  const faults: string[] = []
  for (const key of ['targetSeconds', 'mediaSequence', 'isEnded'] as const) {
    if (theirs[key] !== ours[key]) faults.push(`${name} reads ${key} as ${theirs[key]}`)
  }
  const at = ours.segments.findIndex((segment, index) => segment !== theirs.segments[index])
  if (at !== -1) {
    faults.push(`${name} reads "${theirs.segments[at]}" for "${ours.segments[at]}"`)
  } else if (theirs.segments.length !== ours.segments.length) {
    faults.push(`${name} reads ${theirs.segments.length} segments for ${ours.segments.length}`)
  }
  return faults
}

/** What `read` gives, or the message it failed with: to fail is an answer here. */
function attempt<T>(read: () => T): T | string {
  try {
    return read()
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}
