import { characterFaults, parseAttributes, parseNumber, splitTag } from './attributes.ts'

/** A piece of a resource. */
export interface ListedRange {
  readonly offset: number
  readonly byteCount: number
}

export interface ListedPart {
  readonly uri: string
  readonly seconds: number
  readonly isIndependent: boolean
  readonly isGap: boolean
  readonly range: ListedRange | null
}

/** One segment as it is listed. Its parts are kept apart, as they go while it stays. */
export interface ListedSegment {
  /** Media sequence number. */
  readonly msn: number
  readonly uri: string
  readonly seconds: number
  /** Of its own PROGRAM-DATE-TIME tag, ms since 1970; null without one, NaN when it is no date. */
  readonly dateMs: number | null
  /** Discontinuity sequence number. */
  readonly discontinuity: number
  readonly isDiscontinuity: boolean
  readonly isGap: boolean
  readonly range: ListedRange | null
  readonly mapUri: string | null
  readonly isEncrypted: boolean
}

/** EXT-X-SERVER-CONTROL (8216bis §4.4.3.8); seconds, null where it says nothing. */
export interface ServerControl {
  readonly text: string
  readonly canBlock: boolean
  readonly canSkipUntil: number | null
  readonly holdBack: number | null
  readonly partHoldBack: number | null
}

export interface PreloadHint {
  readonly type: string
  readonly uri: string
  readonly rangeStart: number | null
}

export interface RenditionReport {
  readonly uri: string
  readonly lastMsn: number | null
  readonly lastPart: number | null
}

/** What one media playlist says; null stands for an absent tag. */
export interface MediaList {
  readonly targetSeconds: number | null
  readonly mediaSequence: number
  readonly discontinuitySequence: number | null
  readonly version: number | null
  readonly type: string | null
  readonly isEnded: boolean
  readonly isIndependent: boolean
  readonly partTarget: number | null
  readonly control: ServerControl | null
  /** SKIPPED-SEGMENTS; null in a whole playlist. */
  readonly skipped: number | null
  readonly segments: readonly ListedSegment[]
  /** By media sequence number; the last may belong to a segment that is not whole yet. */
  readonly parts: ReadonlyMap<number, readonly ListedPart[]>
  /** What the next segment is known to be so far: its parts are listed, it is not. */
  readonly openMsn: number | null
  /** EXT-X-MAP that holds at its end; null without one. */
  readonly openMapUri: string | null
  readonly hints: readonly PreloadHint[]
  readonly reports: readonly RenditionReport[]
  /** The protocol version that its tags need (8216bis §8), 1 for none. */
  readonly versionNeeded: number
  /** What no reader could make sense of. */
  readonly grammarFaults: readonly string[]
  readonly characterFaults: readonly string[]
  /** Tags of a segment that come only after its first part. */
  readonly lateTags: readonly string[]
}

/** Segments beyond this are not read: no honest playlist has so many. */
const SEGMENTS_MAX = 50_000

/**
 * Reads a media playlist, RFC 8216 §4.3 and 8216bis §4.4.4-5. Never throws: what is wrong is said
 * in the lists of faults.
 *
 * @param before the version before: segments that are the same are the same objects, so that
 *   thousands of versions stay small.
 */
export function parseMediaList(text: string, before: MediaList | null = null): MediaList {
  const reading = new Reading(text, before)
  for (const line of text.split(/\r?\n/)) reading.line(line)
  return reading.finish(text)
}

/** Seconds that the listed segments last together. */
export function listedSeconds(list: MediaList): number {
  return list.segments.reduce((sum, segment) => sum + segment.seconds, 0)
}

/** The newest thing listed: the last part of the open segment, or the last whole segment. */
export function lastOf(list: MediaList): { readonly msn: number; readonly part: number | null } {
  if (list.openMsn !== null) {
    return { msn: list.openMsn, part: (list.parts.get(list.openMsn)?.length ?? 0) - 1 }
  }
  const msn = list.mediaSequence + (list.skipped ?? 0) + list.segments.length - 1
  const parts = list.parts.get(msn)?.length ?? 0
  return { msn, part: parts === 0 ? null : parts - 1 }
}

/** Media sequence number of the last whole segment; one less than the first when there is none. */
export function lastMsnOf(list: MediaList): number {
  return list.mediaSequence + (list.skipped ?? 0) + list.segments.length - 1
}

/** Tags that may stand only once in a playlist. */
const ONCE = new Set([
  'EXT-X-VERSION',
  'EXT-X-TARGETDURATION',
  'EXT-X-MEDIA-SEQUENCE',
  'EXT-X-DISCONTINUITY-SEQUENCE',
  'EXT-X-PLAYLIST-TYPE',
  'EXT-X-ENDLIST',
  'EXT-X-PART-INF',
  'EXT-X-SERVER-CONTROL',
  'EXT-X-SKIP',
])

interface Open {
  seconds: number | null
  dateMs: number | null
  isDiscontinuity: boolean
  isGap: boolean
  range: string | null
  parts: ListedPart[]
}

class Reading {
  readonly #known: ReadonlyMap<string, ListedSegment>
  readonly #tags = new Map<string, string>()
  readonly #segments: ListedSegment[] = []
  readonly #parts = new Map<number, readonly ListedPart[]>()
  readonly #hints: PreloadHint[] = []
  readonly #reports: RenditionReport[] = []
  readonly #faults: string[] = []
  readonly #lateTags: string[] = []
  readonly #rangeEnds = new Map<string, number>()
  #open: Open = emptyOpen()
  #discontinuity = 0
  #mapUri: string | null = null
  #isEncrypted = false
  #versionNeeded = 1

  constructor(text: string, before: MediaList | null) {
    this.#known = new Map(before?.segments.map((segment) => [segment.uri, segment]))
    this.#discontinuity = Number(/^#EXT-X-DISCONTINUITY-SEQUENCE:(\d+)/m.exec(text)?.[1] ?? 0)
  }

  line(line: string): void {
    if (line === '') return
    const tag = splitTag(line)
    if (tag !== null) this.#tag(tag.name, tag.value)
    else if (!line.startsWith('#')) this.#segment(line)
  }

  finish(text: string): MediaList {
    const tag = (name: string) => this.#tags.get(name)
    if (!/^#EXTM3U\r?\n/.test(text)) this.#faults.push('does not start with #EXTM3U')
    if (!text.endsWith('\n')) this.#faults.push('its last line is cut short')
    if (this.#open.seconds !== null) this.#faults.push('its last EXTINF has no URI')
    const targetSeconds = parseNumber(tag('EXT-X-TARGETDURATION'))
    if (targetSeconds === null) this.#faults.push('has no TARGETDURATION')
    const openMsn = this.#open.parts.length > 0 ? this.#msn() : null
    if (openMsn !== null) this.#parts.set(openMsn, this.#open.parts)
    const skip = tag('EXT-X-SKIP')
    return {
      targetSeconds,
      mediaSequence: parseNumber(tag('EXT-X-MEDIA-SEQUENCE')) ?? 0,
      discontinuitySequence: parseNumber(tag('EXT-X-DISCONTINUITY-SEQUENCE')),
      version: parseNumber(tag('EXT-X-VERSION')),
      type: tag('EXT-X-PLAYLIST-TYPE') ?? null,
      isEnded: tag('EXT-X-ENDLIST') !== undefined,
      isIndependent: tag('EXT-X-INDEPENDENT-SEGMENTS') !== undefined,
      partTarget: parseNumber(parseAttributes(tag('EXT-X-PART-INF') ?? '').get('PART-TARGET')),
      control: parseControl(tag('EXT-X-SERVER-CONTROL')),
      skipped: skip === undefined ? null : this.#skipped(),
      segments: this.#segments,
      parts: this.#parts,
      openMsn,
      openMapUri: this.#mapUri,
      hints: this.#hints,
      reports: this.#reports,
      versionNeeded: this.#versionNeeded,
      grammarFaults: this.#faults,
      characterFaults: characterFaults(text),
      lateTags: this.#lateTags,
    }
  }

  #tag(name: string, value: string): void {
    if (ONCE.has(name) && this.#tags.has(name)) this.#faults.push(`has ${name} twice`)
    this.#tags.set(name, value)
    if (this.#segmentTag(name, value)) return
    const attributes = parseAttributes(value)
    const uri = attributes.get('URI') ?? ''
    switch (name) {
      case 'EXT-X-PART':
        this.#part(attributes)
        break
      case 'EXT-X-PRELOAD-HINT': {
        const rangeStart = parseNumber(attributes.get('BYTERANGE-START'))
        this.#hints.push({ type: attributes.get('TYPE') ?? '', uri, rangeStart })
        break
      }
      case 'EXT-X-RENDITION-REPORT': {
        const lastMsn = parseNumber(attributes.get('LAST-MSN'))
        this.#reports.push({ uri, lastMsn, lastPart: parseNumber(attributes.get('LAST-PART')) })
        break
      }
      case 'EXT-X-SKIP':
        this.#need(attributes.has('RECENTLY-REMOVED-DATERANGES') ? 10 : 9)
        break
      case 'EXT-X-DEFINE':
        this.#need(8)
        break
      case 'EXT-X-KEY':
        this.#isEncrypted = attributes.get('METHOD') !== 'NONE'
        if (attributes.has('IV')) this.#need(2)
        if (attributes.has('KEYFORMAT')) this.#need(5)
        break
      case 'EXT-X-MAP':
        this.#late(name)
        this.#mapUri = uri
        this.#need(6)
        break
      case 'EXT-X-I-FRAMES-ONLY':
        this.#need(4)
        break
      case 'EXT-X-STREAM-INF':
        this.#faults.push('has tags of a multivariant playlist')
        break
    }
  }

  /** Tags that say something of the next segment; false for all others. */
  #segmentTag(name: string, value: string): boolean {
    const open = this.#open
    switch (name) {
      case 'EXTINF': {
        open.seconds = parseNumber(value.split(',')[0])
        if (open.seconds === null) this.#faults.push(`cannot be read: EXTINF:${value}`)
        if (value.includes('.')) this.#need(3)
        return true
      }
      case 'EXT-X-PROGRAM-DATE-TIME':
        this.#late(name)
        open.dateMs = Date.parse(value)
        return true
      case 'EXT-X-DISCONTINUITY':
        this.#late(name)
        open.isDiscontinuity = true
        this.#discontinuity += 1
        return true
      case 'EXT-X-GAP':
        open.isGap = true
        return true
      case 'EXT-X-BYTERANGE':
        this.#need(4)
        open.range = value
        return true
      default:
        return false
    }
  }

  #part(attributes: ReadonlyMap<string, string>): void {
    const seconds = parseNumber(attributes.get('DURATION'))
    const uri = attributes.get('URI')
    if (seconds === null || uri === undefined) {
      this.#faults.push('has a PART without DURATION or URI')
      return
    }
    this.#open.parts.push({
      uri,
      seconds,
      isIndependent: attributes.get('INDEPENDENT') === 'YES',
      isGap: attributes.get('GAP') === 'YES',
      range: this.#range(uri, attributes.get('BYTERANGE')),
    })
  }

  #segment(uri: string): void {
    const { seconds, dateMs, isDiscontinuity, isGap, range, parts } = this.#open
    const msn = this.#msn()
    this.#open = emptyOpen()
    if (seconds === null) this.#faults.push(`${uri} has no EXTINF`)
    if (this.#segments.length >= SEGMENTS_MAX) return
    if (parts.length > 0) this.#parts.set(msn, parts)
    const segment: ListedSegment = {
      msn,
      uri,
      seconds: seconds ?? 0,
      dateMs,
      discontinuity: this.#discontinuity,
      isDiscontinuity,
      isGap,
      range: range === null ? null : this.#range(uri, range),
      mapUri: this.#mapUri,
      isEncrypted: this.#isEncrypted,
    }
    const known = this.#known.get(uri)
    const isKnown = known !== undefined && segmentChange(known, segment) === null
    this.#segments.push(isKnown ? known : segment)
  }

  /** Without an offset it goes on where the piece before ended (RFC 8216 §4.3.2.2). */
  #range(uri: string, text: string | undefined): ListedRange | null {
    const [, count, from] = /^(\d+)(?:@(\d+))?$/.exec(text ?? '') ?? []
    if (count === undefined) return null
    const offset = from === undefined ? (this.#rangeEnds.get(uri) ?? 0) : Number(from)
    this.#rangeEnds.set(uri, offset + Number(count))
    return { offset, byteCount: Number(count) }
  }

  #msn(): number {
    const first = parseNumber(this.#tags.get('EXT-X-MEDIA-SEQUENCE')) ?? 0
    return first + this.#skipped() + this.#segments.length
  }

  #skipped(): number {
    const attributes = parseAttributes(this.#tags.get('EXT-X-SKIP') ?? '')
    return parseNumber(attributes.get('SKIPPED-SEGMENTS')) ?? 0
  }

  #late(name: string): void {
    if (this.#open.parts.length > 0) this.#lateTags.push(`${name} of segment ${this.#msn()}`)
  }

  #need(version: number): void {
    this.#versionNeeded = Math.max(this.#versionNeeded, version)
  }
}

/** What differs between two listings of one segment, in words; null when nothing does. */
export function segmentChange(before: ListedSegment, after: ListedSegment): string | null {
  if (before === after) return null
  if (before.msn !== after.msn) return `number ${before.msn} became ${after.msn}`
  if (before.uri !== after.uri) return `URI became ${after.uri}`
  if (before.seconds !== after.seconds) return `duration ${before.seconds} became ${after.seconds}`
  if (!Object.is(before.dateMs, after.dateMs)) return 'date changed'
  if (before.discontinuity !== after.discontinuity) {
    return `discontinuity number ${before.discontinuity} became ${after.discontinuity}`
  }
  if (before.isGap !== after.isGap) return 'GAP changed'
  if (before.mapUri !== after.mapUri) return 'MAP changed'
  if (before.isEncrypted !== after.isEncrypted) return 'KEY changed'
  const [one, other] = [before.range, after.range]
  return one?.offset === other?.offset && one?.byteCount === other?.byteCount
    ? null
    : 'BYTERANGE changed'
}

function emptyOpen(): Open {
  return {
    seconds: null,
    dateMs: null,
    isDiscontinuity: false,
    isGap: false,
    range: null,
    parts: [],
  }
}

function parseControl(text: string | undefined): ServerControl | null {
  if (text === undefined) return null
  const attributes = parseAttributes(text)
  return {
    text,
    canBlock: attributes.get('CAN-BLOCK-RELOAD') === 'YES',
    canSkipUntil: parseNumber(attributes.get('CAN-SKIP-UNTIL')),
    holdBack: parseNumber(attributes.get('HOLD-BACK')),
    partHoldBack: parseNumber(attributes.get('PART-HOLD-BACK')),
  }
}
