/** How far apart the notes of `Arrivals` are at least, in media ms; how many there are at most. */
const NOTE_EVERY_MS = 100
const NOTES_MAX = 600

/**
 * When media came in, by its place on the source's line of time. Tells how long the oldest that
 * FFmpeg has not given out yet has been waiting: a pause of the encoder, or a burst after one, is
 * no backlog.
 */
export class Arrivals {
  /** Both rise. At most `NOTES_MAX`, a minute: the oldest is forgotten. */
  readonly #notes: { readonly mediaMs: number; readonly arrivedMs: number }[] = []

  /** Media of `mediaMs` came in at `arrivedMs` (monotonic). */
  note(mediaMs: number, arrivedMs: number): void {
    const last = this.#notes.at(-1)
    if (last !== undefined && mediaMs - last.mediaMs < NOTE_EVERY_MS) return
    this.#notes.push({ mediaMs, arrivedMs })
    if (this.#notes.length > NOTES_MAX) this.#notes.shift()
  }

  /**
   * How long ago, at `nowMs` (monotonic), media of `mediaMs` came in; 0 where that is not known.
   */
  ageMs(mediaMs: number, nowMs: number): number {
    const note = this.#notes.findLast((one) => one.mediaMs <= mediaMs)
    return note === undefined ? 0 : Math.max(0, nowMs - note.arrivedMs - (mediaMs - note.mediaMs))
  }

  /**
   * How long the oldest media behind `outMs` is waiting, ms; 0: nothing does.
   *
   * @param newestMs when anything came in last, noted or not.
   */
  behindMs(outMs: number, newestMs: number): number {
    const waiting = this.#notes.find(({ mediaMs }) => mediaMs > outMs)
    return waiting === undefined ? 0 : Math.max(0, newestMs - waiting.arrivedMs)
  }
}

/** How one rendition is doing. */
export interface RenditionPace {
  readonly name: string
  readonly isCopy: boolean
  /** How long what came in has been waiting to come out, ms. */
  readonly behindMs: number
}

interface Sample {
  readonly atMs: number
  readonly behindMs: number
}

/**
 * Falling behind is a backlog that grew by `growthMs` within `windowMs`, and stood so for
 * `steadyMs`: key frames and hiccups come and go.
 */
interface Limit {
  readonly windowMs: number
  readonly steadyMs: number
  readonly growthMs: number
}

/** A speed below 0.95 for 10 s: the backlog of 4 s ago is that of 6 s at that speed. */
const SLOW: Limit = { windowMs: 10_000, steadyMs: 4000, growthMs: 300 }
/** Viewers must not get 5 s late, so what is slower is seen sooner. */
const SUDDEN: Limit = { windowMs: 6000, steadyMs: 1000, growthMs: 1500 }

/** Tells an FFmpeg that is slower than its source from one that catches up with a backlog. [X23] */
export class PaceWatch {
  /** Of the last `SLOW.windowMs`, oldest first. */
  #samples: Sample[] = []

  /** Whether FFmpeg falls behind; to be asked a few times a second. `atMs` is monotonic. */
  isFallingBehind(atMs: number, behindMs: number): boolean {
    this.#samples.push({ atMs, behindMs })
    this.#samples = this.#samples.filter((sample) => atMs - sample.atMs <= SLOW.windowMs)
    return [SLOW, SUDDEN].some((limit) => this.#isOver(limit, atMs))
  }

  #isOver({ windowMs, steadyMs, growthMs }: Limit, atMs: number): boolean {
    const least = (fromMs: number, untilMs: number) =>
      this.#samples.reduce(
        (sum, one) =>
          one.atMs >= fromMs && one.atMs < untilMs ? Math.min(sum, one.behindMs) : sum,
        Number.POSITIVE_INFINITY,
      )
    const stands = least(atMs - steadyMs, Number.POSITIVE_INFINITY)
    return stands - least(atMs - windowMs, atMs - steadyMs) >= growthMs
  }
}
