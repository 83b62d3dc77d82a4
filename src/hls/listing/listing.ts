import assert from 'node:assert/strict'
import { TICKS_PER_SECOND } from '../../media/index.ts'
import { PartTarget, targetSeconds } from '../cutting/index.ts'
import { DateLine } from './date-line.ts'
import { type Moment, Moments, type OpenMoment } from './moments.ts'
import type { Past } from './past.ts'
import type { RenditionState, RunRendition } from './rendition.ts'
import { RenditionSet } from './rendition-set.ts'
import type { Row, RunRows } from './run-rows.ts'

export interface ListingOptions {
  /** What a segment should last, ms. */
  readonly segmentMs: number
  /** How long a part should last at most, ms. */
  readonly partMs: number
  /** How much a live playlist lists at least, ms, once there is as much. */
  readonly windowMs: number
  /** Newest segments per rendition whose bytes stay in memory. Default 8. */
  readonly segmentsInMemoryMax?: number
}

/** A row whose first parts are listed while its segments are being cut. */
interface OpenRow {
  readonly moment: OpenMoment
  readonly row: Row
  readonly partCount: number
}

/**
 * Parts are listed up to so many targets before the end of the list, their bytes kept as long
 * again. [LL05]
 */
export const PART_TARGETS = 3

/**
 * What is listed of a broadcast, in all renditions at once: segments, then parts of the one that is
 * being cut. Only these things ever happen to it: a part or a segment is added, the oldest goes, it
 * ends. [H04] A media sequence number is the same moment everywhere. [H21]
 */
export class Listing {
  /** For the segmenters of all renditions and runs. */
  readonly partTarget: PartTarget
  readonly targetSeconds: number
  readonly moments: Moments
  readonly renditions: RenditionSet
  #open: OpenRow | null = null
  #newestRun = 0
  #dates = new DateLine()
  #phase: 'live' | 'ended' = 'live'

  constructor(options: ListingOptions) {
    this.partTarget = new PartTarget(options.partMs)
    this.targetSeconds = targetSeconds(options.segmentMs)
    this.moments = new Moments(options.windowMs, this.targetSeconds)
    this.renditions = new RenditionSet(this.targetSeconds, options.segmentsInMemoryMax ?? 8)
  }

  /** The row that comes next, as far as its parts are listed; null: none of them is. */
  get open(): OpenRow | null {
    return this.#open
  }

  /** Length of the parts that are listed of it, 90 kHz. */
  get openTicks(): number {
    const [first] = this.#open?.row.values() ?? []
    const listed = first?.parts.slice(0, this.#open?.partCount) ?? []
    return listed.reduce((sum, part) => sum + part.durationTicks, 0)
  }

  /** Renditions with segments in the newest run. */
  get made(): readonly RenditionState[] {
    return this.renditions.madeIn(this.#newestRun)
  }

  /** Whether a live playlist has parts, and so may hint at the next. */
  get hasParts(): boolean {
    return this.moments.length > 0 && this.partTarget.ticks !== null
  }

  get isEnded(): boolean {
    return this.#phase === 'ended'
  }

  /**
   * How much of the present run is listed in segments, ms from its first picture; 0 before that.
   */
  get runListedMs(): number {
    return this.#dates.elapsedMs(this.moments.endMs)
  }

  /** What an earlier server had listed, before anything else happens to it. */
  restore({ moments, renditions, partTargetMs }: Past): void {
    for (const moment of moments) this.moments.push(moment)
    for (const past of renditions) {
      this.renditions.add({ name: past.name, peakBps: null, averageBps: null }).restore(past)
      this.#newestRun = Math.max(this.#newestRun, past.lastRun)
    }
    this.partTarget.restore(partTargetMs)
  }

  /** Another run makes these; its media time is told in wall clock anew. */
  startRun(renditions: readonly RunRendition[]): void {
    for (const promise of renditions) this.renditions.startRun(promise)
    this.#dates = new DateLine()
  }

  /**
   * Lists the parts that all renditions of the run have by now; tells whether there were any.
   * [LL18]
   */
  listParts(run: RunRows): boolean {
    // Until something is listed, the run may turn out to be made the wrong way and start afresh.
    if (this.moments.length === 0 || (run.isHeld && this.#open === null)) return false
    const next = run.openRow()
    if (next === null || next.partCount <= (this.#open?.partCount ?? 0)) return false
    const { row, partCount } = next
    this.#open = { moment: this.#open?.moment ?? this.#openMomentOf(run, row), row, partCount }
    for (const [rendition, { parts }] of row) {
      this.renditions.get(rendition)?.listParts(this.moments.length, parts.slice(0, partCount))
    }
    this.#listGaps(this.moments.length, row, partCount)
    return true
  }

  /**
   * The moment that a complete row of the run is listed as: the one that was told with its parts.
   */
  momentOf(run: RunRows, row: Row): Moment {
    const [first] = row.values()
    const durationTicks = first?.complete?.stored.durationTicks ?? 0
    return { ...(this.#open?.moment ?? this.#openMomentOf(run, row)), durationTicks }
  }

  /**
   * Lists the next segment of all renditions; parts that are too old by then are forgotten. [LL05]
   */
  listRow(run: RunRows, row: Row, moment: Moment): void {
    const msn = this.moments.length
    this.moments.push(moment)
    this.#open = null
    this.#newestRun = run.number
    const keptTicks = (2 * PART_TARGETS + 1) * this.targetSeconds * TICKS_PER_SECOND
    const partBytesFrom = this.moments.firstWithin(keptTicks, 0)
    for (const [rendition, { complete, parts }] of row) {
      const state = this.renditions.get(rendition)
      assert(state !== undefined && complete !== null, 'a row is complete')
      state.list(msn, run.number, complete.stored, complete.facts)
      state.listParts(msn, parts)
    }
    this.#listGaps(msn, row)
    for (const state of this.renditions.begun()) state.forgetParts(partBytesFrom)
  }

  /** The row that is being cut never becomes complete. */
  dropOpen(): void {
    this.#open = null
  }

  end(): void {
    this.#phase = 'ended'
  }

  /** What is not made any more has gaps where the others have parts. [H11] */
  #listGaps(msn: number, row: Row, partCount?: number): void {
    const [first] = row.values()
    const parts = first?.parts.slice(0, partCount) ?? []
    for (const state of this.renditions.begun())
      if (!row.has(state.name)) state.listGaps(msn, parts)
  }

  #openMomentOf(run: RunRows, row: Row): OpenMoment {
    const [first] = row.values()
    assert(first !== undefined, 'a row has a segment of each rendition')
    const isAfterHole = [...row.values()].some(({ head }) => head.isAfterHole)
    const isNew = this.#newestRun !== run.number || isAfterHole
    return {
      dateMs: this.#dates.dateOf(first.head.startTicks, run.wallClockMs, this.moments.endMs),
      isDiscontinuity: this.moments.length > 0 && isNew,
      discontinuitySequence: this.moments.discontinuityCount,
    }
  }
}
