import type { WarningCode } from '../../base/index.ts'
import {
  decodeVideoPayload,
  FLV_WRAP_MS,
  keyframeDistanceMsMax,
  PAYLOAD_BYTES_MIN,
  unwrap,
} from '../../media/index.ts'
import type { MediaMessage } from '../../rtmp/index.ts'

/** What arrives from an encoder, measured. */
export interface IngestFigures {
  /** 1000 bit/s, of all messages, over the last 5 s. */
  readonly kbps: number
  /** Pictures a second over the last 5 s; null: no picture in that time. */
  readonly frameRate: number | null
  /** The longest of the last few distances between key frames; null before the second one. */
  readonly keyframeIntervalMs: number | null
  /**
   * Pictures that the encoder left out, seen as holes in an even rate, since the broadcast began.
   */
  readonly droppedFrames: number
  /** How much later than at its best in the last 30 s media arrives. */
  readonly lateMs: number
  readonly warnings: readonly WarningCode[]
}

const RATE_SECONDS = 5
/** What happened longer ago is no reason to warn any more. */
const MEMORY_SECONDS = 30
const MISSING_MS_MIN = 3000
const LATE_MS_MIN = 2000
/** Fewer pictures left out than this share of all is what a good line does now and then. */
const DROPPED_SHARE_MIN = 0.01
/** Above this share of the limit a busy scene may be cut off. */
const BIT_RATE_SHARE_MIN = 0.9
const STEPS_MAX = 31
/** A longer step is a jump or a pause, and tells nothing of the rate. */
const STEP_MS_MAX = 5000
const KEYFRAME_INTERVALS_MAX = 3

/** What came in one second of the monotonic clock. */
interface Second {
  readonly number: number
  bytes: number
  pictures: number
  dropped: number
  jumps: number
  /** The least of arrival minus media time; `Infinity` without pictures. */
  lagMs: number
}

/**
 * Measures what one broadcast's encoder sends, over all its connections. Pure: messages and the
 * time of their arrival (monotonic ms) in, figures out.
 */
export class IngestMeter {
  readonly #kbpsMax: number
  readonly #keyframeMsMax: number
  readonly #seconds: Second[] = []
  #startedMs = 0
  #soundMs = 0
  #pictureMs: number | null = null
  #droppedFrames = 0
  /** As sent; null: none on this connection. */
  #timestampMs: number | null = null
  #keyframeMs: number | null = null
  /** Media time since the connection began, jumps left out. */
  #mediaMs = 0
  #lagMs = 0
  /** Steps since `#usualStepMs` was last worked out. */
  #steps: number[] = []
  /** null: not known, or the rate is not even, so that a hole cannot be told. */
  #usualStepMs: number | null = null
  #keyframeIntervals: readonly number[] = []

  /** @param options `ingestKbpsMax`: above it the publisher is cut. */
  constructor(options: { readonly ingestKbpsMax: number; readonly segmentMs: number }) {
    this.#kbpsMax = options.ingestKbpsMax
    this.#keyframeMsMax = keyframeDistanceMsMax(options.segmentMs)
  }

  /** Another connection begins: its clock has nothing to do with that of the one before. */
  startConnection(nowMs: number): void {
    this.#startedMs = nowMs
    this.#soundMs = nowMs
    this.#pictureMs = null
    this.#seconds.length = 0
    this.#restartClock()
  }

  /** A message that could be understood. */
  take(message: MediaMessage, nowMs: number): void {
    const second = this.#secondOf(nowMs)
    second.bytes += message.payload.byteLength
    if (message.kind === 'audio') this.#soundMs = nowMs
    if (message.kind !== 'video' || message.payload.byteLength < PAYLOAD_BYTES_MIN.video) return
    const { packet, isKeyframe } = decodeVideoPayload(message.payload)
    if (packet !== 'frame') return
    this.#pictureMs = nowMs
    second.pictures += 1
    this.#takeStep(message.timestampMs, second)
    if (isKeyframe) this.#takeKeyframe()
    this.#lagMs = nowMs - this.#startedMs - this.#mediaMs
    second.lagMs = Math.min(second.lagMs, this.#lagMs)
  }

  /** The timeline of the media was mended. */
  noteJump(nowMs: number): void {
    this.#secondOf(nowMs).jumps += 1
  }

  figures(nowMs: number): IngestFigures {
    const newest = Math.floor(nowMs / 1000)
    const remembered = this.#seconds.filter(({ number }) => number >= newest - MEMORY_SECONDS)
    // Whole seconds of this connection: neither its first one nor the one that is not over.
    const from = Math.max(newest - RATE_SECONDS, Math.floor(this.#startedMs / 1000) + 1)
    const whole = remembered.filter(({ number }) => number >= from && number < newest)
    const duration = newest - from
    const perSecond = (count: number): number => (duration <= 0 ? 0 : count / duration)
    const pictures = sum(whole, ({ pictures }) => pictures)
    const kbps = perSecond(sum(whole, ({ bytes }) => bytes) / 125)
    const bestLagMs = Math.min(this.#lagMs, ...remembered.map(({ lagMs }) => lagMs))
    const lateMs = this.#lagMs - bestLagMs
    return {
      kbps: Math.round(kbps),
      frameRate: pictures === 0 ? null : Math.round(perSecond(pictures) * 100) / 100,
      keyframeIntervalMs: this.#keyframeInterval(),
      droppedFrames: this.#droppedFrames,
      lateMs: Math.round(lateMs),
      warnings: this.#warnings(nowMs, remembered, { kbps, lateMs }),
    }
  }

  #warnings(
    nowMs: number,
    remembered: readonly Second[],
    { kbps, lateMs }: { readonly kbps: number; readonly lateMs: number },
  ): readonly WarningCode[] {
    const isPictured = this.#pictureMs !== null
    const isBlind = nowMs - (this.#pictureMs ?? nowMs) >= MISSING_MS_MIN
    const isSilent = nowMs - this.#soundMs >= MISSING_MS_MIN
    const pictures = sum(remembered, (second) => second.pictures)
    const dropped = sum(remembered, (second) => second.dropped)
    const intervalMs = this.#keyframeInterval() ?? 0
    const found: readonly (readonly [WarningCode, boolean])[] = [
      // When nothing at all comes, the line is the matter, not the sound.
      ['ingest.audio-missing', isPictured && isSilent && !isBlind],
      ['ingest.picture-missing', isPictured && isBlind && !isSilent],
      ['ingest.bit-rate-high', kbps > this.#kbpsMax * BIT_RATE_SHARE_MIN],
      ['ingest.frames-dropped', dropped > (pictures + dropped) * DROPPED_SHARE_MIN],
      ['ingest.late', lateMs >= LATE_MS_MIN],
      ['ingest.keyframes-far', intervalMs > this.#keyframeMsMax],
      ['ingest.clock-jumped', remembered.some(({ jumps }) => jumps > 0)],
    ]
    return found.flatMap(([code, isFound]) => (isFound ? [code] : []))
  }

  #takeStep(timestampMs: number, second: Second): void {
    const beforeMs = this.#timestampMs
    this.#timestampMs = timestampMs
    if (beforeMs === null) return
    // Negative: backwards.
    const stepMs = unwrap(timestampMs, beforeMs, FLV_WRAP_MS) - beforeMs
    if (stepMs < 0 || stepMs > STEP_MS_MAX) {
      this.#restartClock()
      this.#timestampMs = timestampMs
      return
    }
    this.#mediaMs += stepMs
    const usualMs = this.#usualStepMs
    const dropped = usualMs === null ? 0 : Math.max(0, Math.round(stepMs / usualMs) - 1)
    second.dropped += dropped
    this.#droppedFrames += dropped
    this.#steps.push(stepMs)
    if (this.#steps.length < STEPS_MAX) return
    this.#usualStepMs = usualStep(this.#steps)
    this.#steps = []
  }

  #takeKeyframe(): void {
    const beforeMs = this.#keyframeMs
    this.#keyframeMs = this.#mediaMs
    if (beforeMs === null) return
    const intervals = [...this.#keyframeIntervals, this.#mediaMs - beforeMs]
    this.#keyframeIntervals = intervals.slice(-KEYFRAME_INTERVALS_MAX)
  }

  /** Also of one that is still running, once it is longer than those before. */
  #keyframeInterval(): number | null {
    const openMs = this.#keyframeMs === null ? 0 : this.#mediaMs - this.#keyframeMs
    if (this.#keyframeIntervals.length === 0) {
      return openMs > this.#keyframeMsMax ? openMs : null
    }
    return Math.max(...this.#keyframeIntervals, openMs)
  }

  /** Media time counts from here on: nothing links it to what was before. */
  #restartClock(): void {
    this.#timestampMs = null
    this.#keyframeMs = null
    this.#mediaMs = 0
    this.#lagMs = 0
    this.#steps = []
    this.#usualStepMs = null
    this.#keyframeIntervals = []
    for (const second of this.#seconds) second.lagMs = Number.POSITIVE_INFINITY
  }

  #secondOf(nowMs: number): Second {
    const number = Math.floor(nowMs / 1000)
    const newest = this.#seconds.at(-1)
    if (newest !== undefined && newest.number >= number) return newest
    const second = {
      number,
      bytes: 0,
      pictures: 0,
      dropped: 0,
      jumps: 0,
      lagMs: Number.POSITIVE_INFINITY,
    }
    this.#seconds.push(second)
    if (this.#seconds.length > MEMORY_SECONDS + 1) this.#seconds.shift()
    return second
  }
}

/** The step of an even rate; null where the rate is not even, so that a hole cannot be told. */
function usualStep(steps: readonly number[]): number | null {
  const median = steps.toSorted((a, b) => a - b)[Math.floor(STEPS_MAX / 2)] ?? 0
  const even = steps.filter((step) => Math.abs(step - median) <= Math.max(2, median / 4))
  return median > 0 && even.length >= STEPS_MAX * 0.8 ? median : null
}

function sum<T>(values: readonly T[], amount: (value: T) => number): number {
  return values.reduce((total, value) => total + amount(value), 0)
}
