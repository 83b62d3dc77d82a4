import assert from 'node:assert/strict'
import type { ContinuityCounters } from '../media/index.ts'
import { formatMaster, type Variant } from './master.ts'
import { formatEntry, formatHead, PLAYLIST_END, type PlaylistEntry } from './playlist.ts'
import { RenditionState, type RunRendition } from './rendition.ts'
import { Run } from './run.ts'
import type { Segment } from './segmenter.ts'
import { TICKS_PER_MS, targetSeconds } from './time.ts'

export interface PresentationOptions {
  /** As the `Segmenter`s were told. Default 2000. */
  readonly segmentMs?: number
  /** How much a live playlist lists at least, ms, once there is as much. Default 60,000. */
  readonly windowMs?: number
  /** Newest segments per rendition whose bytes stay in memory. Default 8. */
  readonly segmentsInMemoryMax?: number
  /** Segments of one rendition that may wait for their twins. Default 8. */
  readonly segmentsWaitingMax?: number
}

/** Text to add to the stored playlist of a rendition, in the order given. */
export interface JournalText {
  readonly rendition: string
  readonly text: string
}

/** Apple's authoring rules ask for 6 segments and 3 targets in a live playlist. [H07] */
const WINDOW_SEGMENTS_MIN = 6
const WINDOW_TARGETS_MIN = 3

/** One media sequence number: the same moment in every rendition. */
interface Slot {
  readonly dateMs: number
  readonly durationTicks: number
  readonly isDiscontinuity: boolean
  /** DISCONTINUITY tags before this one's own. */
  readonly discontinuitySequence: number
}

/**
 * The playlists of one broadcast, over every FFmpeg that makes it. Pure state: no files, no clock.
 *
 * The way of a segment: `place` gives it a name, the caller stores its bytes under it, `markStored`
 * lists it as soon as all renditions have theirs. So what is listed can be had [H13], and a media
 * sequence number is the same moment everywhere [H21]. Only these things ever happen to a live
 * playlist: a segment is added, the oldest goes, it ends. [H04]
 *
 * The caller also keeps a playlist on disk per rendition by appending every `JournalText`; it is a
 * valid VOD playlist once closed, by `end` or after a crash by `recoverPlaylist`.
 */
export class Presentation {
  readonly #targetSeconds: number
  readonly #windowMs: number
  readonly #segmentsInMemoryMax: number
  readonly #waitingMax: number
  readonly #renditions = new Map<string, RenditionState>()
  readonly #slots: Slot[] = []
  readonly #listeners = new Set<() => void>()
  readonly #texts = new Map<string, string>()
  #windowFrom = 0
  #run: Run | null = null
  #runCount = 0
  #listedRun = 0
  /** Where the next slot of the run stands: wall clock at `ticks`. */
  #date: { readonly atMs: number; readonly ticks: number } | null = null
  #discontinuityCount = 0
  #phase: 'live' | 'ended' = 'live'
  #version = 0

  constructor(options: PresentationOptions = {}) {
    this.#targetSeconds = targetSeconds(options.segmentMs ?? 2000)
    this.#windowMs = options.windowMs ?? 60_000
    this.#segmentsInMemoryMax = options.segmentsInMemoryMax ?? 8
    this.#waitingMax = options.segmentsWaitingMax ?? 8
  }

  /** Rises by one with every change of any playlist. */
  get version(): number {
    return this.#version
  }

  /** Media sequence number of the newest listed segment, the same in all renditions; null before it. */
  get lastMsn(): number | null {
    return this.#slots.length === 0 ? null : this.#slots.length - 1
  }

  get isEnded(): boolean {
    return this.#phase === 'ended'
  }

  /** Length of all that was ever listed, ms. */
  get durationMs(): number {
    return this.#slots.reduce((sum, slot) => sum + slot.durationTicks, 0) / TICKS_PER_MS
  }

  /** How much of the present run is listed, ms from its first listed picture; 0 before that. */
  get runListedMs(): number {
    const last = this.#slots.at(-1)
    if (last === undefined || this.#date === null) return 0
    return last.dateMs + last.durationTicks / TICKS_PER_MS - this.#date.atMs
  }

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
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
    for (const promise of run.renditions) {
      const known = this.#renditions.get(promise.name)
      if (known !== undefined) known.startRun(promise)
      else {
        const state = new RenditionState(promise, this.#targetSeconds, this.#segmentsInMemoryMax)
        this.#renditions.set(promise.name, state)
      }
    }
    const names = run.renditions.map((promise) => promise.name)
    this.#run = new Run(this.#runCount, run.wallClockMs, names, this.#waitingMax)
    this.#runCount += 1
    this.#date = null
  }

  /** What the `Segmenter` of a rendition of this run is to be given, so that runs join up. [H18] */
  countersOf(rendition: string): ContinuityCounters {
    const state = this.#renditions.get(rendition)
    assert(state !== undefined, 'the run was started with this rendition')
    return state.counters
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
    const byteCount = segment.bytes.byteLength
    const fileName = run.place(rendition, { ...segment, byteCount })
    this.#renditions.get(rendition)?.remember(fileName, segment.bytes)
    return fileName
  }

  /**
   * The segment's bytes are stored; lists every row that is complete now. Returns what to append to
   * the stored playlists: for a rendition's first entry the head stands in front of it.
   *
   * @throws ViblyError `hls.renditions-apart` when the renditions fell out of step: start a new run.
   */
  markStored(rendition: string, fileName: string): readonly JournalText[] {
    const run = this.#run
    if (run === null) return []
    run.markStored(rendition, fileName)
    const journal: JournalText[] = []
    for (let row = run.takeRow(); row !== null; row = run.takeRow()) {
      journal.push(...this.#list(run, row))
    }
    if (journal.length > 0) this.#changed()
    return journal
  }

  /** The FFmpeg of this run is gone and its last segments are stored. Safe to call twice. */
  endRun(): {
    readonly dropped: readonly { readonly rendition: string; readonly fileName: string }[]
  } {
    const run = this.#run
    this.#run = null
    if (run === null) return { dropped: [] }
    run.end()
    return { dropped: run.takeDropped() }
  }

  /** The broadcast is over: ENDLIST in every playlist. [H09] Returns what closes the stored ones. */
  end(): readonly JournalText[] {
    if (this.#phase === 'ended') return []
    this.endRun()
    this.#phase = 'ended'
    this.#changed()
    return this.#begun().map(({ name }) => ({ rendition: name, text: PLAYLIST_END }))
  }

  /** The live media playlist; null while the rendition has nothing listed (or does not exist). */
  mediaPlaylist(rendition: string): string | null {
    return this.#cached(`media ${rendition}`, () => this.#format(rendition, 'live'))
  }

  /** All segments ever listed, as a recording; null as for `mediaPlaylist`. [H22] */
  vodPlaylist(rendition: string): string | null {
    return this.#cached(`vod ${rendition}`, () => this.#format(rendition, 'vod'))
  }

  /**
   * The multivariant playlist; null while nothing is listed. Live it has the renditions that are being
   * made, as a recording those that are whole. [M13]
   *
   * @param prefix stands before `{rendition}/index.m3u8`: empty, or `/media/{broadcast}/`.
   */
  masterPlaylist(prefix: string, use: 'live' | 'vod' = 'live'): string | null {
    return this.#cached(`master ${use} ${prefix}`, () => {
      const chosen = use === 'live' ? this.#current() : this.#whole()
      if (chosen.length === 0) return null
      return formatMaster(
        chosen.map((state) => state.variant(`${prefix}${state.name}/index.m3u8`, use)),
      )
    })
  }

  /** Renditions with segments in the newest run, with the figures of the live multivariant playlist. */
  variants(): readonly (Variant & { readonly name: string })[] {
    return this.#current().map((state) => ({ name: state.name, ...state.variant('', 'live') }))
  }

  /** The bytes of a recent segment; null when they are only in the store, or nowhere. */
  segmentBytes(rendition: string, fileName: string): Uint8Array | null {
    return this.#renditions.get(rendition)?.bytesOf(fileName) ?? null
  }

  #list(run: Run, row: ReturnType<Run['takeRow']> & object): readonly JournalText[] {
    const [first] = row.values()
    assert(first !== undefined, 'a row has a segment of each rendition')
    const msn = this.#slots.length
    const isDiscontinuity = msn > 0 && (this.#listedRun !== run.number || first.facts.isAfterHole)
    this.#slots.push({
      dateMs: this.#dateOf(run, first.startTicks),
      durationTicks: first.durationTicks,
      isDiscontinuity,
      discontinuitySequence: this.#discontinuityCount,
    })
    if (isDiscontinuity) this.#discontinuityCount += 1
    this.#listedRun = run.number
    for (const [rendition, { facts, isStored: _, ...stored }] of row) {
      this.#renditions.get(rendition)?.list(msn, run.number, stored, facts)
    }
    this.#trimWindow()
    return this.#begun().map((state) => {
      const head = state.firstMsn === msn ? this.#head(msn, 'vod') : ''
      return { rendition: state.name, text: head + formatEntry(this.#entry(state, msn)) }
    })
  }

  /** Wall clock of a slot: the start of its run plus media time, never before the end of the last. [H14] */
  #dateOf(run: Run, startTicks: number): number {
    if (this.#date === null) {
      const last = this.#slots.at(-1)
      const endMs = last === undefined ? 0 : last.dateMs + last.durationTicks / TICKS_PER_MS
      this.#date = { atMs: Math.max(run.wallClockMs, endMs), ticks: startTicks }
    }
    return this.#date.atMs + (startTicks - this.#date.ticks) / TICKS_PER_MS
  }

  /** Drops from the head what the window does not need. [H05] [H07] */
  #trimWindow(): void {
    const keepMs = Math.max(this.#windowMs, WINDOW_TARGETS_MIN * this.#targetSeconds * 1000)
    let restMs = 0
    let from = this.#slots.length
    while (from > this.#windowFrom) {
      if (restMs >= keepMs && this.#slots.length - from >= WINDOW_SEGMENTS_MIN) break
      from -= 1
      restMs += (this.#slots[from]?.durationTicks ?? 0) / TICKS_PER_MS
    }
    this.#windowFrom = from
  }

  #format(rendition: string, use: 'live' | 'vod'): string | null {
    const state = this.#renditions.get(rendition)
    if (state === undefined || state.firstMsn === null) return null
    const from = use === 'vod' ? state.firstMsn : Math.max(state.firstMsn, this.#windowFrom)
    const pieces = [this.#head(from, use)]
    for (let msn = from; msn < this.#slots.length; msn += 1) {
      pieces.push(formatEntry(this.#entry(state, msn)))
    }
    if (this.#phase === 'ended') pieces.push(PLAYLIST_END)
    return pieces.join('')
  }

  #head(from: number, use: 'live' | 'vod'): string {
    return formatHead({
      targetSeconds: this.#targetSeconds,
      mediaSequence: from,
      discontinuitySequence: this.#slots[from]?.discontinuitySequence ?? 0,
      isVod: use === 'vod',
    })
  }

  #entry(state: RenditionState, msn: number): PlaylistEntry {
    const slot = this.#slots[msn]
    assert(slot !== undefined, 'only listed numbers are written')
    const stored = state.listed.get(msn)
    return {
      uri: stored?.fileName ?? `gap-${msn}.ts`,
      durationTicks: stored?.durationTicks ?? slot.durationTicks,
      dateMs: slot.dateMs,
      isDiscontinuity: slot.isDiscontinuity,
      isGap: stored === undefined,
    }
  }

  /** Renditions whose playlist has begun. */
  #begun(): readonly RenditionState[] {
    return [...this.#renditions.values()].filter((state) => state.firstMsn !== null)
  }

  #current(): readonly RenditionState[] {
    return this.#begun().filter((state) => state.lastRun === this.#listedRun)
  }

  /** Those with the most segments: all of them, unless the set changed on the way. */
  #whole(): readonly RenditionState[] {
    const most = Math.max(0, ...this.#begun().map((state) => state.listed.size))
    return this.#begun().filter((state) => state.listed.size === most)
  }

  /** Each text is made once per version, however many ask. */
  #cached(key: string, format: () => string | null): string | null {
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    const text = format()
    if (text !== null) this.#texts.set(key, text)
    return text
  }

  #changed(): void {
    this.#version += 1
    this.#texts.clear()
    for (const listener of this.#listeners) listener()
  }
}
