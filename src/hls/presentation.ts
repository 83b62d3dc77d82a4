import assert from 'node:assert/strict'
import type { ContinuityCounters } from '../media/index.ts'
import { DateLine } from './date-line.ts'
import { formatMaster, type Variant } from './master.ts'
import { PART_TARGETS } from './media-text.ts'
import { type Moment, Moments, type OpenMoment } from './moments.ts'
import { PartTarget } from './part-target.ts'
import type { Past } from './past.ts'
import { PLAYLIST_END } from './playlist.ts'
import { decideReload, type ReloadTarget } from './reload.ts'
import type { RunRendition } from './rendition.ts'
import { RenditionSet } from './rendition-set.ts'
import { type Row, Run } from './run.ts'
import type { Part, Segment, SegmentHead } from './segment.ts'
import { TICKS_PER_SECOND, targetSeconds } from './time.ts'
import { VersionedTexts } from './versioned-texts.ts'

export interface PresentationOptions {
  /** As the `Segmenter`s were told. Default 2000. */
  readonly segmentMs?: number
  /** How long a part should last at most, ms. Default 250. */
  readonly partMs?: number
  /** How much a live playlist lists at least, ms, once there is as much. Default 60,000. */
  readonly windowMs?: number
  /** Newest segments per rendition whose bytes stay in memory. Default 8. */
  readonly segmentsInMemoryMax?: number
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

/** Text to add to the stored playlist of a rendition, in the order given. */
export interface JournalText {
  readonly rendition: string
  readonly text: string
}

/** A segment whose first parts are listed while it is being cut. */
interface Open {
  readonly moment: OpenMoment
  readonly row: Row
  readonly partCount: number
}

/**
 * The playlists of one broadcast, over every FFmpeg that makes it. Pure state: no files, no clock.
 *
 * The way of a segment: `place` gives it a name, the caller stores its bytes under it, `markStored`
 * gives what the stored playlists need as soon as all renditions have theirs, and `listStored` lists it.
 * So what is listed can be had [H13], a media sequence number is the same moment everywhere [H21], and
 * whatever a viewer was told of, the next server knows [H05]. Its parts come before it: `placePart` lists
 * each as soon as all renditions have it [LL18], but none before the first segment of all. Only these
 * things ever happen to a live playlist: a part or a segment is added, the oldest goes, it ends. [H04]
 *
 * The caller keeps a playlist on disk per rendition by appending every `JournalText`; it is a valid VOD
 * playlist once closed, by `end` or after a crash by `recoverPlaylist`, and `joinJournals` makes of all
 * of them the past of a presentation that goes on.
 */
export class Presentation {
  /** For the segmenters of all renditions and runs. */
  readonly partTarget: PartTarget
  readonly targetSeconds: number
  readonly #waitingMax: number
  readonly #renditions: RenditionSet
  readonly #moments: Moments
  readonly #texts = new VersionedTexts()
  #open: Open | null = null
  /** A row that is being written into the stored playlists, and is listed then. */
  #journaled: { readonly row: Row; readonly moment: Moment } | null = null
  #run: Run | null = null
  #runCount = 0
  #listedRun = 0
  #dates = new DateLine()
  /** `last`: the run is given nothing more to make. */
  #ahead: 'more' | 'last' = 'more'
  /** No segment of this run is begun to be listed any more. */
  #isHeld: boolean = false
  #phase: 'live' | 'ended' = 'live'

  constructor(options: PresentationOptions = {}) {
    this.partTarget = new PartTarget(options.partMs)
    this.targetSeconds = targetSeconds(options.segmentMs ?? 2000)
    this.#moments = new Moments(options.windowMs ?? 60_000, this.targetSeconds)
    this.#renditions = new RenditionSet(options.segmentsInMemoryMax ?? 8, this.#moments, () =>
      this.#facts(),
    )
    this.#waitingMax = options.segmentsWaitingMax ?? 8
    if (options.past) this.#restore(options.past)
  }

  /** Rises by one with every change of any playlist. */
  get version(): number {
    return this.#texts.version
  }

  /** Media sequence number of the newest complete segment, the same in all renditions; null before it. */
  get lastMsn(): number | null {
    return this.#moments.length === 0 ? null : this.#moments.length - 1
  }

  /** Whether the live playlists begin later than the broadcast did. */
  get isTrimmed(): boolean {
    return this.#moments.windowFrom > 0
  }

  get isEnded(): boolean {
    return this.#phase === 'ended'
  }

  /** Whether an FFmpeg is making more of it now. */
  get isRunning(): boolean {
    return this.#run !== null
  }

  /** Whether parts are listed of a segment that is not complete. */
  get hasOpenParts(): boolean {
    return this.#open !== null
  }

  /** Names of all that anything was ever listed of. */
  get renditions(): readonly string[] {
    return this.#renditions.begun().map(({ name }) => name)
  }

  /** Length of all segments that were ever listed, ms. */
  get durationMs(): number {
    return this.#moments.durationMs
  }

  /** How much of the present run is listed in segments, ms from its first picture; 0 before that. */
  get runListedMs(): number {
    return this.#dates.elapsedMs(this.#moments.endMs)
  }

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: () => void): () => void {
    return this.#texts.onChange(listener)
  }

  /**
   * A new FFmpeg begins, with these renditions; the one before is over. What it lists stands behind
   * one DISCONTINUITY in all of them, unless it is the first. [H10] A rendition it does not make any
   * more gets gaps; one that is new begins here.
   *
   * @param run `wallClockMs`: when the first of its media came in, ms since 1970.
   */
  startRun(run: {
    readonly renditions: readonly RunRendition[]
    readonly wallClockMs: number
  }): void {
    assert(this.#phase === 'live', 'an ended presentation starts no run')
    assert(this.#run === null, 'endRun comes before the next startRun')
    for (const promise of run.renditions) this.#renditions.startRun(promise)
    const names = run.renditions.map((promise) => promise.name)
    this.#run = new Run(this.#runCount, run.wallClockMs, names, this.#waitingMax)
    this.#runCount += 1
    this.#ahead = 'more'
    this.#isHeld = false
    this.#dates = new DateLine()
    // There is a next part to hint at again. [LL13]
    if (this.#moments.length > 0 && this.partTarget.ticks !== null) this.#texts.change()
  }

  /** What the `Segmenter` of a rendition of this run is to be given, so that runs join up. [H18] */
  countersOf(rendition: string): ContinuityCounters {
    const state = this.#renditions.get(rendition)
    assert(state !== undefined, 'the run was started with this rendition')
    return state.counters
  }

  /** A part of the segment that is being cut; lists what all renditions have by now. [LL18] */
  placePart(rendition: string, part: Part, segment: SegmentHead): void {
    const run = this.#run
    assert(run !== null, 'parts belong to a run')
    run.placePart(rendition, part, segment)
    if (this.#listParts(run)) this.#texts.change()
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
    this.#renditions.get(rendition)?.remember(fileName, segment.bytes)
    if (this.#listParts(run)) this.#texts.change()
    return fileName
  }

  /**
   * The segment's bytes are stored. If its row is complete now, returns what to append to the stored
   * playlists (for a rendition's first entry the head stands in front of it) before `listStored` is
   * called; else nothing.
   *
   * @throws ViblyError `hls.renditions-apart` when the renditions fell out of step: start a new run.
   */
  markStored(rendition: string, fileName: string): readonly JournalText[] {
    if (this.#run === null) return []
    this.#run.markReady(rendition, fileName)
    return this.#journal(this.#run)
  }

  /**
   * Lists what was given to be appended, which is done or cannot be. Returns the same of a row that was
   * completed meanwhile: it is to be appended and listed in turn.
   */
  listStored(): readonly JournalText[] {
    const run = this.#run
    const journaled = this.#journaled
    assert(run !== null && journaled !== null, 'markStored gave something to append')
    this.#journaled = null
    run.takeRow()
    this.#list(run, journaled.row, journaled.moment)
    this.#listParts(run)
    this.#texts.change()
    return this.#journal(run)
  }

  /**
   * As `markStored`, for a segment that no store took: it is listed all the same, and its bytes stay in
   * memory (of the newest 16 of each rendition). In the stored playlists it is a gap. [H04] [H11]
   */
  markKept(rendition: string, fileName: string): readonly JournalText[] {
    this.#renditions.get(rendition)?.keep(fileName)
    return this.markStored(rendition, fileName)
  }

  /** The input of the run has ended: behind the segments that are begun no part is hinted at. [LL13] */
  expectEnd(): void {
    this.#ahead = 'last'
  }

  /**
   * The run is to end soon, between two segments, so that no media is shown twice: behind the segment
   * that is open no part is listed. `hasOpenParts` tells when.
   */
  hold(): void {
    this.#isHeld = true
  }

  /**
   * The run will give no more. If parts of a segment are listed that never became complete, they are
   * that segment now, since nothing listed may vanish [H04]: it is given to be stored, then to
   * `markStored` or `markKept`. To be called before `endRun`.
   */
  cutShort(): readonly ShortSegment[] {
    const run = this.#run
    const open = this.#open
    this.#journaled = null
    if (run === null || open === null) return []
    const bytesOf = run.shorten(open.row, open.partCount)
    return [...open.row].map(([rendition, { fileName }]) => {
      const bytes = bytesOf.get(rendition)
      assert(bytes !== undefined, 'every rendition of the row is shortened')
      this.#renditions.get(rendition)?.remember(fileName, bytes)
      return { rendition, fileName, bytes }
    })
  }

  /** The FFmpeg of this run is gone and its last segments are stored. Safe to call twice. */
  endRun(): void {
    const run = this.#run
    this.#run = null
    if (run === null) return
    // Only when nobody asked for `cutShort`.
    this.#open = null
    this.#journaled = null
    run.end()
    // The part that was hinted at will not come. [LL15]
    if (this.#moments.length > 0 && this.partTarget.ticks !== null) this.#texts.change()
  }

  /** The broadcast is over: ENDLIST in every playlist. [H09] Returns what closes the stored ones. */
  end(): readonly JournalText[] {
    if (this.#phase === 'ended') return []
    this.endRun()
    this.#phase = 'ended'
    this.#texts.change()
    return this.#renditions.begun().map(({ name }) => ({ rendition: name, text: PLAYLIST_END }))
  }

  /**
   * The media playlist; null while the rendition has nothing listed (or does not exist). Once the
   * broadcast has ended it is the recording's, if players know all of that: the live window had not
   * lost its beginning. [H04] [H22]
   */
  mediaPlaylist(rendition: string): string | null {
    if (this.#isRecording()) return this.vodPlaylist(rendition)
    return this.#texts.get(`media ${rendition}`, () => this.#live(rendition, 'whole'))
  }

  /** As `mediaPlaylist`, but what a player that asked a moment ago knows is left out. [LL19] [LL20] */
  deltaPlaylist(rendition: string): string | null {
    if (this.#phase === 'ended') return this.mediaPlaylist(rendition)
    return this.#texts.get(`delta ${rendition}`, () => this.#live(rendition, 'delta'))
  }

  /**
   * All segments ever listed, as a recording; null as for `mediaPlaylist`. [H22] The stored form has a
   * gap where `markKept` was needed.
   */
  vodPlaylist(rendition: string, form: 'served' | 'stored' = 'served'): string | null {
    return this.#texts.get(`vod ${form} ${rendition}`, () => {
      if (!this.#isBegun(rendition)) return null
      const end = this.#phase === 'ended' ? PLAYLIST_END : ''
      return `${this.#renditions.text(rendition)?.vod(form)}${end}`
    })
  }

  /**
   * Whether a player's wish for a playlist that has this segment or part can be met now. After the end
   * every wish is. [LL06] [LL11]
   */
  decideReload(rendition: string, wanted: ReloadTarget): 'now' | 'wait' | 'too-far' {
    const { lastMsn } = this
    const state = this.#renditions.get(rendition)
    if (lastMsn === null || state === undefined || this.#phase === 'ended') return 'now'
    const edge = {
      lastMsn,
      openParts: this.#open?.partCount ?? 0,
      partsOf: (msn: number) => state.partsOf(msn).length,
    }
    return decideReload(wanted, edge, this.partTarget.ticks ?? TICKS_PER_SECOND)
  }

  /**
   * The multivariant playlist; null while nothing is listed. Live it has the renditions that are being
   * made, as a recording (asked for, or what an ended one has become) those that are whole. [M13]
   *
   * @param prefix stands before `{rendition}/index.m3u8`: empty, or `/media/{broadcast}/`.
   */
  masterPlaylist(prefix: string, asked: 'live' | 'vod' = 'live'): string | null {
    const use = this.#isRecording() ? 'vod' : asked
    return this.#texts.get(`master ${use} ${prefix}`, () => {
      const chosen =
        use === 'live' ? this.#renditions.madeIn(this.#listedRun) : this.#renditions.whole()
      if (chosen.length === 0) return null
      return formatMaster(
        chosen.map((state) => state.variant(`${prefix}${state.name}/index.m3u8`, use)),
      )
    })
  }

  /** Renditions with segments in the newest run, with the figures of the live multivariant playlist. */
  variants(): readonly (Variant & { readonly name: string })[] {
    return this.#renditions
      .madeIn(this.#listedRun)
      .map((state) => ({ name: state.name, ...state.variant('', 'live') }))
  }

  /** The bytes of a recent segment; null when they are only in the store, or nowhere. */
  segmentBytes(rendition: string, fileName: string): Uint8Array | null {
    return this.#renditions.get(rendition)?.bytesOf(fileName) ?? null
  }

  /** The bytes of a listed part; null: it is not listed, or was so long ago. */
  partBytes(rendition: string, fileName: string): Uint8Array | null {
    return this.#renditions.get(rendition)?.partBytesOf(fileName) ?? null
  }

  /** The name of the part that a rendition lists next; null when none is foreseen. [LL13] */
  hintedPart(rendition: string): string | null {
    const run = this.#run
    if (run === null || !run.has(rendition) || this.partTarget.ticks === null) return null
    if (this.#isHeld && this.#open === null) return null
    return run.partName(rendition, this.#open?.partCount ?? 0)
  }

  /** Whether what it lists is what it will always list. */
  #isRecording(): boolean {
    return this.#phase === 'ended' && !this.isTrimmed
  }

  /** Lists the parts that all renditions have by now; tells whether there were any. */
  #listParts(run: Run): boolean {
    // Until something is listed, the run may turn out to be made the wrong way and start afresh.
    if (this.#moments.length === 0 || (this.#isHeld && this.#open === null)) return false
    const next = run.openRow()
    if (next === null || next.partCount <= (this.#open?.partCount ?? 0)) return false
    const { row, partCount } = next
    this.#open = { moment: this.#open?.moment ?? this.#momentOf(run, row), row, partCount }
    for (const [rendition, { parts }] of row) {
      this.#renditions.get(rendition)?.listParts(this.#moments.length, parts.slice(0, partCount))
    }
    this.#listGaps(this.#moments.length, row, partCount)
    return true
  }

  /** What is not made any more has gaps where the others have parts. [H11] */
  #listGaps(msn: number, row: Row, partCount?: number): void {
    const [first] = row.values()
    const parts = first?.parts.slice(0, partCount) ?? []
    for (const state of this.#renditions.begun())
      if (!row.has(state.name)) state.listGaps(msn, parts)
  }

  #momentOf(run: Run, row: Row): OpenMoment {
    const [first] = row.values()
    assert(first !== undefined, 'a row has a segment of each rendition')
    const isAfterHole = [...row.values()].some(({ head }) => head.isAfterHole)
    const isNew = this.#listedRun !== run.number || isAfterHole
    return {
      dateMs: this.#dates.dateOf(first.head.startTicks, run.wallClockMs, this.#moments.endMs),
      isDiscontinuity: this.#moments.length > 0 && isNew,
      discontinuitySequence: this.#moments.discontinuityCount,
    }
  }

  /** What the stored playlists are given of the next row, unless one is being written already. */
  #journal(run: Run): readonly JournalText[] {
    if (this.#journaled !== null) return []
    const row = run.readyRow()
    if (row === null) return []
    const [first] = row.values()
    const durationTicks = first?.complete?.stored.durationTicks ?? 0
    const moment = { ...(this.#open?.moment ?? this.#momentOf(run, row)), durationTicks }
    this.#journaled = { row, moment }
    return this.#renditions
      .all()
      .filter(({ name, firstMsn }) => firstMsn !== null || row.has(name))
      .map(({ name }) => {
        const stored = row.get(name)?.complete?.stored
        const text =
          this.#renditions.text(name)?.journal(this.#moments.length, moment, stored) ?? ''
        return { rendition: name, text }
      })
  }

  #list(run: Run, row: Row, moment: Moment): void {
    const msn = this.#moments.length
    this.#moments.push(moment)
    this.#open = null
    this.#listedRun = run.number
    const keptTicks = (2 * PART_TARGETS + 1) * this.targetSeconds * TICKS_PER_SECOND
    const partBytesFrom = this.#moments.firstWithin(keptTicks, 0)
    for (const [rendition, { complete, parts }] of row) {
      const state = this.#renditions.get(rendition)
      assert(state !== undefined && complete !== null, 'a row is complete')
      state.list(msn, run.number, complete.stored, complete.facts)
      state.listParts(msn, parts)
    }
    this.#listGaps(msn, row)
    for (const state of this.#renditions.begun()) state.forgetParts(partBytesFrom)
  }

  #restore({ moments, renditions, partTargetMs, runCount }: Past): void {
    for (const moment of moments) this.#moments.push(moment)
    for (const past of renditions) {
      this.#renditions.add({ name: past.name, peakBps: null, averageBps: null }).restore(past)
      this.#listedRun = Math.max(this.#listedRun, past.lastRun)
    }
    this.partTarget.restore(partTargetMs)
    this.#runCount = runCount
  }

  #live(rendition: string, form: 'whole' | 'delta'): string | null {
    const state = this.#renditions.get(rendition)
    if (state === undefined || !this.#isBegun(rendition)) return null
    const [first] = this.#open?.row.values() ?? []
    const listed = first?.parts.slice(0, this.#open?.partCount) ?? []
    const text = this.#renditions.text(rendition)?.live(form, {
      openTicks: listed.reduce((sum, part) => sum + part.durationTicks, 0),
      openMoment: this.#open?.moment ?? null,
      hinted: this.#isMoreAhead(rendition) ? this.hintedPart(rendition) : null,
      others: this.#renditions.madeIn(this.#listedRun).filter((other) => other !== state),
      isEnded: this.#phase === 'ended',
    })
    return text ?? null
  }

  #isMoreAhead(rendition: string): boolean {
    return this.#ahead === 'more' || this.#run?.hasBegun(rendition) === true
  }

  #facts() {
    return { targetSeconds: this.targetSeconds, partTicks: this.partTarget.ticks }
  }

  #isBegun(rendition: string): boolean {
    return (this.#renditions.get(rendition)?.firstMsn ?? null) !== null
  }
}
