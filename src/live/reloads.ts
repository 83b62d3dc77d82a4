import { type Clock, pause } from '../base/index.ts'
import type { Presentation, ReloadTarget } from '../hls/index.ts'

/** What a player asked for beyond the playlist as it is (RFC 8216bis §6.2.5). */
export interface Directives {
  /** Answer when this segment or part is listed; null: now. */
  readonly target: ReloadTarget | null
  /** A delta update will do. */
  readonly isDelta: boolean
}

/**
 * `too-far`: nobody can mean that. `too-late`: it did not come in time, though an FFmpeg is
 * running.
 * `isMet` false: nothing comes at present, so here is the list as it stands.
 */
export type ReloadAnswer =
  | { readonly kind: 'playlist'; readonly text: string; readonly isMet: boolean }
  | { readonly kind: 'none' | 'too-far' | 'too-late' }

/** In targets: how long a request may be kept waiting. [LL10] */
const WAIT_TARGETS_MAX = 3

/**
 * In targets: whoever asks later begins a wait of its own, so that nobody's is cut short by much.
 */
const JOIN_TARGETS_MAX = 1

/** A wait that others may join. */
interface Wait {
  readonly sinceMs: number
  readonly over: Promise<boolean>
}

/**
 * Viewers who wait for the next part of one broadcast. All that come to wait for the same within a
 * target share one promise and one timer, so a part wakes a few waiters however many ask. [D07] How
 * many different ones there can be is bounded by how far ahead one may ask [LL08] and by the one
 * part that is hinted at per rendition.
 */
export class Reloads {
  readonly #presentation: Presentation
  readonly #clock: Clock
  readonly #waits = new Map<string, Wait>()

  constructor(presentation: Presentation, clock: Clock) {
    this.#presentation = presentation
    this.#clock = clock
  }

  /** Resolves when the wish is met or never will be; at once where there is none. [LL06] */
  async playlist(rendition: string, { target, isDelta }: Directives): Promise<ReloadAnswer> {
    const presentation = this.#presentation
    let isMet = true
    if (target !== null) {
      const decide = () => presentation.decideReload(rendition, target)
      const decision = decide()
      if (decision === 'too-far') return { kind: 'too-far' }
      if (decision === 'wait') {
        const name = `${rendition} ${target.msn} ${target.part}`
        isMet = await this.#wait(name, () => decide() !== 'wait')
      }
      // With a 503 players would give up a broadcast whose encoder is about to come back. [H08]
      if (!isMet && presentation.isRunning) return { kind: 'too-late' }
    }
    const text = isDelta
      ? presentation.playlists.delta(rendition)
      : presentation.playlists.media(rendition)
    return text === null ? { kind: 'none' } : { kind: 'playlist', text, isMet }
  }

  /**
   * The bytes of a part, whole. One that is only hinted at is waited for [LL13]; null: it never
   * was, was too long ago, or will not come after all [LL15].
   */
  async part(rendition: string, fileName: string): Promise<Uint8Array | null> {
    const presentation = this.#presentation
    const isHinted = () => presentation.hintedPart(rendition) === fileName
    const known = presentation.partBytes(rendition, fileName)
    if (known !== null || !isHinted()) return known
    await this.#wait(`${rendition} ${fileName}`, () => !isHinted())
    return presentation.partBytes(rendition, fileName)
  }

  /** Resolves with true when `isOver` turned true by a change, with false when the time is up. */
  #wait(name: string, isOver: () => boolean): Promise<boolean> {
    const nowMs = this.#clock.monotonicMs()
    const joinMsMax = JOIN_TARGETS_MAX * this.#presentation.targetSeconds * 1000
    const known = this.#waits.get(name)
    if (known !== undefined && nowMs - known.sinceMs <= joinMsMax) return known.over
    const over = this.#begin(isOver).finally(() => {
      if (this.#waits.get(name)?.over === over) this.#waits.delete(name)
    })
    this.#waits.set(name, { sinceMs: nowMs, over })
    return over
  }

  async #begin(isOver: () => boolean): Promise<boolean> {
    const over = new AbortController()
    const stop = this.#presentation.playlists.onChange(() => {
      if (isOver()) over.abort()
    })
    try {
      const waitMsMax = WAIT_TARGETS_MAX * this.#presentation.targetSeconds * 1000
      return !(await pause(this.#clock, waitMsMax, over.signal))
    } finally {
      stop()
    }
  }
}
