import { TICKS_PER_SECOND } from '../media/index.ts'
import {
  type Listing,
  type Moment,
  PART_TARGETS,
  type RenditionState,
  type StoredSegment,
} from './listing/index.ts'
import {
  formatEntry,
  formatGapName,
  formatHead,
  formatHint,
  formatJournalEntry,
  formatOpenEntry,
  formatReport,
  NOTHING_FORESEEN,
  PLAYLIST_END,
  type PlaylistEntry,
  SKIP_TARGETS,
} from './playlist/index.ts'

/**
 * Writes the listed segments of one rendition. What is old does not change any more, so its text is
 * made once and joined once per new segment: a window of 30 min costs no more per part than one of
 * 10 s.
 */
export class MediaText {
  readonly #state: RenditionState
  readonly #listing: Listing
  /** Text of entries without parts, by media sequence number. */
  readonly #entries = new Map<number, string>()
  #joined = { from: 0, until: 0, text: '' }

  constructor(state: RenditionState, listing: Listing) {
    this.#state = state
    this.#listing = listing
  }

  /**
   * What the stored playlist is given for a segment that is listed, or about to be, with the head
   * in front of the first. What no store has is a gap there. [H11]
   */
  journal(msn: number, moment: Moment | undefined, segment: StoredSegment | undefined): string {
    const head = msn === (this.#state.firstMsn ?? msn) ? this.#head(msn, 'vod', 0, moment) : ''
    const entry = describeEntry(msn, moment, segment)
    const isGap = entry.isGap || !this.#state.isStored(entry.uri)
    const byteCount = isGap ? 0 : (segment?.byteCount ?? 0)
    return `${head}${formatJournalEntry({ ...entry, isGap, byteCount })}`
  }

  /**
   * The live playlist; as a delta without what is further from its end than CAN-SKIP-UNTIL, if
   * there is any. [LL19]
   *
   * @param hinted the name of the part to come; null: none is foreseen.
   */
  live(form: 'whole' | 'delta', hinted: string | null): string {
    const { moments, partTarget } = this.#listing
    const from = Math.max(this.#state.firstMsn ?? 0, moments.windowFrom)
    const canSkip = form === 'delta' && partTarget.ticks !== null
    const shownFrom = canSkip ? Math.max(from, this.#skippedUntil()) : from
    const partsFrom = Math.max(from, this.#partsFrom())
    const pieces = [this.#head(from, 'live', shownFrom - from)]
    if (shownFrom === from) pieces.push(this.#join(from, partsFrom))
    for (let msn = shownFrom === from ? partsFrom : shownFrom; msn < moments.length; msn += 1) {
      const parts = msn < partsFrom ? [] : this.#state.partsOf(msn)
      pieces.push(formatEntry(this.#entry(msn), parts))
    }
    if (this.#listing.isEnded) pieces.push(PLAYLIST_END)
    else if (partTarget.ticks !== null) pieces.push(...this.#edge(hinted))
    return pieces.join('')
  }

  /** All that was ever listed, without an end: as players are told, or as it is stored. */
  vod(form: 'served' | 'stored'): string {
    const from = this.#state.firstMsn ?? 0
    const pieces = form === 'served' ? [this.#head(from, 'vod')] : []
    for (let msn = from; msn < this.#listing.moments.length; msn += 1) {
      const text =
        form === 'served'
          ? formatEntry(this.#entry(msn))
          : this.journal(msn, this.#listing.moments.at(msn), this.#state.listed.get(msn))
      pieces.push(text)
    }
    return pieces.join('')
  }

  /**
   * The parts of the segment that is being cut, the one to come, and how far the other lists are.
   */
  #edge(hinted: string | null): readonly string[] {
    const { moments, open, made } = this.#listing
    const openParts = this.#state.partsOf(moments.length)
    const pieces: string[] = []
    if (open !== null && openParts.length > 0) pieces.push(formatOpenEntry(open.moment, openParts))
    if (hinted !== null) pieces.push(formatHint(hinted))
    const lastMsn = moments.length - (open === null ? 1 : 0)
    for (const other of made) {
      if (other !== this.#state) pieces.push(reportOf(other, lastMsn))
    }
    return pieces.length > 0 ? pieces : [NOTHING_FORESEEN]
  }

  /** The segments of which no part is too old to be listed. [LL05] */
  #partsFrom(): number {
    const { moments, openTicks, targetSeconds } = this.#listing
    return moments.firstWhollyWithin(PART_TARGETS * targetSeconds * TICKS_PER_SECOND, openTicks)
  }

  /** The first segment that no player may leave out. [LL19] */
  #skippedUntil(): number {
    const { moments, openTicks, targetSeconds } = this.#listing
    return moments.firstWithin(SKIP_TARGETS * targetSeconds * TICKS_PER_SECOND, openTicks)
  }

  /** Entries without parts, from the first up to but not including `until`. */
  #join(from: number, until: number): string {
    if (this.#joined.from === from && this.#joined.until === until) return this.#joined.text
    const pieces: string[] = []
    for (let msn = from; msn < until; msn += 1) {
      const text = this.#entries.get(msn) ?? formatEntry(this.#entry(msn))
      this.#entries.set(msn, text)
      pieces.push(text)
    }
    for (const msn of this.#entries.keys()) {
      if (msn >= from) break
      this.#entries.delete(msn)
    }
    this.#joined = { from, until, text: pieces.join('') }
    return this.#joined.text
  }

  #head(
    from: number,
    use: 'live' | 'vod',
    skippedSegments = 0,
    moment = this.#listing.moments.at(from),
  ): string {
    return formatHead({
      targetSeconds: this.#listing.targetSeconds,
      mediaSequence: from,
      discontinuitySequence: moment?.discontinuitySequence ?? 0,
      isVod: use === 'vod',
      partTicks: use === 'vod' ? null : this.#listing.partTarget.ticks,
      skippedSegments,
    })
  }

  #entry(msn: number): PlaylistEntry {
    return describeEntry(msn, this.#listing.moments.at(msn), this.#state.listed.get(msn))
  }
}

function describeEntry(
  msn: number,
  moment: Moment | undefined,
  stored: StoredSegment | undefined,
): PlaylistEntry {
  return {
    uri: stored?.fileName ?? formatGapName(msn),
    durationTicks: stored?.durationTicks ?? moment?.durationTicks ?? 0,
    dateMs: moment?.dateMs ?? 0,
    isDiscontinuity: moment?.isDiscontinuity ?? false,
    isGap: stored === undefined,
  }
}

function reportOf(state: RenditionState, lastMsn: number): string {
  const partCount = state.partsOf(lastMsn).length
  return formatReport({
    uri: `../${state.name}/index.m3u8`,
    lastMsn,
    lastPart: partCount === 0 ? null : partCount - 1,
  })
}
