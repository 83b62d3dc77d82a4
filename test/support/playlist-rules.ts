/**
 * Judges live media playlists from outside, with a reader of its own: what one text must hold
 * (`playlistFaults`) and what may follow what (`PlaylistWatch`). Rules H02 to H09, H12, H14, H22,
 * H23, and of the parts LL01, LL02, LL05, LL13, LL19, LL21.
 */

/** One part as a playlist lists it. */
export interface ListedPart {
  readonly uri: string
  readonly seconds: number
  readonly isIndependent: boolean
  /** There is nothing to be had. */
  readonly isGap: boolean
}

/** One segment as a playlist lists it. */
export interface ListedSegment {
  readonly msn: number
  readonly uri: string
  /** Of one that is not complete: of its parts so far. */
  readonly seconds: number
  readonly parts: readonly ListedPart[]
  readonly dateMs: number | null
  /** Discontinuity sequence number. */
  readonly discontinuity: number
  readonly isGap: boolean
}

/** Only parts of it are listed so far. */
export type OpenSegment = Omit<ListedSegment, 'uri'> & { readonly uri: null }

export interface Listed {
  readonly targetSeconds: number
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  readonly version: number
  readonly type: string | null
  readonly isEnded: boolean
  /** Left out by EXT-X-SKIP. */
  readonly skipped: number
  /** Seconds; null: no low latency. */
  readonly partTarget: number | null
  readonly partHoldBack: number | null
  readonly holdBack: number | null
  readonly skipUntil: number | null
  readonly hint: string | null
  readonly segments: readonly ListedSegment[]
  /** The one that is being made, with its parts so far; null: nothing of it is listed. */
  readonly open: OpenSegment | null
}

/** Reads a media playlist; lenient, as the rules below do the judging. */
export function parseListed(text: string): Listed {
  const number = (tag: string) => Number(new RegExp(`^#${tag}:(\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  const control = (name: string) => {
    const found = new RegExp(`^#EXT-X-SERVER-CONTROL:.*?\\b${name}=([\\d.]+)`, 'm').exec(text)?.[1]
    return found === undefined ? null : Number(found)
  }
  const mediaSequence = number('EXT-X-MEDIA-SEQUENCE')
  const skipped = Number(/^#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)$/m.exec(text)?.[1] ?? 0)
  const { segments, open } = readSegments(text, {
    msn: mediaSequence + skipped,
    discontinuity: number('EXT-X-DISCONTINUITY-SEQUENCE'),
  })
  const partTarget = /^#EXT-X-PART-INF:PART-TARGET=([\d.]+)$/m.exec(text)?.[1]
  return {
    targetSeconds: number('EXT-X-TARGETDURATION'),
    mediaSequence,
    discontinuitySequence: number('EXT-X-DISCONTINUITY-SEQUENCE'),
    version: number('EXT-X-VERSION'),
    type: /^#EXT-X-PLAYLIST-TYPE:(.*)$/m.exec(text)?.[1] ?? null,
    isEnded: /^#EXT-X-ENDLIST$/m.test(text),
    skipped,
    partTarget: partTarget === undefined ? null : Number(partTarget),
    partHoldBack: control('PART-HOLD-BACK'),
    // The name of the other ends the same way.
    holdBack: control('(?<!PART-)HOLD-BACK'),
    skipUntil: control('CAN-SKIP-UNTIL'),
    hint: /^#EXT-X-PRELOAD-HINT:TYPE=PART,URI="(.*)"$/m.exec(text)?.[1] ?? null,
    segments,
    open,
  }
}

function readSegments(
  text: string,
  first: { readonly msn: number; readonly discontinuity: number },
) {
  const segments: ListedSegment[] = []
  let discontinuity = first.discontinuity
  let seconds: number | null = null
  let dateMs: number | null = null
  let isGap = false
  let parts: ListedPart[] = []
  const next = (lasts: number) => {
    const msn = first.msn + segments.length
    return { msn, seconds: lasts, parts, dateMs, discontinuity, isGap }
  }
  for (const line of text.split(/\r?\n/)) {
    if (line === '#EXT-X-DISCONTINUITY') discontinuity += 1
    if (line === '#EXT-X-GAP') isGap = true
    if (line.startsWith('#EXTINF:')) seconds = Number.parseFloat(line.slice(8))
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) dateMs = Date.parse(line.slice(25))
    if (line.startsWith('#EXT-X-PART:')) parts.push(readPart(line))
    if (line === '' || line.startsWith('#') || seconds === null) continue
    segments.push({ uri: line, ...next(seconds) })
    seconds = null
    dateMs = null
    isGap = false
    parts = []
  }
  const open: OpenSegment | null =
    parts.length === 0 ? null : { uri: null, ...next(totalSeconds(parts)) }
  return { segments, open }
}

function readPart(line: string): ListedPart {
  return {
    uri: /URI="(.*?)"/.exec(line)?.[1] ?? '',
    seconds: Number(/DURATION=([\d.]+)/.exec(line)?.[1]),
    isIndependent: line.includes('INDEPENDENT=YES'),
    isGap: line.includes('GAP=YES'),
  }
}

function totalSeconds(listed: readonly { readonly seconds: number }[]): number {
  return listed.reduce((sum, { seconds }) => sum + seconds, 0)
}

/** Everything wrong with one media playlist by itself; empty when it is right. */
export function playlistFaults(text: string): readonly string[] {
  const faults: string[] = []
  const listed = parseListed(text)
  if (!text.startsWith('#EXTM3U\n')) faults.push('does not start with #EXTM3U [H01]')
  if (!text.endsWith('\n')) faults.push('its last line is cut short [H01]')
  if (hasControlCharacter(text)) faults.push('has a BOM or control characters [H23]')
  if (listed.targetSeconds < 1) faults.push('has no target duration [H02]')
  if (!text.includes('#EXT-X-DISCONTINUITY-SEQUENCE:')) {
    faults.push('has no discontinuity sequence [H12]')
  }
  let before: ListedSegment | null = null
  for (const segment of listed.segments) {
    if (Math.round(segment.seconds) > listed.targetSeconds) {
      faults.push(`${segment.uri} lasts ${segment.seconds} s, over the target [H03]`)
    }
    faults.push(...dateFaults(before, segment))
    before = segment
  }
  if (listed.open !== null) faults.push(...dateFaults(before, listed.open))
  return [...faults, ...partFaults(listed)]
}

/** So much may the texts of durations differ from what they say, seconds. */
const GRAIN_S = 0.000_01

/** What is wrong with the parts of one playlist. */
function partFaults(listed: Listed): readonly string[] {
  const { partTarget, partHoldBack, holdBack, skipUntil, targetSeconds, open } = listed
  const segments = open === null ? listed.segments : [...listed.segments, open]
  if (partTarget === null) {
    return segments.some(({ parts }) => parts.length > 0) ? ['has parts, no PART-INF [LL01]'] : []
  }
  const faults: string[] = []
  if ((partHoldBack ?? 0) < 3 * partTarget - GRAIN_S) faults.push('PART-HOLD-BACK is short [LL01]')
  if ((holdBack ?? 0) < 3 * targetSeconds) faults.push('HOLD-BACK is short [LL19]')
  if (skipUntil !== null && skipUntil < 6 * targetSeconds)
    faults.push('CAN-SKIP-UNTIL is short [LL19]')
  if (listed.isEnded && listed.hint !== null) faults.push('hints behind its end [H09]')
  let behindS = open?.seconds ?? 0
  for (const { uri, parts, seconds } of listed.segments.toReversed()) {
    if (parts.length > 0 && behindS > 3 * targetSeconds + GRAIN_S) {
      faults.push(`${uri} lists parts ${behindS} s before the end [LL05]`)
    }
    if (parts.length > 0 && Math.abs(totalSeconds(parts) - seconds) > GRAIN_S * parts.length) {
      faults.push(`the parts of ${uri} last ${totalSeconds(parts)} of ${seconds} s [LL04]`)
    }
    behindS += seconds
  }
  for (const { parts, uri } of segments) {
    for (const [index, part] of parts.entries()) {
      const isExcused = part.isIndependent || (uri !== null && index === parts.length - 1)
      const isShort = part.seconds < 0.85 * partTarget - GRAIN_S && !isExcused
      if (isShort || part.seconds > partTarget + GRAIN_S) {
        faults.push(`${part.uri} lasts ${part.seconds} of ${partTarget} s [LL02]`)
      }
    }
    const [first] = parts
    if (first?.isIndependent === false && !first.isGap) {
      faults.push(`${uri} begins with no IDR [LL21]`)
    }
  }
  return faults
}

/**
 * What a delta update stands for: the skipped segments as `previous` has them, then its own. These
 * count discontinuities on from the last skipped one, since the tags of what is skipped are not in
 * its text. Throws when the two do not fit together. [LL19]
 */
export function mergeDelta(
  previous: Listed,
  delta: Listed,
): { readonly segments: readonly ListedSegment[]; readonly open: OpenSegment | null } {
  const skipped = Array.from({ length: delta.skipped }, (_, index) => {
    const msn = delta.mediaSequence + index
    const known = previous.segments.find((segment) => segment.msn === msn)
    if (known === undefined) throw new RangeError(`${msn} is skipped but was not known [LL19]`)
    return known
  })
  const counted = skipped.at(-1)?.discontinuity ?? delta.discontinuitySequence
  const carryOn = <T extends ListedSegment | OpenSegment>(segment: T): T => ({
    ...segment,
    discontinuity: segment.discontinuity + counted - delta.discontinuitySequence,
  })
  return {
    segments: [...skipped, ...delta.segments.map(carryOn)],
    open: delta.open === null ? null : carryOn(delta.open),
  }
}

/** Watches one live playlist over its life. Give it every text that was served, in order. */
export class PlaylistWatch {
  readonly faults: string[] = []
  #before: Listed | null = null
  #beforeText = ''
  /** Every URI ever listed, with the number it stood for. */
  readonly #numbers = new Map<string, number>()

  see(text: string): void {
    if (text === this.#beforeText) return
    const after = parseListed(text)
    this.faults.push(...playlistFaults(text))
    if (after.type !== null && !(after.type === 'VOD' && after.isEnded)) {
      this.faults.push(`a live playlist has type ${after.type} [H22]`)
    }
    for (const { uri, msn } of after.segments) {
      const known = this.#numbers.get(uri)
      if (known !== undefined && known !== msn) this.faults.push(`${uri} was ${known} [H26]`)
      this.#numbers.set(uri, msn)
    }
    if (this.#before !== null) this.faults.push(...successorFaults(this.#before, after))
    this.#before = after
    this.#beforeText = text
  }
}

/** Everything that makes `after` no legal successor of `before`. [H04] */
export function successorFaults(before: Listed, after: Listed): readonly string[] {
  const faults: string[] = []
  if (before.isEnded) faults.push('changed after ENDLIST [H09]')
  if (after.targetSeconds !== before.targetSeconds) faults.push('target duration changed [H02]')
  if (after.version !== before.version) faults.push('version changed [H04]')
  if (after.mediaSequence < before.mediaSequence) faults.push('media sequence fell [H05]')
  if (after.discontinuitySequence < before.discontinuitySequence) {
    faults.push('discontinuity sequence fell [H12]')
  }
  if (after.partTarget !== before.partTarget) faults.push('PART-TARGET changed [LL02]')
  const now = after.open === null ? after.segments : [...after.segments, after.open]
  const later = new Map(now.map((segment) => [segment.msn, segment]))
  const then = before.open === null ? before.segments : [...before.segments, before.open]
  for (const segment of then) {
    if (segment.msn < after.mediaSequence) continue
    const same = later.get(segment.msn)
    const name = segment.uri ?? `the open segment ${segment.msn}`
    if (same === undefined) faults.push(`${name} went from the end [H04]`)
    else if (!isSuccessor(segment, same, isPastParts(same, now, after.targetSeconds))) {
      faults.push(`${name} changed to ${JSON.stringify(same)} [H04]`)
    }
  }
  if (after.mediaSequence > before.mediaSequence) {
    const isShort = totalSeconds(after.segments) < 3 * after.targetSeconds - GRAIN_S
    if (isShort) faults.push('removal left under 3 targets [H07]')
    if (after.segments.length < 6) faults.push('removal left under 6 segments [H07]')
  }
  return faults
}

/**
 * Whether parts of it need not be listed any more: some of it is further from the end than three
 * targets.
 */
function isPastParts(
  segment: ListedSegment | OpenSegment,
  now: readonly (ListedSegment | OpenSegment)[],
  targetSeconds: number,
): boolean {
  return totalSeconds(now.filter(({ msn }) => msn >= segment.msn)) > 3 * targetSeconds
}

/**
 * A complete segment may only lose its parts, all at once; an open one only gets more, or complete,
 * and may have lost them when it was not looked at for long.
 */
function isSuccessor(
  before: ListedSegment | OpenSegment,
  after: ListedSegment | OpenSegment,
  isOld: boolean,
): boolean {
  const { parts, ...rest } = before
  const { parts: partsAfter, ...restAfter } = after
  if (before.uri !== null) {
    const isSame = JSON.stringify(rest) === JSON.stringify(restAfter)
    return isSame && (partsAfter.length === 0 || isPrefix(parts, partsAfter, 'whole'))
  }
  const isSame = before.dateMs === after.dateMs && before.discontinuity === after.discontinuity
  const hasLostAll = isOld && after.uri !== null && partsAfter.length === 0
  return isSame && (hasLostAll || isPrefix(parts, partsAfter, 'front'))
}

function isPrefix(parts: readonly ListedPart[], all: readonly ListedPart[], of: 'whole' | 'front') {
  const front = of === 'whole' ? all : all.slice(0, parts.length)
  return JSON.stringify(parts) === JSON.stringify(front)
}

/** [H14] One millisecond is the grain of the dates. */
function dateFaults(
  before: ListedSegment | null,
  segment: ListedSegment | OpenSegment,
): readonly string[] {
  if (segment.dateMs === null) return [`${segment.uri} has no date [H14]`]
  if (before === null || before.dateMs === null) return []
  const apartMs = segment.dateMs - (before.dateMs + before.seconds * 1000)
  if (apartMs < -1.5) return [`${segment.uri} is dated ${apartMs} ms before its turn [H14]`]
  if (segment.discontinuity === before.discontinuity && apartMs > 40) {
    return [`${segment.uri} is dated ${apartMs} ms late without a discontinuity [H14]`]
  }
  return []
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0
    return code === 0xfeff || code === 0x7f || (code < 0x20 && code !== 0x0a && code !== 0x0d)
  })
}
