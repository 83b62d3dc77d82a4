import { type Clock, pause, TokenBucket, ViblyError } from '../../base/index.ts'
import { Intake, type IntakeOptions } from './intake.ts'

/** More takeovers than this a minute are two encoders that fight over one key. [R31] */
const TAKEOVERS_PER_MINUTE = 5

/**
 * The encoders of one broadcast, one after the other: lets them in, says which comes next, and
 * waits for one that may come back. The newest that was let in goes first. [R31] [R34]
 */
export class Succession {
  readonly #clock: Clock
  readonly #options: IntakeOptions
  readonly #takeovers: TokenBucket
  /** Let in, and not taken yet. */
  #next: Intake | null
  #isOver: boolean = false
  #wake: (() => void) | null = null

  /** `first`: the encoder that is there; null: it may come back. */
  constructor(first: Intake | null, clock: Clock, options: IntakeOptions) {
    this.#clock = clock
    this.#options = options
    this.#next = first
    this.#takeovers = new TokenBucket(
      { perSecond: TAKEOVERS_PER_MINUTE / 60, burst: TAKEOVERS_PER_MINUTE },
      clock.monotonicMs(),
    )
  }

  /**
   * Whether somebody waits for their turn, or nobody gets one any more: there is nothing to wait
   * for.
   */
  get isDecided(): boolean {
    return this.#next !== null || this.#isOver
  }

  /**
   * Lets an encoder in; `before`, the one that is taken now, is cut and told so. null: nobody is
   * let in any more.
   *
   * @throws ViblyError `live.takeovers-too-many`.
   */
  admit(before: Intake | null): Intake | null {
    if (this.#isOver) return null
    const waitMs = this.#takeovers.take(1, this.#clock.monotonicMs())
    if (waitMs > 0) throw new ViblyError('live.takeovers-too-many', { retryAfterMs: waitMs })
    this.#next?.cut(new ViblyError('live.taken-over'))
    this.#next = new Intake(this.#clock, this.#options)
    before?.cut(new ViblyError('live.taken-over'))
    this.#wake?.()
    return this.#next
  }

  /** Nobody is let in any more; who waits is told the reason. */
  end(reason: ViblyError): void {
    this.#isOver = true
    this.#next?.cut(reason)
    this.#wake?.()
  }

  /** The encoder whose turn it is; null: there is none. */
  take(): Intake | null {
    const next = this.#next
    this.#next = null
    return this.#isOver ? null : next
  }

  /** Resolves when it is decided, or the grace is over. */
  async wait(graceMs: number): Promise<void> {
    if (this.isDecided) return
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await pause(this.#clock, graceMs, woken.signal)
    this.#wake = null
  }
}
