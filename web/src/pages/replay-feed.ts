import { signal } from '@preact/signals'
import type { ChatLine } from '../../../client/index.ts'
import type { ReplayPage } from '../api/client.ts'

/** A message with its place in the broadcast, ms since its start. */
export interface ReplayLine {
  readonly offsetMs: number
  readonly line: ChatLine
}

/** What was said so long before the place one jumps to is shown at once. */
const BEFORE_MS = 120_000
/** Loaded ahead of the picture. */
const AHEAD_MS = 30_000
/** Lines on the screen, and in memory before the oldest go. */
const SHOWN_MAX = 150
const LINES_MAX = 5_000

type Ask = (place: {
  readonly fromMs: number
  readonly after: number | null
}) => Promise<ReplayPage>

/**
 * What was said during a broadcast, in step with its picture: pages are asked for a little ahead,
 * and anew after a jump. One request at a time.
 */
export class ReplayFeed {
  readonly shown = signal<readonly ReplayLine[]>([])
  /** Whether the whole chat is known to be empty; false while that is not known. */
  readonly isEmpty = signal(false)

  readonly #ask: Ask
  #lines: ReplayLine[] = []
  /** From where on `#lines` is complete. */
  #fromMs = 0
  /** Where the next page begins; null: there is none. */
  #after: number | null = null
  #isBegun = false

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** Shows what had been said by then, and loads what is needed for it. Rejects as `ask` does. */
  async follow(positionMs: number): Promise<void> {
    if (!this.#isBegun || positionMs < this.#fromMs || this.#isBeyond(positionMs)) {
      await this.#begin(Math.max(0, positionMs - BEFORE_MS))
    }
    while (this.#after !== null && this.#loadedMs() < positionMs + AHEAD_MS) {
      this.#add(await this.#ask({ fromMs: this.#fromMs, after: this.#after }))
    }
    const said = this.#lines.filter(({ offsetMs }) => offsetMs <= positionMs)
    const shown = said.slice(-SHOWN_MAX)
    const last = this.shown.value
    const isSame = shown.length === last.length && shown.at(-1) === last.at(-1)
    if (!isSame) this.shown.value = shown
    this.isEmpty.value = this.#lines.length === 0 && this.#after === null && this.#fromMs === 0
  }

  /** So far ahead of what is loaded that reading through would take longer than beginning anew. */
  #isBeyond(positionMs: number): boolean {
    return this.#after !== null && positionMs > this.#loadedMs() + BEFORE_MS
  }

  async #begin(fromMs: number): Promise<void> {
    const page = await this.#ask({ fromMs, after: null })
    this.#isBegun = true
    this.#fromMs = fromMs
    this.#lines = []
    this.#add(page)
  }

  #add({ messages, next_after }: ReplayPage): void {
    this.#after = next_after
    for (const { offset_ms, message } of messages) {
      this.#lines.push({ offsetMs: offset_ms, line: message })
    }
    const tooMany = this.#lines.length - LINES_MAX
    if (tooMany <= 0) return
    this.#lines.splice(0, tooMany)
    this.#fromMs = this.#lines[0]?.offsetMs ?? this.#fromMs
  }

  #loadedMs(): number {
    return this.#lines.at(-1)?.offsetMs ?? this.#fromMs
  }
}
