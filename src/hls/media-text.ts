import { formatJournalEntry } from './journal.ts'
import type { Moment, Moments, OpenMoment } from './moments.ts'
import {
  formatEntry,
  formatHead,
  formatHint,
  formatOpenEntry,
  formatReport,
  PLAYLIST_END,
  type PlaylistEntry,
  SKIP_TARGETS,
} from './playlist.ts'
import type { RenditionState, StoredSegment } from './rendition.ts'
import { formatGapName } from './segment-name.ts'
import { TICKS_PER_SECOND } from './time.ts'

/** What the tags of the whole playlist say, the same in all renditions. */
export interface HeadFacts {
  readonly targetSeconds: number
  /** PART-TARGET, 90 kHz; null: no parts are listed. */
  readonly partTicks: number | null
}

/** What stands behind the complete segments of a live playlist. */
export interface LiveEdge {
  /** Length of the listed parts of the segment that is being cut; 0: there are none. */
  readonly openTicks: number
  readonly openMoment: OpenMoment | null
  /** The part to come; null: none is foreseen. */
  readonly hinted: string | null
  /** The other renditions that are being made. */
  readonly others: readonly RenditionState[]
  readonly isEnded: boolean
}

/** Parts are listed up to so many targets before the end of the list, their bytes kept as long again. [LL05] */
export const PART_TARGETS = 3

/**
 * Writes the listed segments of one rendition. What is old does not change any more, so its text is
 * made once and joined once per new segment: a window of 30 min costs no more per part than one of 10 s.
 */
export class MediaText {
  readonly #state: RenditionState
  readonly #moments: Moments
  readonly #facts: () => HeadFacts
  /** Text of entries without parts, by media sequence number. */
  readonly #entries = new Map<number, string>()
  #joined = { from: 0, until: 0, text: '' }

  constructor(state: RenditionState, moments: Moments, facts: () => HeadFacts) {
    this.#state = state
    this.#moments = moments
    this.#facts = facts
  }

  #head(
    from: number,
    use: 'live' | 'vod',
    skippedSegments = 0,
    moment = this.#moments.at(from),
  ): string {
    return formatHead({
      targetSeconds: this.#facts().targetSeconds,
      mediaSequence: from,
      discontinuitySequence: moment?.discontinuitySequence ?? 0,
      isVod: use === 'vod',
      partTicks: use === 'vod' ? null : this.#facts().partTicks,
      skippedSegments,
    })
  }

  /**
   * What the stored playlist is given for a segment that is listed, or about to be, with the head in
   * front of the first. What no store has is a gap there. [H11]
   */
  journal(msn: number, moment: Moment | undefined, segment: StoredSegment | undefined): string {
    const head = msn === (this.#state.firstMsn ?? msn) ? this.#head(msn, 'vod', 0, moment) : ''
    const entry = describeEntry(msn, moment, segment)
    const isGap = entry.isGap || !this.#state.isStored(entry.uri)
    const byteCount = isGap ? 0 : (segment?.byteCount ?? 0)
    return `${head}${formatJournalEntry({ ...entry, isGap, byteCount })}`
  }

  /**
   * The live playlist; as a delta without what is further from its end than CAN-SKIP-UNTIL, if there is
   * any. [LL19]
   */
  live(form: 'whole' | 'delta', edge: LiveEdge): string {
    const from = Math.max(this.#state.firstMsn ?? 0, this.#moments.windowFrom)
    const canSkip = form === 'delta' && this.#facts().partTicks !== null
    const shownFrom = canSkip ? Math.max(from, this.#firstWithin(SKIP_TARGETS, edge)) : from
    const partsFrom = Math.max(from, this.#partsFrom(edge))
    const pieces = [this.#head(from, 'live', shownFrom - from)]
    if (shownFrom === from) pieces.push(this.#join(from, partsFrom))
    for (
      let msn = shownFrom === from ? partsFrom : shownFrom;
      msn < this.#moments.length;
      msn += 1
    ) {
      const parts = msn < partsFrom ? [] : this.#state.partsOf(msn)
      pieces.push(formatEntry(this.#entry(msn), parts))
    }
    if (edge.isEnded) pieces.push(PLAYLIST_END)
    else if (this.#facts().partTicks !== null) pieces.push(...this.#end(edge))
    return pieces.join('')
  }

  /** All that was ever listed, without an end: as players are told, or as it is stored. */
  vod(form: 'served' | 'stored'): string {
    const from = this.#state.firstMsn ?? 0
    const pieces = form === 'served' ? [this.#head(from, 'vod')] : []
    for (let msn = from; msn < this.#moments.length; msn += 1) {
      const text =
        form === 'served'
          ? formatEntry(this.#entry(msn))
          : this.journal(msn, this.#moments.at(msn), this.#state.listed.get(msn))
      pieces.push(text)
    }
    return pieces.join('')
  }

  /** The parts of the segment that is being cut, the one to come, and how far the other lists are. */
  #end({ openMoment, hinted, others }: LiveEdge): readonly string[] {
    const openParts = this.#state.partsOf(this.#moments.length)
    const pieces: string[] = []
    if (openMoment !== null && openParts.length > 0)
      pieces.push(formatOpenEntry(openMoment, openParts))
    if (hinted !== null) pieces.push(formatHint(hinted))
    const lastMsn = this.#moments.length - (openMoment === null ? 1 : 0)
    for (const { name, ...other } of others.map((state) => reportOf(state, lastMsn))) {
      pieces.push(formatReport({ uri: `../${name}/index.m3u8`, ...other }))
    }
    return pieces
  }

  /** The segments of which no part is too old to be listed. [LL05] */
  #partsFrom({ openTicks }: LiveEdge): number {
    const ticks = PART_TARGETS * this.#facts().targetSeconds * TICKS_PER_SECOND
    return this.#moments.firstWhollyWithin(ticks, openTicks)
  }

  #firstWithin(targets: number, { openTicks }: LiveEdge): number {
    const ticks = targets * this.#facts().targetSeconds * TICKS_PER_SECOND
    return this.#moments.firstWithin(ticks, openTicks)
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

  #entry(msn: number): PlaylistEntry {
    return describeEntry(msn, this.#moments.at(msn), this.#state.listed.get(msn))
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

function reportOf(state: RenditionState, lastMsn: number) {
  const partCount = state.partsOf(lastMsn).length
  return { name: state.name, lastMsn, lastPart: partCount === 0 ? null : partCount - 1 }
}
