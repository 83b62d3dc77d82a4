import type { Clock, Logger, WarningCode } from '../../base/index.ts'
import {
  dearestCount,
  type Effort,
  type Plan,
  type Slot,
  withoutDearest,
} from '../../transcode/index.ts'
import { PaceWatch } from '../intake/index.ts'

/** What `Offer` needs of a slot. */
export type Room = Pick<Slot, 'leaveOut' | 'hasRoomFor' | 'isFastest' | 'whenBehind'>

/** Why renditions are left out: others were there first, or FFmpeg was too slow for them. */
type Reason = 'room' | 'behind'

/** After this long there may be room again for what did not fit. */
const ROOM_RETRY_MS = 30_000
/** After falling behind the first attempt comes later, each next one four times later than that. */
const BEHIND_RETRY_MS = 60_000
const RETRY_FACTOR = 4
/** A rendition that came back and was too dear again within so long came back for nothing. */
const ATTEMPT_MS = 120_000
/** Attempts for nothing in one broadcast: each is two discontinuities for its viewers. */
const ATTEMPTS_MAX = 3
/** While more than this is waiting there is no room for more. */
const BACKLOG_MS_MAX = 500

/**
 * Which of its renditions a broadcast makes, over all its FFmpegs: at first those for which there
 * is room, fewer when FFmpeg falls behind [X23], more when there is room again.
 */
export class Offer {
  readonly #room: Room
  readonly #clock: Clock
  readonly #logger: Logger
  /** All that the source could have; null before the first FFmpeg. */
  #whole: Plan | null = null
  #outCount = 0
  #reason: Reason = 'room'
  #effort: Effort = 'as-planned'
  #watch = new PaceWatch()
  #isOverloaded = false
  /** Monotonic ms. */
  #retryAtMs = 0
  #raisedAtMs = Number.NEGATIVE_INFINITY
  #attemptsFailed = 0

  constructor(deps: { readonly room: Room; readonly clock: Clock; readonly logger: Logger }) {
    this.#room = deps.room
    this.#clock = deps.clock
    this.#logger = deps.logger
  }

  /** What the next FFmpeg is to make of `whole`, and how. */
  fit(whole: Plan): { readonly plan: Plan; readonly effort: Effort } {
    if (this.#whole === null || !costsAlike(this.#whole, whole)) {
      const outCount = this.#room.leaveOut(whole)
      if (outCount > this.#outCount) {
        this.#outCount = outCount
        this.#reason = 'room'
        this.#retryAtMs = this.#clock.monotonicMs() + ROOM_RETRY_MS
      }
    }
    this.#whole = whole
    this.#watch = new PaceWatch()
    this.#isOverloaded = false
    return { plan: withoutDearest(whole, this.#outCount), effort: this.#effort }
  }

  /**
   * Whether another FFmpeg is to make fewer renditions, or more: `fit` says which. To be asked a
   * few times a second.
   *
   * @param behindMs how long media has been waiting for the rendition that does best.
   */
  isChangeDue(behindMs: number): boolean {
    if (this.#whole === null) return false
    const nowMs = this.#clock.monotonicMs()
    if (this.#watch.isFallingBehind(nowMs, behindMs)) {
      return this.#room.whenBehind === 'drop' && this.#lower(this.#whole, nowMs)
    }
    if (behindMs > BACKLOG_MS_MAX) return false
    this.#isOverloaded = false
    return this.#mayRaise(nowMs) && this.#raise(this.#whole, nowMs)
  }

  /** Names of the renditions that are left out for now, tallest first. */
  get leftOut(): readonly string[] {
    if (this.#whole === null) return []
    const made = withoutDearest(this.#whole, this.#outCount).renditions
    return this.#whole.renditions.flatMap((one) => (made.includes(one) ? [] : one.name))
  }

  /** What the owner should know of what is left out. */
  get warnings(): readonly WarningCode[] {
    if (this.leftOut.length === 0) return []
    return [this.#reason === 'room' ? 'transcode.room-short' : 'transcode.rendition-dropped']
  }

  #lower(whole: Plan, nowMs: number): boolean {
    const canDrop = this.#outCount < dearestCount(whole)
    if (!canDrop && this.#room.isFastest) {
      if (!this.#isOverloaded) this.#logger.warn('FFmpeg falls behind with the least it can do')
      this.#isOverloaded = true
      return false
    }
    if (nowMs - this.#raisedAtMs < ATTEMPT_MS) this.#attemptsFailed += 1
    this.#retryAtMs = nowMs + BEHIND_RETRY_MS * RETRY_FACTOR ** this.#attemptsFailed
    if (canDrop) this.#outCount += 1
    this.#reason = 'behind'
    this.#effort = 'pressed'
    this.#logger.warn('FFmpeg falls behind', { left_out: this.leftOut.join(', ') })
    return true
  }

  #mayRaise(nowMs: number): boolean {
    const hasAttempts = this.#attemptsFailed < ATTEMPTS_MAX
    return this.#outCount > 0 && hasAttempts && nowMs >= this.#retryAtMs
  }

  #raise(whole: Plan, nowMs: number): boolean {
    if (!this.#room.hasRoomFor(withoutDearest(whole, this.#outCount - 1))) return false
    this.#outCount -= 1
    this.#raisedAtMs = nowMs
    this.#retryAtMs = nowMs + ROOM_RETRY_MS
    this.#logger.info('there is room for more renditions', { left_out: this.leftOut.join(', ') })
    return true
  }
}

/** Whether the same renditions are copied in both: only what is encoded costs anything. */
function costsAlike(before: Plan, now: Plan): boolean {
  const costs = (plan: Plan) =>
    plan.renditions.map(({ name, isCopy, height }) => `${name} ${isCopy} ${height}`).join()
  return costs(before) === costs(now)
}
