import { assertNever } from '../assert-never.ts'

/** What broke: the way to the server, the decoding of what came, or something else. */
export type PlaybackFault = 'network' | 'media' | 'other'

/**
 * What to do about it. `afterMs` is a pause before trying, so that a broken server gets some rest.
 */
export type Remedy =
  | { readonly kind: 'load-again'; readonly afterMs: number }
  | { readonly kind: 'recover-media' }
  | { readonly kind: 'open-anew'; readonly afterMs: number }
  | { readonly kind: 'give-up' }

const PAUSE_MS_MIN = 1_000
const PAUSE_MS_MAX = 8_000
/** As long as this of undisturbed playing makes earlier faults history. */
const CALM_MS = 10_000
/**
 * Faults of the media in a row after which the viewer is asked; a lost network is never given up.
 */
const MEDIA_FAULTS_MAX = 6

/**
 * Decides how playback comes back after a fatal error: gentle means first, then a fresh start, with
 * pauses that grow from 1 s to 8 s. Time is handed in, ms of any clock that does not jump.
 */
export class Recovery {
  #networkFaults = 0
  #mediaFaults = 0
  #lastFaultMs = Number.NEGATIVE_INFINITY

  decide(fault: PlaybackFault, nowMs: number): Remedy {
    this.#lastFaultMs = nowMs
    switch (fault) {
      case 'network': {
        this.#networkFaults += 1
        const afterMs = pauseMs(this.#networkFaults)
        // What loads again keeps the picture on the screen; if that does not help, start anew.
        const kind = this.#networkFaults <= 2 ? 'load-again' : 'open-anew'
        return { kind, afterMs }
      }
      case 'media':
      case 'other': {
        this.#mediaFaults += 1
        if (this.#mediaFaults > MEDIA_FAULTS_MAX) return { kind: 'give-up' }
        if (fault === 'media' && this.#mediaFaults === 1) return { kind: 'recover-media' }
        return { kind: 'open-anew', afterMs: pauseMs(this.#mediaFaults - 1) }
      }
      default:
        return assertNever(fault)
    }
  }

  /** To be called while the picture moves. */
  played(nowMs: number): void {
    if (nowMs - this.#lastFaultMs < CALM_MS) return
    this.reset()
  }

  reset(): void {
    this.#networkFaults = 0
    this.#mediaFaults = 0
  }
}

function pauseMs(attempt: number): number {
  return Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** Math.max(0, attempt - 1))
}
