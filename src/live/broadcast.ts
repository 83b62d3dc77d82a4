import {
  type BroadcastChange,
  type BroadcastRecord,
  describeBroadcast,
  type Leftover,
  type Library,
  Recorder,
  type Space,
  type Visibility,
} from '../archive/index.ts'
import {
  asViblyError,
  type BroadcastId,
  type ChannelId,
  type Clock,
  createId,
  formatTime,
  type Logger,
  type ViblyError,
} from '../base/index.ts'
import { Presentation } from '../hls/index.ts'
import type { VideoCodec } from '../media/index.ts'
import type { Blobs } from '../ports/index.ts'
import { planRenditions, type Rendition, type Slot } from '../transcode/index.ts'
import { Connection } from './connection.ts'
import { describeHealth, type Health } from './health.ts'
import { IngestMeter, Intake, type IntakeOptions, Succession } from './intake/index.ts'
import { BroadcastFolder, Offer, type Room, Run, RunFailures } from './output/index.ts'
import { Reloads } from './reloads.ts'
import { Source, type SourceStart } from './source/index.ts'

export interface BroadcastOptions extends IntakeOptions {
  readonly segmentMs: number
  readonly partMs: number
  readonly windowMs: number
  /** How long an encoder that lost its connection may take to come back; 0: not at all. */
  readonly reconnectGraceMs: number
  /** Whether what is sent is kept as a recording. */
  readonly recording: 'on' | 'off'
}

export interface BroadcastDeps {
  readonly blobs: Blobs
  readonly library: Library
  readonly clock: Clock
  readonly logger: Logger
  /** What FFmpeg takes; any other is refused by its name. [R17] */
  readonly videoCodecs: readonly VideoCodec[]
  /** The room that its FFmpegs have. Whoever gave it takes it back. */
  readonly slot: Room & Pick<Slot, 'run'>
  /** What may still be written. */
  readonly space: Pick<Space, 'level' | 'noteRefusal'>
  /** Viewers see something else from now on: it can be watched, it stands still, it is over. */
  onStatus(broadcast: Broadcast, status: ShownStatus): void
}

/** What a broadcast is to its viewers. */
export type ShownStatus = 'live' | 'interrupted' | 'resumed' | 'renamed' | 'ended'

/** Where a broadcast is in its life. */
export type Phase =
  | { readonly phase: 'live'; readonly intake: Intake }
  /** The connection is lost; the same key may come back within the grace. */
  | { readonly phase: 'interrupted' }
  | { readonly phase: 'ended' }
  | { readonly phase: 'failed'; readonly reason: ViblyError }

/** What is kept of a rendition that was planned. */
type Made = Pick<Rendition, 'name' | 'width' | 'height' | 'isCopy'>

/**
 * One broadcast: every connection its streamer makes with the same key within the grace, and every
 * FFmpeg that these need, in one line of segments.
 */
export class Broadcast {
  readonly id: BroadcastId
  readonly channelId: ChannelId
  readonly startedAt: string
  readonly presentation: Presentation
  /** Viewers who wait for more of it. */
  readonly reloads: Reloads
  readonly #deps: BroadcastDeps
  readonly #options: BroadcastOptions
  readonly #logger: Logger
  readonly #recorder: Recorder | null
  readonly #folder: BroadcastFolder
  readonly #offer: Offer
  readonly #failures = new RunFailures()
  readonly #encoders: Succession
  readonly #meter: IngestMeter
  #phase: Phase
  #connection: Connection | null = null
  #title: string
  #visibility: Visibility
  /** Of the newest connection. */
  #source: Source | null = null
  /** How long it waits for its encoder first of all, ms; 0: that is there. */
  readonly #waitMsFirst: number
  #endedAt: string | null = null
  /** Of the first FFmpeg that showed anything; the later ones make the same. */
  #made: readonly Made[] | null = null
  #hasThumb = false
  /** One arrives that no rendition has. */
  #isPictureLate = false
  /** As the source of the connection before showed it. */
  #keyframeIntervalMs: number | null
  /** Whether viewers were told that it can be watched. */
  #isShown = false

  /** `begun`: its first connection, or what an earlier server left of it. */
  constructor(
    channel: { readonly id: ChannelId; readonly title: string },
    deps: BroadcastDeps,
    options: BroadcastOptions,
    begun: Intake | Leftover,
  ) {
    const left = begun instanceof Intake ? null : begun
    this.id = left?.record.id ?? createId()
    this.channelId = channel.id
    this.#title = channel.title
    this.#visibility = left?.record.visibility ?? 'public'
    this.startedAt = left?.record.startedAt ?? formatTime(deps.clock.nowMs())
    this.presentation = new Presentation({
      segmentMs: options.segmentMs,
      partMs: options.partMs,
      windowMs: options.windowMs,
      past: left?.past ?? null,
    })
    this.reloads = new Reloads(this.presentation, deps.clock)
    this.#deps = deps
    this.#options = options
    this.#logger = deps.logger.child({ broadcast_id: this.id, channel_id: channel.id })
    const { presentation } = this
    const folderDeps = {
      ...deps,
      logger: this.#logger,
      presentation,
      describe: () => this.record(),
    }
    this.#folder = new BroadcastFolder(this.id, folderDeps, left === null ? 'none' : 'some')
    const recorderDeps = { ...deps, logger: this.#logger }
    const place = { folder: this.id, index: left?.recordingIndex ?? 0 }
    this.#recorder = options.recording === 'on' ? new Recorder(place, recorderDeps) : null
    this.#offer = new Offer({ room: deps.slot, clock: deps.clock, logger: this.#logger })
    const first = begun instanceof Intake ? begun : null
    this.#encoders = new Succession(first, deps.clock, options)
    this.#meter = new IngestMeter(options)
    this.#waitMsFirst = left?.graceMs ?? 0
    this.#made = left?.record.renditions ?? null
    this.#hasThumb = left?.record.hasThumb ?? false
    this.#keyframeIntervalMs = left?.record.keyframeIntervalMs ?? null
    this.#isShown = left !== null
    this.#phase = first === null ? { phase: 'interrupted' } : { phase: 'live', intake: first }
  }

  get phase(): Phase {
    return this.#phase
  }

  get title(): string {
    return this.#title
  }

  get visibility(): Visibility {
    return this.#visibility
  }

  /** Whether there is a playlist to be watched. */
  get isWatchable(): boolean {
    return this.presentation.lastMsn !== null
  }

  /**
   * Whether it is watched as it happens: also while its encoder is away, but not once it is over.
   */
  get isOnAir(): boolean {
    const { phase } = this.#phase
    return this.isWatchable && phase !== 'ended' && phase !== 'failed'
  }

  /**
   * Runs the broadcast from its first byte to its last: connection after connection until the
   * streamer stops or does not come back in time. Resolves when everything is stored and closed.
   */
  async run(): Promise<void> {
    if (this.#phase.phase === 'live') {
      this.#logger.info('broadcast started', { title: this.title })
    } else {
      await this.#takeOver()
      await this.#wait(this.#waitMsFirst)
    }
    for (let intake = this.#encoders.take(); intake !== null; intake = this.#encoders.take()) {
      await this.#carryConnection(intake)
      await this.#recorder?.flush()
      if (this.#mayComeBack(intake)) await this.#wait(this.#options.reconnectGraceMs)
    }
    await this.#close()
  }

  /**
   * A connection for the holder of the key. One that is still there is taken over: it is cut and
   * told so. null when the broadcast is ending: it takes nobody any more. [R31]
   *
   * @throws ViblyError `live.takeovers-too-many`.
   */
  admit(): Intake | null {
    const now = this.#phase
    if (now.phase === 'ended' || now.phase === 'failed') return null
    if (now.phase === 'interrupted') return this.#encoders.admit(null)
    return now.intake.ending === 'stopped' ? null : this.#encoders.admit(now.intake)
  }

  /** Ends it for good; `run` resolves soon after. The encoder is told the reason. */
  stop(reason: ViblyError): void {
    this.#encoders.end(reason)
    if (this.#phase.phase === 'live') this.#phase.intake.cut(reason)
  }

  /** What its owner says of it holds at once; what of it is stored is stored when this resolves. */
  async change({ title, visibility }: BroadcastChange): Promise<void> {
    this.#title = title ?? this.#title
    this.#visibility = visibility ?? this.#visibility
    await this.#folder.changeRecord()
  }

  /** What is stored and shown of it. */
  record(): BroadcastRecord {
    return describeBroadcast({
      id: this.id,
      channelId: this.channelId,
      title: this.#title,
      visibility: this.#visibility,
      status: this.#phase.phase,
      failure: this.#phase.phase === 'failed' ? this.#phase.reason.message : null,
      startedAt: this.startedAt,
      endedAt: this.#endedAt,
      hasThumb: this.#hasThumb,
      keyframeIntervalMs:
        this.#source === null ? this.#keyframeIntervalMs : this.#source.keyframeIntervalMs,
      presentation: this.presentation,
      made: this.#made ?? [],
    })
  }

  /** Whether nothing of it is in memory alone, now that it is over. */
  get isEndStored(): boolean {
    return this.#folder.isEndStored
  }

  /**
   * Stores what is not yet as it was when it ended; says whether all is. May be called again. [X05]
   */
  async storeEnd(): Promise<boolean> {
    return await this.#folder.storeEnd()
  }

  /** How it is doing, for its owner; null when it is over. */
  health(): Health | null {
    const { phase } = this.#phase
    if (phase !== 'live' && phase !== 'interrupted') return null
    return describeHealth({
      status: phase,
      ingest: this.#meter.figures(this.#deps.clock.monotonicMs()),
      source: this.#source?.facts ?? null,
      paces: this.#connection?.paces ?? [],
      figures: this.#connection?.figures ?? new Map(),
      others: [
        ...(this.#isPictureLate ? (['ingest.picture-late'] as const) : []),
        ...this.#offer.warnings,
        ...(this.#recorder?.failure ? (['recording.stopped'] as const) : []),
        ...(this.#recorder?.isPaused ? (['recording.paused'] as const) : []),
        ...(this.#folder.isRefusing ? (['disk.full'] as const) : []),
      ],
    })
  }

  async #carryConnection(intake: Intake): Promise<void> {
    if (this.#phase.phase === 'interrupted') this.#deps.onStatus(this, 'resumed')
    this.#phase = { phase: 'live', intake }
    const source = new Source({
      segmentMs: this.#options.segmentMs,
      videoCodecs: this.#deps.videoCodecs,
      keyframeIntervalMs: this.#keyframeIntervalMs,
    })
    this.#source = source
    this.#meter.startConnection(this.#deps.clock.monotonicMs())
    this.#recorder?.startConnection()
    const connection = new Connection(intake, source, {
      clock: this.#deps.clock,
      logger: this.#logger,
      failures: this.#failures,
      meter: this.#meter,
      isChangeDue: (behindMs) => this.#offer.isChangeDue(behindMs),
      startRun: (start, ageMs) => this.#startRun(start, ageMs, source),
      record: (tags) => this.#recorder?.take(tags),
    })
    this.#connection = connection
    const watching = intake.watch()
    try {
      await connection.carry()
    } catch (thrown) {
      const reason = asViblyError(thrown)
      this.#logger.error('the publisher cannot be taken any further', reason)
      intake.cut(reason)
      this.#phase = { phase: 'failed', reason }
    }
    this.#connection = null
    this.#keyframeIntervalMs = source.keyframeIntervalMs
    await watching
  }

  #startRun(start: SourceStart, ageMs: number, source: Source): Run {
    const whole = planRenditions(start.source, {
      segmentMs: this.#options.segmentMs,
      keep: this.isWatchable ? this.#made : null,
      skip: start.skip,
    })
    this.#made = whole.renditions
    this.#hasThumb ||= whole.video !== null
    this.#isPictureLate = start.source.video !== null && whole.video === null
    this.#folder.expectChange()
    const { plan, effort } = this.#offer.fit(whole)
    source.relyOnKeyframes(plan.video?.keyframes.at === 'source')
    const shownFromMs = plan.video?.skip?.untilMs ?? start.startPtsMs
    const newestMs = start.tags.at(-1)?.timestampMs ?? shownFromMs
    const startAgeMs = ageMs + Math.max(0, newestMs - shownFromMs)
    const run = new Run(plan, start, {
      folder: this.id,
      blobs: this.#deps.blobs,
      presentation: this.presentation,
      clock: this.#deps.clock,
      wallClockMs: this.#deps.clock.nowMs() - startAgeMs,
      startTranscode: () => this.#deps.slot.run(plan, effort),
      writeJournal: (texts) => this.#folder.append(texts),
      onUnstored: (reason) => this.#folder.noteRefusal(reason),
      onListed: () => this.#onListed(),
    })
    this.#logger.info('FFmpeg started', {
      pid: run.pid,
      renditions: plan.renditions
        .map(({ name, isCopy }) => (isCopy ? `${name} (copy)` : name))
        .join(', '),
    })
    return run
  }

  /** What an earlier server left is put in order on disk before anything is added to it. */
  async #takeOver(): Promise<void> {
    this.#logger.warn('a broadcast of an earlier server goes on, if its encoder comes back', {
      title: this.title,
    })
    await this.#folder.repair()
  }

  /** The connection is lost: the broadcast stands still until its encoder is back, or `graceMs`. */
  async #wait(graceMs: number): Promise<void> {
    this.#phase = { phase: 'interrupted' }
    this.#deps.onStatus(this, 'interrupted')
    this.#logger.warn('the connection is lost, waiting for the encoder', { grace_ms: graceMs })
    await this.#folder.saveRecord()
    await this.#encoders.wait(graceMs)
  }

  /** A broadcast that nobody could watch yet is not worth waiting for. */
  #mayComeBack(before: Intake): boolean {
    const isLost = before.ending === 'lost' && this.#phase.phase === 'live'
    return isLost && this.isWatchable && !this.#encoders.isDecided
  }

  async #close(): Promise<void> {
    if (this.#phase.phase !== 'failed') this.#phase = { phase: 'ended' }
    this.#endedAt = formatTime(this.#deps.clock.nowMs())
    if (this.isWatchable) {
      this.#deps.onStatus(this, 'ended')
      await this.#folder.close(this.presentation.end())
    } else {
      await this.#folder.remove()
    }
    this.#logger.info('broadcast ended', {
      status: this.#phase.phase,
      duration_s: this.presentation.durationMs / 1000,
    })
  }

  async #onListed(): Promise<void> {
    await this.#folder.keepReadable()
    if (this.#isShown) return
    this.#isShown = true
    this.#deps.onStatus(this, 'live')
  }
}
