import type { FlvTag } from '../flv/index.ts'
import { FLV_WRAP_MS, unwrap } from './wrap.ts'

/**
 * Where the line starts, ms: above zero, so that what comes a little before the first message (a
 * late track, AAC priming, B-frames) does not fall below zero.
 */
const START_MS = 10_000
/** A step of one track, or a backward one, up to this is the sender's jitter and kept. */
const JITTER_MS_MAX = 1000
/** A pause up to this stays a pause; a longer one is closed up. */
const GAP_MS_MAX = 5000
/**
 * After so many messages in a row that agree on a jump it is believed: one alone is an outlier.
 * [F12]
 */
const JUMP_MESSAGES = 3
/** Step of a re-stamped message before a real one is known, and the longest that is learnt. */
const STEP_MS_FIRST = { audio: 23, video: 33 } as const
const STEP_MS_MAX = 100

/**
 * Turns the u32 timestamps of one RTMP connection into one rising 64-bit line that audio and video
 * share, so that no packet, broken or hostile, can make FFmpeg fill an hour with copies.
 * [F12] [R08]
 *
 * - Within a track the line never falls; a small fall is held at the track's last value.
 * - One message far off is re-stamped a frame behind its predecessor.
 * - Three in a row that agree: a pause of up to `GAP_MS_MAX` stays a pause; anything else is a
 *   jump: the line goes on a frame later, and the other track follows by the same amount when it
 *   jumps too, so sound and picture stay together. `isReset` is said once. The caller feeds on: the
 *   line FFmpeg sees has no hole, so it needs neither a restart nor a discontinuity.
 * - Tracks that disagree from the start (sound 10 s off) are joined by arrival, the same way.
 */
export class Timeline {
  readonly #tracks = { audio: new Track('audio'), video: new Track('video') }
  /** The furthest value given out, ms; null before the first. */
  #newestMs: number | null = null

  /**
   * Places one message, in the order of arrival; `timestampMs` as sent. Data messages take the
   * place they arrive at, as encoders stamp them at will.
   */
  push(
    kind: FlvTag['kind'],
    timestampMs: number,
  ): { readonly timestampMs: number; readonly isReset: boolean } {
    if (kind === 'data') return { timestampMs: this.#newestMs ?? START_MS, isReset: false }
    const track = this.#tracks[kind]
    const other = this.#tracks[kind === 'audio' ? 'video' : 'audio']
    if (this.#newestMs === null) track.offsetMs = START_MS - timestampMs

    const offsetMs = track.offsetMs ?? other.offsetMs ?? 0
    const nearMs = track.rawMs ?? other.rawMs ?? timestampMs
    const rawMs = unwrap(timestampMs, nearMs, FLV_WRAP_MS)
    if (this.#isPlausible(track, other, rawMs + offsetMs)) {
      return this.#accept(track, rawMs, offsetMs, false)
    }
    // The other track may have made this jump already: its offset then fits to the millisecond.
    if (other.offsetMs !== null && other.rawMs !== null && other.offsetMs !== track.offsetMs) {
      const likeOther = unwrap(timestampMs, other.rawMs, FLV_WRAP_MS)
      if (this.#isPlausible(track, other, likeOther + other.offsetMs)) {
        return this.#accept(track, likeOther, other.offsetMs, false)
      }
    }
    return this.#suspect(track, other, rawMs, offsetMs)
  }

  /** A message far off: re-stamp it, or believe it when it is the third that says so. */
  #suspect(track: Track, other: Track, rawMs: number, offsetMs: number) {
    const nextMs = (track.lastMs ?? this.#newestMs ?? START_MS) + track.stepMs
    if (track.countJump(rawMs, JITTER_MS_MAX) < JUMP_MESSAGES) {
      track.lastMs = nextMs
      track.offsetMs = offsetMs
      track.rawMs ??= rawMs
      this.#newestMs = Math.max(this.#newestMs ?? nextMs, nextMs)
      return { timestampMs: nextMs, isReset: false }
    }
    const ms = rawMs + offsetMs
    const aheadMs = ms - (this.#newestMs ?? ms)
    const isPause = aheadMs > 0 && aheadMs <= GAP_MS_MAX
    const isWithOther = other.lastMs !== null && Math.abs(ms - other.lastMs) <= JITTER_MS_MAX
    if (isPause || isWithOther) return this.#accept(track, rawMs, offsetMs, false)
    return this.#accept(track, rawMs, nextMs - rawMs, true)
  }

  #isPlausible(track: Track, other: Track, ms: number): boolean {
    const newestMs = this.#newestMs ?? ms
    if (track.lastMs === null) return Math.abs(ms - newestMs) <= GAP_MS_MAX
    const stepMs = ms - track.lastMs
    if (Math.abs(stepMs) <= JITTER_MS_MAX) return true
    if (stepMs < 0) return false
    // A sparse track catches up with the other; one that is alone has only its own word.
    return other.lastMs === null ? stepMs <= GAP_MS_MAX : ms - newestMs <= JITTER_MS_MAX
  }

  #accept(track: Track, rawMs: number, offsetMs: number, isReset: boolean) {
    const timestampMs = Math.max(rawMs + offsetMs, track.lastMs ?? 0)
    track.accept(rawMs, offsetMs, timestampMs)
    this.#newestMs = Math.max(this.#newestMs ?? timestampMs, timestampMs)
    return { timestampMs, isReset }
  }
}

/** Where one track stands. */
class Track {
  /** Line minus unwrapped timestamp; null until the track has begun. */
  offsetMs: number | null = null
  /** Last believed timestamp, unwrapped. */
  rawMs: number | null = null
  /** Last value given out. */
  lastMs: number | null = null
  stepMs: number
  #jumpRawMs = 0
  #jumpCount = 0

  constructor(kind: 'audio' | 'video') {
    this.stepMs = STEP_MS_FIRST[kind]
  }

  accept(rawMs: number, offsetMs: number, ms: number): void {
    const stepMs = ms - (this.lastMs ?? ms)
    if (stepMs > 0 && stepMs <= STEP_MS_MAX) this.stepMs = stepMs
    this.rawMs = rawMs
    this.offsetMs = offsetMs
    this.lastMs = ms
    this.#jumpCount = 0
  }

  /** How many suspects in a row, this one included, agree with each other. */
  countJump(rawMs: number, toleranceMs: number): number {
    const agrees = this.#jumpCount > 0 && Math.abs(rawMs - this.#jumpRawMs) <= toleranceMs
    this.#jumpCount = agrees ? this.#jumpCount + 1 : 1
    this.#jumpRawMs = rawMs
    return this.#jumpCount
  }
}
