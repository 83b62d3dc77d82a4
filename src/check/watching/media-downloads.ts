import {
  digestOf,
  isTs,
  type ListedPart,
  type ListedRange,
  type ListedSegment,
  type MediaList,
  readParts,
  readTs,
} from '../reading/index.ts'
import type { Fetcher } from './fetcher.ts'
import type { AgainSeen, HintSeen, MediaSeen, PartsSeen, RenditionSeen } from './observation.ts'

/** Of a window that was there before, only the newest are looked at. */
const FIRST_SEGMENTS = 4
const AT_ONCE_MAX = 24
const MEDIA_MS_MAX = 60_000
const MEDIA_BYTES_MAX = 128 * 2 ** 20
/** Segments whose parts are kept until they can be laid side by side. */
const JOINS_OPEN_MAX = 4
/** Of each kind of second look. */
const AGAIN_MAX = 4
/** One hint asked for among so many parts. */
const PARTS_PER_HINT = 4

interface OpenJoin {
  readonly parts: Map<number, Uint8Array>
  listed: readonly ListedPart[] | null
  segment: Uint8Array | null
}

/** Downloads the segments and parts of one rendition as they are listed, and looks into them. */
export class MediaDownloads {
  readonly #url: string
  readonly #fetcher: Fetcher
  readonly #running = new Set<Promise<void>>()
  readonly #segments: MediaSeen[] = []
  readonly #parts: MediaSeen[] = []
  readonly #again: AgainSeen[] = []
  readonly #hints: HintSeen[] = []
  readonly #joins: PartsSeen[] = []
  readonly #open = new Map<number, OpenJoin>()
  /** What was asked for, by address and range, with the digest once it is there. */
  readonly #digests = new Map<string, string | null>()
  #before: MediaList | null = null
  #nextMsn: number | null = null
  #joinFromMsn = 0
  #skippedCount = 0

  constructor(url: string, fetcher: Fetcher) {
    this.#url = url
    this.#fetcher = fetcher
  }

  /** How many listed things were left out, as the line or the budget was too small. */
  get skippedCount(): number {
    return this.#skippedCount
  }

  /** Starts to download whatever this version lists that none before did. */
  take(list: MediaList | null): void {
    if (list === null) return
    if (this.#nextMsn === null) {
      this.#nextMsn = Math.max(
        0,
        ...list.segments.slice(-FIRST_SEGMENTS, -FIRST_SEGMENTS + 1).map(({ msn }) => msn),
      )
      this.#joinFromMsn = (list.segments.at(-1)?.msn ?? -1) + 2
    }
    for (const segment of list.segments) {
      if (segment.msn < this.#nextMsn || segment.isGap) continue
      this.#nextMsn = segment.msn + 1
      this.#start(() => this.segment(segment, list))
    }
    for (const [msn, parts] of list.parts) {
      if (msn >= this.#joinFromMsn) this.#takeParts(msn, parts)
    }
    this.#takeHint(list)
    if (this.#before !== null) this.#takeGone(this.#before, list)
    this.#before = list
  }

  /** Resolves when nothing is on its way any more, after a second look at some segments. */
  async settle(): Promise<void> {
    await Promise.all(this.#running)
    const listed = new Set(this.#before?.segments.map(({ uri }) => uri))
    const still = this.#segments.filter(({ uri }) => listed.has(uri))
    for (const { uri, range } of still.slice(-2)) this.#lookAgain(uri, range, 'listed')
    await Promise.all(this.#running)
  }

  /** Downloads one segment and reads it. */
  async segment(listed: ListedSegment, list: MediaList): Promise<void> {
    const { uri, range, msn, seconds } = listed
    const { answer, bytes } = await this.#get(uri, range)
    const container = isTs(bytes) ? 'ts' : 'other'
    const isOk = answer.status === 200 || answer.status === 206
    const isReadable = isOk && container === 'ts' && !listed.isEncrypted
    const digest = digestOf(bytes)
    this.#digests.set(keyOf(uri, range), isOk ? digest : null)
    const facts = isReadable ? readTs(bytes) : null
    this.#segments.push({
      uri,
      range,
      msn,
      partIndex: null,
      seconds,
      answer,
      digest,
      container,
      facts,
    })
    const open = this.#open.get(msn)
    if (open === undefined || !isReadable) return
    open.segment = bytes
    open.listed = list.parts.get(msn) ?? null
    this.#join(msn, open)
  }

  seen(): Pick<RenditionSeen, 'segments' | 'parts' | 'again' | 'hints' | 'joins'> {
    return {
      segments: this.#segments,
      parts: this.#parts,
      again: this.#again,
      hints: this.#hints,
      joins: this.#joins,
    }
  }

  #takeParts(msn: number, parts: readonly ListedPart[]): void {
    for (const [partIndex, part] of parts.entries()) {
      const key = `part ${keyOf(part.uri, part.range)}`
      if (part.isGap || this.#digests.has(key)) continue
      this.#digests.set(key, null)
      this.#openJoin(msn)
      this.#start(() => this.#part(msn, partIndex, part, key))
    }
  }

  async #part(msn: number, partIndex: number, part: ListedPart, key: string): Promise<void> {
    const { uri, range, seconds } = part
    const { answer, bytes } = await this.#get(uri, range)
    const digest = digestOf(bytes)
    const container = isTs(bytes) ? 'ts' : 'other'
    this.#digests.set(key, digest)
    this.#parts.push({
      uri,
      range,
      msn,
      partIndex,
      seconds,
      answer,
      digest,
      container,
      facts: null,
    })
    const hinted = this.#hints.find((hint) => hint.uri === uri && hint.answer.isWhole)
    if (hinted !== undefined && range === null) {
      this.#again.push({ uri, what: 'hinted', digest, firstDigest: hinted.digest, answer })
    }
    const open = this.#open.get(msn)
    if (open === undefined || !answer.isWhole) return
    open.parts.set(partIndex, bytes)
    this.#join(msn, open)
  }

  /** Compares parts and segment as soon as all are there; all of MPEG-TS, or nothing is said. */
  #join(msn: number, open: OpenJoin): void {
    const { segment, listed, parts } = open
    if (segment === null || listed === null || listed.some(({ isGap }) => isGap)) return
    const bytes = listed.flatMap((_, at) => parts.get(at) ?? [])
    if (bytes.length !== listed.length) return
    this.#open.delete(msn)
    const isIndependent = listed.map((part) => part.isIndependent)
    this.#joins.push({ msn, facts: readParts(bytes, segment), isIndependent })
  }

  #openJoin(msn: number): void {
    if (this.#open.has(msn)) return
    this.#open.set(msn, { parts: new Map(), listed: null, segment: null })
    for (const older of this.#open.keys()) {
      if (this.#open.size <= JOINS_OPEN_MAX) break
      this.#open.delete(older)
    }
  }

  #takeHint(list: MediaList): void {
    const hint = list.hints.find(({ type, rangeStart }) => type === 'PART' && rangeStart === null)
    if (hint === undefined || this.#digests.has(`hint ${hint.uri}`)) return
    if (this.#hints.length * PARTS_PER_HINT > this.#parts.length) return
    this.#digests.set(`hint ${hint.uri}`, null)
    this.#start(async () => {
      const { answer, bytes } = await this.#get(hint.uri, null)
      this.#hints.push({ uri: hint.uri, answer, digest: digestOf(bytes) })
    })
  }

  /** What the version before listed and this one does not any more. */
  #takeGone(before: MediaList, list: MediaList): void {
    const countOf = (what: AgainSeen['what']) =>
      this.#again.filter((again) => again.what === what).length
    for (const { msn, uri, range, isGap } of before.segments) {
      if (msn >= list.mediaSequence) break
      if (!isGap && countOf('removed segment') < AGAIN_MAX) {
        this.#lookAgain(uri, range, 'removed segment')
      }
    }
    for (const [msn, parts] of before.parts) {
      const [part] = parts
      if (list.parts.has(msn) || part === undefined || part.isGap) continue
      if (countOf('dropped part') < AGAIN_MAX) this.#lookAgain(part.uri, part.range, 'dropped part')
    }
  }

  #lookAgain(uri: string, range: ListedRange | null, what: AgainSeen['what']): void {
    const key = keyOf(uri, range)
    const known = this.#digests.get(what === 'dropped part' ? `part ${key}` : key) ?? null
    this.#start(async () => {
      const { answer, bytes } = await this.#get(uri, range)
      const digest = digestOf(bytes)
      this.#again.push({ uri, what, digest, firstDigest: known ?? digest, answer })
    })
  }

  #start(work: () => Promise<void>): void {
    if (this.#running.size >= AT_ONCE_MAX || !this.#fetcher.hasBudget) {
      this.#skippedCount += 1
      return
    }
    const running = work().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #get(uri: string, range: ListedRange | null) {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' }
    if (range !== null)
      headers['range'] = `bytes=${range.offset}-${range.offset + range.byteCount - 1}`
    const url = new URL(uri, this.#url).href
    const limits = { timeoutMs: MEDIA_MS_MAX, bytesMax: MEDIA_BYTES_MAX }
    const { answer, bytes } = await this.#fetcher.fetch(url, { headers, ...limits })
    if (range === null || answer.status !== 200) return { answer, bytes }
    // Ranges are not known there and all of it came: that is one fault, not one in every rule.
    const piece = bytes.subarray(range.offset, range.offset + range.byteCount)
    return { answer: { ...answer, byteCount: piece.byteLength }, bytes: piece }
  }
}

function keyOf(uri: string, range: ListedRange | null): string {
  return range === null ? uri : `${uri} ${range.offset}+${range.byteCount}`
}
