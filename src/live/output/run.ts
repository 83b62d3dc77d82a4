import { asViblyError, type Clock, type ViblyError } from '../../base/index.ts'
import type { Cut, JournalText, Presentation, Segmenter } from '../../hls/index.ts'
import { encodeFlvHeader, encodeFlvTag, type FlvTag } from '../../media/index.ts'
import type { Blobs } from '../../ports/index.ts'
import type { Plan, Transcode } from '../../transcode/index.ts'
import type { Arrivals, RenditionPace } from '../intake/index.ts'
import type { SourceStart } from '../source/index.ts'
import { type RenditionFigures, RenditionMeter } from './rendition-meter.ts'
import { isStoreFault } from './store-fault.ts'

/** What a run needs of its broadcast. */
export interface RunDeps {
  /** The broadcast's folder among the blobs. */
  readonly folder: string
  readonly blobs: Blobs
  readonly presentation: Presentation
  readonly wallClockMs: number
  readonly clock: Clock
  startTranscode(): Transcode
  /** Adds to the stored playlists, in the order of the calls. */
  writeJournal(texts: readonly JournalText[]): Promise<void>
  /** The store did not take something; the run goes on without. */
  onUnstored(reason: ViblyError): void
  /** Something more can be watched. */
  onListed(): Promise<void>
}

/** How long an FFmpeg may take to give out what it still holds after the last of its input. */
const FLUSH_MS_MAX = 5000

/**
 * One life of one FFmpeg: tags in, and each rendition cut, stored, then listed. Exactly one of
 * `finish` and `abandon` ends it; the next run begins when that has resolved.
 */
export class Run {
  readonly #deps: RunDeps
  readonly #transcode: Transcode
  readonly #plan: Plan
  readonly #startPtsMs: number
  /** When the first of its media is decoded, ms on the source's line of time. */
  readonly #startMs: number
  readonly #segmenters = new Map<string, Segmenter>()
  readonly #meters: ReadonlyMap<string, RenditionMeter>
  readonly #done: Promise<void>
  #phase: 'feeding' | 'flushing' | 'abandoned' = 'feeding'
  #failure: ViblyError | null = null

  /** Starts FFmpeg; `start.tags` are not written yet. */
  constructor(plan: Plan, start: SourceStart, deps: RunDeps) {
    this.#deps = deps
    this.#plan = plan
    this.#meters = new Map(plan.renditions.map(({ name }) => [name, new RenditionMeter()]))
    const shownFromMs = plan.video?.skip?.untilMs ?? null
    this.#startPtsMs = shownFromMs ?? start.startPtsMs
    this.#startMs = shownFromMs ?? start.tags[0]?.timestampMs ?? start.startPtsMs
    this.#transcode = deps.startTranscode()
    deps.presentation.startRun({
      renditions: plan.renditions.map(({ name, bandwidth }) => ({
        name,
        peakBps: bandwidth,
        averageBps: bandwidth,
      })),
      wallClockMs: deps.wallClockMs,
    })
    const header = encodeFlvHeader({
      hasVideo: start.source.video !== null,
      hasAudio: start.source.audio !== null,
    })
    // The very first bytes: nothing can be waiting yet.
    void this.#transcode.write(header)
    this.#done = this.#carry()
  }

  get pid(): number {
    return this.#transcode.pid
  }

  /** Why it is over before it was told to be; null while all is well. */
  get failure(): ViblyError | null {
    return this.#failure
  }

  /** Until when, on the source's line of time, its media is listed: ms. */
  get listedUntilMs(): number {
    return this.#startPtsMs + this.#deps.presentation.runListedMs
  }

  /** Whether something of every rendition has come out. */
  get isUnderWay(): boolean {
    return this.#plan.renditions.every(
      ({ name }) => (this.#segmenters.get(name)?.progressMs ?? null) !== null,
    )
  }

  /**
   * How each rendition is doing, measured against what came in, of which the newest at `newestMs`.
   */
  paces(arrivals: Arrivals, newestMs: number): readonly RenditionPace[] {
    return this.#plan.renditions.map(({ name, isCopy }) => {
      const progressMs = this.#segmenters.get(name)?.progressMs ?? 0
      const behindMs = Math.round(arrivals.behindMs(this.#startMs + progressMs, newestMs))
      return { name, isCopy, behindMs }
    })
  }

  /** What comes out for each rendition, by its name. */
  figures(): ReadonlyMap<string, RenditionFigures> {
    return new Map([...this.#meters].map(([name, meter]) => [name, meter.figures()]))
  }

  /** It is to end at the end of a segment: `isBetweenSegments` tells when. */
  hold(): void {
    this.#deps.presentation.hold()
  }

  /** Whether all that is listed of it is whole segments. */
  get isBetweenSegments(): boolean {
    return !this.#deps.presentation.hasOpenParts
  }

  /** Feeds FFmpeg at the speed it takes it. What comes after a failure is forgotten. */
  async write(tags: readonly FlvTag[]): Promise<void> {
    for (const tag of tags) {
      const wait = this.#transcode.write(encodeFlvTag(tag))
      if (wait !== null) await wait
    }
  }

  /** The input has ended: resolves when all that was fed is listed, or could not be. */
  async finish(): Promise<void> {
    this.#phase = 'flushing'
    this.#deps.presentation.expectEnd()
    this.#transcode.end()
    const timer = setTimeout(() => this.#transcode.close(), FLUSH_MS_MAX)
    await this.#done
    clearTimeout(timer)
    await this.#end()
  }

  /** Drops what is not listed yet. */
  async abandon(): Promise<void> {
    this.#phase = 'abandoned'
    await this.#transcode.close()
    await this.#done
    await this.#end()
  }

  /** Parts that viewers were told of must stay, so they become a segment, stored or not. [H04] */
  async #end(): Promise<void> {
    const { presentation } = this.#deps
    try {
      for (const { rendition, fileName, bytes } of presentation.cutShort()) {
        await this.#store(rendition, fileName, bytes)
      }
    } finally {
      presentation.endRun()
    }
  }

  /**
   * Stores a segment, then lists it. One that the store refuses stays in memory and is listed all
   * the same: viewers who are there miss nothing, those who come later find a gap. [H13] [F16]
   */
  async #store(rendition: string, fileName: string, bytes: Uint8Array): Promise<void> {
    const { presentation, folder } = this.#deps
    const isStored = await this.#put(`${folder}/${rendition}/${fileName}`, bytes)
    await this.#listStored(
      isStored
        ? presentation.markStored(rendition, fileName)
        : presentation.markKept(rendition, fileName),
    )
  }

  /** Says whether the store took it; any other failure is thrown. */
  async #put(key: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#deps.blobs.put(key, bytes)
      return true
    } catch (thrown) {
      if (!isStoreFault(thrown)) throw thrown
      this.#deps.onUnstored(thrown)
      return false
    }
  }

  /**
   * All parts of the run, to their end. The first failure stops the others; it is kept, not thrown.
   */
  async #carry(): Promise<void> {
    const renditions = [...this.#transcode.outputs]
    const parts = [
      this.#transcode.exit,
      this.#storeThumbnails(),
      ...renditions.map(([name, ts]) => this.#packageRendition(name, ts)),
    ]
    try {
      await Promise.all(parts)
    } catch (thrown) {
      this.#failure = asViblyError(thrown)
    } finally {
      await this.#transcode.close()
      await Promise.allSettled(parts)
    }
  }

  async #packageRendition(name: string, ts: AsyncIterable<Uint8Array>): Promise<void> {
    const segmenter = this.#deps.presentation.createSegmenter(name)
    this.#segmenters.set(name, segmenter)
    for await (const bytes of ts) await this.#list(name, segmenter.push(bytes))
    if (this.#phase === 'flushing') await this.#list(name, segmenter.end())
  }

  /** Parts live in memory; a segment is stored before any playlist names it. [H13] */
  async #list(name: string, cuts: readonly Cut[]): Promise<void> {
    const { presentation, clock } = this.#deps
    for (const cut of cuts) {
      this.#meters.get(name)?.take(cut, clock.monotonicMs())
      if (cut.kind === 'part') {
        presentation.placePart(name, cut.part, cut.segment)
        continue
      }
      const fileName = presentation.place(name, cut.segment)
      await this.#store(name, fileName, cut.segment.bytes)
    }
  }

  /**
   * What viewers are to be told of is on record first: the next server must know it too, if this
   * one is killed now. [H05] What cannot be put on record is listed all the same: it has bytes to
   * be had. [H04]
   */
  async #listStored(texts: readonly JournalText[]): Promise<void> {
    let next = texts
    while (next.length > 0) {
      try {
        await this.#deps.writeJournal(next)
      } finally {
        next = this.#deps.presentation.listStored()
      }
      await this.#deps.onListed()
    }
  }

  async #storeThumbnails(): Promise<void> {
    for await (const jpeg of this.#transcode.thumbnails) {
      await this.#put(`${this.#deps.folder}/thumb.jpg`, jpeg)
    }
  }
}
