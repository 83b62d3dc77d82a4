/**
 * Judges live media playlists from outside, with a reader of its own: what one text must hold
 * (`playlistFaults`) and what may follow what (`PlaylistWatch`). Rules H02 to H09, H12, H14, H22, H23.
 */

/** One segment as a playlist lists it. */
export interface ListedSegment {
  readonly msn: number
  readonly uri: string
  readonly seconds: number
  readonly dateMs: number | null
  /** Discontinuity sequence number. */
  readonly discontinuity: number
  readonly isGap: boolean
}

export interface Listed {
  readonly targetSeconds: number
  readonly mediaSequence: number
  readonly discontinuitySequence: number
  readonly version: number
  readonly type: string | null
  readonly isEnded: boolean
  readonly segments: readonly ListedSegment[]
}

/** Reads a media playlist; lenient, as the rules below do the judging. */
export function parseListed(text: string): Listed {
  const number = (tag: string) => Number(new RegExp(`^#${tag}:(\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  const mediaSequence = number('EXT-X-MEDIA-SEQUENCE')
  const discontinuitySequence = number('EXT-X-DISCONTINUITY-SEQUENCE')
  const segments: ListedSegment[] = []
  let discontinuity = discontinuitySequence
  let seconds: number | null = null
  let dateMs: number | null = null
  let isGap = false
  for (const line of text.split(/\r?\n/)) {
    if (line === '#EXT-X-DISCONTINUITY') discontinuity += 1
    if (line === '#EXT-X-GAP') isGap = true
    if (line.startsWith('#EXTINF:')) seconds = Number.parseFloat(line.slice(8))
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) dateMs = Date.parse(line.slice(25))
    if (line === '' || line.startsWith('#') || seconds === null) continue
    const msn = mediaSequence + segments.length
    segments.push({ msn, uri: line, seconds, dateMs, discontinuity, isGap })
    seconds = null
    dateMs = null
    isGap = false
  }
  return {
    targetSeconds: number('EXT-X-TARGETDURATION'),
    mediaSequence,
    discontinuitySequence,
    version: number('EXT-X-VERSION'),
    type: /^#EXT-X-PLAYLIST-TYPE:(.*)$/m.exec(text)?.[1] ?? null,
    isEnded: /^#EXT-X-ENDLIST$/m.test(text),
    segments,
  }
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
  return faults
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
    if (after.type !== null) this.faults.push(`a live playlist has type ${after.type} [H22]`)
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
  const later = new Map(after.segments.map((segment) => [segment.msn, segment]))
  for (const segment of before.segments) {
    if (segment.msn < after.mediaSequence) continue
    const same = later.get(segment.msn)
    if (same === undefined) faults.push(`${segment.uri} went from the end [H04]`)
    else if (JSON.stringify(same) !== JSON.stringify(segment)) {
      faults.push(`${segment.uri} changed to ${JSON.stringify(same)} [H04]`)
    }
  }
  const seconds = after.segments.reduce((sum, segment) => sum + segment.seconds, 0)
  if (after.mediaSequence > before.mediaSequence) {
    if (seconds < 3 * after.targetSeconds) faults.push('removal left under 3 targets [H07]')
    if (after.segments.length < 6) faults.push('removal left under 6 segments [H07]')
  }
  return faults
}

/** [H14] One millisecond is the grain of the dates. */
function dateFaults(before: ListedSegment | null, segment: ListedSegment): readonly string[] {
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
