import assert from 'node:assert/strict'
import { TICKS_PER_SECOND } from '../media/index.ts'
import {
  type Part,
  type PartTarget,
  type Segment,
  Segmenter,
  type SegmentHead,
} from './cutting/index.ts'
import {
  Listing,
  type ListingOptions,
  type Moment,
  type Past,
  type Row,
  type RunRendition,
  RunRows,
} from './listing/index.ts'
import { type JournalText, Playlists } from './playlists.ts'
import { decideReload, type ReloadTarget } from './reload.ts'

export interface PresentationOptions extends ListingOptions {
  /** Segments of one rendition that may wait for their twins. Default 8. */
  readonly segmentsWaitingMax?: number
  /** What an earlier server had listed of it, with the same `segmentMs`. Default: nothing. */
  readonly past?: Past | null
}

/** A segment that is to be stored, then reported by `markStored`. */
export interface ShortSegment {
  readonly rendition: string
  readonly fileName: string
  readonly bytes: Uint8Array
}

/**
 * One broadcast as HLS, over every FFmpeg that makes it. Pure state: no files, no clock.
 *
 * The way of a segment: `place` gives it a name, the caller stores its bytes under it, `markStored`
 * gives what the stored playlists need as soon as all renditions have theirs, and `listStored`
 * lists it. So what is listed can be had [H13], a media sequence number is the same moment
 * everywhere [H21], and whatever a viewer was told of, the next server knows [H05]. Its parts come
 * before it: `placePart` lists each as soon as all renditions have it [LL18], but none before the
 * first segment of all.
 *
 * The caller keeps a playlist on disk per rendition by appending every `JournalText`; it is a valid
 * VOD playlist once closed, by `end` or after a crash by `recoverPlaylist`, and `joinJournals`
 * makes of all of them the past of a presentation that goes on.
 */
export class Presentation {
  readonly playlists: Playlists
  /** For the segmenters of all renditions and runs. */
  readonly partTarget: PartTarget
  readonly targetSeconds: number
  readonly #segmentMs: number
  readonly #listing: Listing
  readonly #waitingMax: number
  /** A row that is being written into the stored playlists, and is listed then. */
  #journaled: { readonly row: Row; readonly moment: Moment } | null = null
  #run: RunRows | null = null
  #runCount = 0

  constructor(options: PresentationOptions) {
    this.#segmentMs = options.segmentMs
    const listing = new Listing(options)
    this.#listing = listing
    this.partTarget = listing.partTarget
    this.targetSeconds = listing.targetSeconds
    this.playlists = new Playlists(listing, (rendition) =>
      this.#run?.isMoreAhead(rendition) === true ? this.hintedPart(rendition) : null,
    )
    this.#waitingMax = options.segmentsWaitingMax ?? 8
    if (!options.past) return
    listing.restore(options.past)
    this.#runCount = options.past.runCount
  }

  /**
   * Media sequence number of the newest complete segment, the same in all renditions; null before
   * it.
   */
  get lastMsn(): number | null {
    const { length } = this.#listing.moments
    return length === 0 ? null : length - 1
  }

  get isEnded(): boolean {
    return this.#listing.isEnded
  }

  /** Whether an FFmpeg is making more of it now. */
  get isRunning(): boolean {
    return this.#run !== null
  }

  /** Whether parts are listed of a segment that is not complete. */
  get hasOpenParts(): boolean {
    return this.#listing.open !== null
  }

  /** Length of all segments that were ever listed, ms. */
  get durationMs(): number {
    return this.#listing.moments.durationMs
  }

  /**
   * How much of the present run is listed in segments, ms from its first picture; 0 before that.
   */
  get runListedMs(): number {
    return this.#listing.runListedMs
  }

  /**
   * A new FFmpeg begins, with these renditions; the one before is over. What it lists stands behind
   * one DISCONTINUITY in all of them, unless it is the first. [H10] A rendition it does not make
   * any more gets gaps; one that is new begins here.
   *
   * @param run `wallClockMs`: when the first of its media came in, ms since 1970.
   */
  startRun(run: {
    readonly renditions: readonly RunRendition[]
    readonly wallClockMs: number
  }): void {
    assert(!this.isEnded, 'an ended presentation starts no run')
    assert(this.#run === null, 'endRun comes before the next startRun')
    this.#listing.startRun(run.renditions)
    const names = run.renditions.map((promise) => promise.name)
    this.#run = new RunRows(this.#runCount, run.wallClockMs, names, this.#waitingMax)
    this.#runCount += 1
    // There is a next part to hint at again. [LL13]
    if (this.#listing.hasParts) this.playlists.change()
  }

  /**
   * What cuts a rendition of this run, in step with the others [H21]; its packets follow those of
   * the runs before. [H18]
   */
  createSegmenter(rendition: string): Segmenter {
    const state = this.#listing.renditions.get(rendition)
    assert(state !== undefined, 'the run was started with this rendition')
    const { counters } = state
    return new Segmenter({ segmentMs: this.#segmentMs, partTarget: this.partTarget, counters })
  }

  /** A part of the segment that is being cut; lists what all renditions have by now. [LL18] */
  placePart(rendition: string, part: Part, segment: SegmentHead): void {
    const run = this.#run
    assert(run !== null, 'parts belong to a run')
    run.placePart(rendition, part, segment)
    if (this.#listing.listParts(run)) this.playlists.change()
  }

  /**
   * The file name for the next segment of a rendition, `{run}-{count}.ts`: used once and never
   * again. [H26] Its bytes can be had from `segmentBytes` from now on.
   *
   * @throws ViblyError `hls.renditions-apart` when too many wait for the other renditions.
   */
  place(rendition: string, segment: Segment): string {
    const run = this.#run
    assert(run !== null, 'segments belong to a run')
    const fileName = run.place(rendition, segment)
    this.#listing.renditions.get(rendition)?.remember(fileName, segment.bytes)
    if (this.#listing.listParts(run)) this.playlists.change()
    return fileName
  }

  /**
   * The segment's bytes are stored. If its row is complete now, returns what to append to the
   * stored playlists (for a rendition's first entry the head stands in front of it) before
   * `listStored` is called; else nothing.
   *
   * @throws ViblyError `hls.renditions-apart` when the renditions fell out of step: start a new
   *   run.
   */
  markStored(rendition: string, fileName: string): readonly JournalText[] {
    if (this.#run === null) return []
    this.#run.markReady(rendition, fileName)
    return this.#journal(this.#run)
  }

  /**
   * Lists what was given to be appended, which is done or cannot be. Returns the same of a row that
   * was completed meanwhile: it is to be appended and listed in turn.
   */
  listStored(): readonly JournalText[] {
    const run = this.#run
    const journaled = this.#journaled
    assert(run !== null && journaled !== null, 'markStored gave something to append')
    this.#journaled = null
    run.takeRow()
    this.#listing.listRow(run, journaled.row, journaled.moment)
    this.#listing.listParts(run)
    this.playlists.change()
    return this.#journal(run)
  }

  /**
   * As `markStored`, for a segment that no store took: it is listed all the same, and its bytes
   * stay in memory (of the newest 16 of each rendition). In the stored playlists it is a gap. [H04]
   * [H11]
   */
  markKept(rendition: string, fileName: string): readonly JournalText[] {
    this.#listing.renditions.get(rendition)?.keep(fileName)
    return this.markStored(rendition, fileName)
  }

  /**
   * The input of the run has ended: behind the segments that are begun no part is hinted at. [LL13]
   */
  expectEnd(): void {
    this.#run?.expectEnd()
  }

  /**
   * The run is to end soon, between two segments, so that no media is shown twice: behind the
   * segment that is open no part is listed. `hasOpenParts` tells when.
   */
  hold(): void {
    this.#run?.hold()
  }

  /**
   * The run will give no more. If parts of a segment are listed that never became complete, they
   * are that segment now, since nothing listed may vanish [H04]: it is given to be stored, then to
   * `markStored` or `markKept`. To be called before `endRun`.
   */
  cutShort(): readonly ShortSegment[] {
    const run = this.#run
    const { open, renditions } = this.#listing
    this.#journaled = null
    if (run === null || open === null) return []
    const bytesOf = run.shorten(open.row, open.partCount)
    return [...open.row].map(([rendition, { fileName }]) => {
      const bytes = bytesOf.get(rendition)
      assert(bytes !== undefined, 'every rendition of the row is shortened')
      renditions.get(rendition)?.remember(fileName, bytes)
      return { rendition, fileName, bytes }
    })
  }

  /** The FFmpeg of this run is gone and its last segments are stored. Safe to call twice. */
  endRun(): void {
    const run = this.#run
    this.#run = null
    if (run === null) return
    // Only when nobody asked for `cutShort`.
    this.#listing.dropOpen()
    this.#journaled = null
    run.end()
    // The part that was hinted at will not come. [LL15]
    if (this.#listing.hasParts) this.playlists.change()
  }

  /**
   * The broadcast is over: ENDLIST in every playlist. [H09] Returns what closes the stored ones.
   */
  end(): readonly JournalText[] {
    if (this.isEnded) return []
    this.endRun()
    this.#listing.end()
    this.playlists.change()
    return this.playlists.journalEnds()
  }

  /**
   * Whether a player's wish for a playlist that has this segment or part can be met now. After the
   * end every wish is. [LL06] [LL11]
   */
  decideReload(rendition: string, wanted: ReloadTarget): 'now' | 'wait' | 'too-far' {
    const { lastMsn } = this
    const state = this.#listing.renditions.get(rendition)
    if (lastMsn === null || state === undefined || this.isEnded) return 'now'
    const edge = {
      lastMsn,
      openParts: this.#listing.open?.partCount ?? 0,
      partsOf: (msn: number) => state.partsOf(msn).length,
    }
    return decideReload(wanted, edge, this.partTarget.ticks ?? TICKS_PER_SECOND)
  }

  /** The bytes of a recent segment; null when they are only in the store, or nowhere. */
  segmentBytes(rendition: string, fileName: string): Uint8Array | null {
    return this.#listing.renditions.get(rendition)?.bytesOf(fileName) ?? null
  }

  /** The bytes of a listed part; null: it is not listed, or was so long ago. */
  partBytes(rendition: string, fileName: string): Uint8Array | null {
    return this.#listing.renditions.get(rendition)?.partBytesOf(fileName) ?? null
  }

  /** The name of the part that a rendition lists next; null when none is foreseen. [LL13] */
  hintedPart(rendition: string): string | null {
    const run = this.#run
    if (run === null || !run.has(rendition) || this.partTarget.ticks === null) return null
    const { open } = this.#listing
    if (run.isHeld && open === null) return null
    return run.partName(rendition, open?.partCount ?? 0)
  }

  /** What the stored playlists are given of the next row, unless one is being written already. */
  #journal(run: RunRows): readonly JournalText[] {
    if (this.#journaled !== null) return []
    const row = run.readyRow()
    if (row === null) return []
    const moment = this.#listing.momentOf(run, row)
    this.#journaled = { row, moment }
    return this.playlists.journal(row, moment)
  }
}
