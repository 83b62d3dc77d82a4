import { type FlvTag, glanceAtVideo } from '../media/index.ts'

/** The last picture or sound before a break counts this long, until a real step is known; ms. */
const STEP_MS_FIRST = 33
const STEP_MS_MAX = 100

/**
 * Where a line ends: the next piece begins at `endMs`, its first picture is shown from `shownEndMs`
 * on.
 */
export interface LineEnd {
  readonly endMs: number
  readonly shownEndMs: number
}

/**
 * One line of time, from 0 on, for pieces that each have a line of their own: every piece begins
 * where the one before ended, so that a recording is as long as what was sent. [F19]
 */
export class RecordedLine {
  /** The line's time minus the piece's; null until the piece's first picture or sound. */
  #shiftMs: number | null = null
  #endMs = 0
  #shownEndMs = 0
  readonly #lastMs = new Map<FlvTag['kind'], number>()

  get end(): LineEnd {
    return { endMs: this.#endMs, shownEndMs: this.#shownEndMs }
  }

  /** What was placed since it ended there is not on it after all. null: it is empty again. */
  endAt(end: LineEnd | null): void {
    this.#endMs = end?.endMs ?? 0
    this.#shownEndMs = end?.shownEndMs ?? 0
  }

  /** What comes now has a line of its own. */
  startPiece(): void {
    this.#shiftMs = null
    this.#lastMs.clear()
  }

  /** Where a tag stands on the line, ms. Tags come in the order in which they were sent. */
  place(tag: FlvTag): number {
    if (isHeader(tag)) return this.#shiftMs === null ? this.#endMs : this.#shifted(tag)
    const delayMs = compositionMs(tag)
    // A break may leave out the pictures that are shown before the last one that came.
    const startMs = Math.max(this.#endMs, this.#shownEndMs - delayMs)
    this.#shiftMs ??= startMs - tag.timestampMs
    const timestampMs = this.#shifted(tag)
    const stepMs = timestampMs - (this.#lastMs.get(tag.kind) ?? timestampMs)
    const shownMs = stepMs > 0 && stepMs <= STEP_MS_MAX ? stepMs : STEP_MS_FIRST
    this.#lastMs.set(tag.kind, timestampMs)
    this.#endMs = Math.max(this.#endMs, timestampMs + shownMs)
    this.#shownEndMs = Math.max(this.#shownEndMs, timestampMs + delayMs + shownMs)
    return timestampMs
  }

  #shifted(tag: FlvTag): number {
    return Math.max(0, tag.timestampMs + (this.#shiftMs ?? 0))
  }
}

/** How much later than decoded a picture is shown, ms; 0 for sound. */
export function compositionMs(tag: FlvTag): number {
  return tag.kind === 'video' ? glanceAtVideo(tag.payload).compositionMs : 0
}

/** Whether it is a picture that its sender calls a key frame. */
export function isKeyframe(tag: FlvTag): boolean {
  return tag.kind === 'video' && glanceAtVideo(tag.payload).isKeyframe
}

/** Whether it is a sequence header; of sound by AACPacketType 0 (FLV 10.1 §E.4.2.1). */
export function isHeader(tag: FlvTag): boolean {
  return tag.kind === 'video' ? glanceAtVideo(tag.payload).isConfig : tag.payload[1] === 0
}
