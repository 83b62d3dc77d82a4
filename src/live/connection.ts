import { assertNever, type Clock, type Logger, TokenBucket, ViblyError } from '../base/index.ts'
import type { FlvTag } from '../media/index.ts'
import {
  Arrivals,
  type Arrived,
  type IngestMeter,
  type Intake,
  type RenditionPace,
} from './intake/index.ts'
import type { RenditionFigures, Run, RunFailures } from './output/index.ts'
import type { Source, SourceStart, SourceStep } from './source/index.ts'

export interface ConnectionDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly failures: RunFailures
  readonly meter: IngestMeter
  /**
   * Plans the renditions for what is coming and starts an FFmpeg; `start.tags` are not written yet.
   * The newest of them came in `ageMs` ago.
   */
  startRun(start: SourceStart, ageMs: number): Run
  /** Whether other renditions are to be made; `behindMs` waits for the one that does best. */
  isChangeDue(behindMs: number): boolean
  /**
   * Takes all that an FFmpeg is fed, or would be if one ran: media once, headers again. Never
   * waits.
   */
  record(tags: readonly FlvTag[]): void
}

const LOOK_EVERY_MS = 250
/**
 * The renditions of one FFmpeg come out together; one that is so much behind the others does not
 * come.
 */
const APART_MS_MAX = 5000
/** Of the 5 s that viewers may get late, the next FFmpeg needs the rest to start. */
const HURRY_MS = 3500

/** A source that changes its headers more often would keep the machine starting FFmpegs. */
const STARTS_PER_MINUTE = 20

/**
 * One connection of a publisher, from its first message to its last: its media goes to an FFmpeg,
 * and to a new one whenever the media changes or the last one failed.
 *
 * Pull does the pacing: a slow disk stops the segments, then FFmpeg, then the taking of batches,
 * then the reading of the RTMP socket, and TCP tells the encoder to slow down. No queue of ours can
 * grow.
 */
export class Connection {
  readonly #intake: Intake
  readonly #source: Source
  readonly #deps: ConnectionDeps
  readonly #arrivals = new Arrivals()
  /** The track by which all renditions are cut, so by which they are measured. */
  #lead: 'video' | 'audio' = 'video'
  #lookedAtMs = Number.NEGATIVE_INFINITY
  /** The FFmpeg is to be replaced by one that makes other renditions. */
  #isChangeDue: boolean = false
  #run: Run | null = null
  readonly #starts: TokenBucket
  /** Monotonic ms; null: no FFmpeg is to be replaced. */
  #retryAtMs: number | null = null

  constructor(intake: Intake, source: Source, deps: ConnectionDeps) {
    this.#intake = intake
    this.#source = source
    this.#deps = deps
    this.#starts = new TokenBucket(
      { perSecond: STARTS_PER_MINUTE / 60, burst: STARTS_PER_MINUTE },
      deps.clock.monotonicMs(),
    )
  }

  /**
   * Resolves when the publisher is gone and all it sent is listed.
   *
   * @throws ViblyError when its media cannot be taken, or when FFmpeg fails on it again and again.
   */
  async carry(): Promise<void> {
    try {
      for await (const batch of this.#intake.batches()) {
        for (const message of batch) {
          const step = this.#read(message)
          this.#noteArrival(step, message.arrivedMs)
          await this.#take(step)
          await this.#lookAfterRun()
        }
      }
    } finally {
      await this.#finishRun()
    }
  }

  /** How the renditions that are being made are doing; empty while no FFmpeg runs. */
  get paces(): readonly RenditionPace[] {
    return this.#run?.paces(this.#arrivals, this.#intake.lastArrivedMs(this.#lead)) ?? []
  }

  /** What comes out for each rendition, by its name; empty while no FFmpeg runs. */
  get figures(): ReadonlyMap<string, RenditionFigures> {
    return this.#run?.figures() ?? new Map()
  }

  /** What is to be done with a message; what can be understood is measured. */
  #read(message: Arrived): SourceStep | null {
    const { jumpCount } = this.#source
    const step = this.#source.push(message)
    this.#deps.meter.take(message, message.arrivedMs)
    if (this.#source.jumpCount > jumpCount) this.#deps.meter.noteJump(message.arrivedMs)
    return step
  }

  #noteArrival(step: SourceStep | null, arrivedMs: number): void {
    if (step === null || step.type === 'restart') return
    if (step.type === 'start') this.#lead = step.source.video === null ? 'audio' : 'video'
    const last = step.tags.findLast((tag) => tag.kind === this.#lead)
    if (last !== undefined) this.#arrivals.note(last.timestampMs, arrivedMs)
  }

  async #take(step: SourceStep | null): Promise<void> {
    if (step === null) return
    switch (step.type) {
      case 'tags':
        this.#deps.record(step.tags)
        await this.#run?.write(step.tags)
        return
      case 'start':
        await this.#finishRun()
        await this.#start(step)
        return
      case 'restart':
        this.#deps.logger.info('key frames are too far apart for a copy: encoding all renditions')
        await this.#dropRun()
        await this.#start(this.#source.restart())
        return
      default:
        assertNever(step)
    }
  }

  async #lookAfterRun(): Promise<void> {
    if (this.#run !== null) this.#source.forgetListed(this.#run.listedUntilMs)
    const nowMs = this.#deps.clock.monotonicMs()
    const failure = this.#run?.failure ?? this.#lookAtPace(nowMs)
    if (failure !== null) {
      this.#deps.logger.error('FFmpeg failed and is replaced', failure)
      await this.#dropRun()
      this.#retryAtMs = nowMs + this.#deps.failures.note(failure, nowMs)
    }
    const mayRetry = this.#retryAtMs !== null && nowMs >= this.#retryAtMs
    if (mayRetry || this.#canChangeNow()) {
      await this.#dropRun()
      await this.#start(this.#source.restart())
    }
  }

  /**
   * A few times a second; the failure of an FFmpeg that makes some renditions and not others. [F11]
   */
  #lookAtPace(nowMs: number): ViblyError | null {
    if (this.#run === null || !this.#run.isUnderWay) return null
    if (this.#isChangeDue || nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return null
    this.#lookedAtMs = nowMs
    const behind = this.paces.toSorted((a, b) => a.behindMs - b.behindMs)
    const [best, worst] = [behind[0], behind.at(-1)]
    if (best === undefined || worst === undefined) return null
    const silentMs = worst.behindMs - best.behindMs
    if (silentMs > APART_MS_MAX) {
      const facts = { output: worst.name, silentMs, waitingFor: 'encoder' }
      return new ViblyError('transcode.stalled', facts)
    }
    this.#isChangeDue = this.#deps.isChangeDue(best.behindMs)
    if (this.#isChangeDue) this.#run.hold()
    return null
  }

  /**
   * At the end of a segment nothing is shown twice; one that is late already waits for no such end.
   */
  #canChangeNow(): boolean {
    if (!this.#isChangeDue || this.#run === null) return false
    const behindMs = Math.min(...this.paces.map((pace) => pace.behindMs))
    return this.#run.isBetweenSegments || behindMs > HURRY_MS
  }

  /** Lists all that was fed. What is lost of it is lost: there is nothing left to feed it to. */
  async #finishRun(): Promise<void> {
    const run = this.#run
    this.#run = null
    if (run === null) return
    await run.finish()
    if (run.failure !== null) {
      this.#deps.logger.error('the end of the media is lost: FFmpeg failed on it', run.failure)
    }
  }

  async #dropRun(): Promise<void> {
    const run = this.#run
    this.#run = null
    if (run === null) return
    await run.abandon()
    this.#source.forgetListed(run.listedUntilMs)
  }

  /** null: the source gives a start of its own at its next key frame. */
  async #start(start: SourceStart | null): Promise<void> {
    this.#retryAtMs = null
    this.#isChangeDue = false
    this.#run = null
    if (start === null) return
    const nowMs = this.#deps.clock.monotonicMs()
    if (this.#starts.take(1, nowMs) > 0) {
      throw new ViblyError('live.source-unsteady', { perMinuteMax: STARTS_PER_MINUTE })
    }
    const newestMs = start.tags.at(-1)?.timestampMs ?? 0
    const run = this.#deps.startRun(start, this.#arrivals.ageMs(newestMs, nowMs))
    this.#run = run
    this.#deps.record(start.fresh)
    await run.write(start.tags)
  }
}
