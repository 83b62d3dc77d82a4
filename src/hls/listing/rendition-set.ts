import { RenditionState, type RunRendition } from './rendition.ts'

/** All renditions that a presentation ever had, in the order of their beginning. */
export class RenditionSet {
  readonly #all = new Map<string, RenditionState>()
  readonly #targetSeconds: number
  readonly #segmentsInMemoryMax: number

  constructor(targetSeconds: number, segmentsInMemoryMax: number) {
    this.#targetSeconds = targetSeconds
    this.#segmentsInMemoryMax = segmentsInMemoryMax
  }

  get(name: string): RenditionState | undefined {
    return this.#all.get(name)
  }

  all(): readonly RenditionState[] {
    return [...this.#all.values()]
  }

  /** Those whose playlist has begun. */
  begun(): readonly RenditionState[] {
    return this.all().filter(({ firstMsn }) => firstMsn !== null)
  }

  /** Those that this run listed something of. */
  madeIn(run: number): readonly RenditionState[] {
    return this.begun().filter((state) => state.lastRun === run)
  }

  /** Those with the most segments: all of them, unless the set changed on the way. */
  whole(): readonly RenditionState[] {
    const most = Math.max(0, ...this.begun().map((state) => state.listed.size))
    return this.begun().filter((state) => state.listed.size === most)
  }

  /** A run makes it: one that is known goes on, another begins. */
  startRun(promise: RunRendition): void {
    const known = this.get(promise.name)
    if (known === undefined) this.add(promise)
    else known.startRun(promise)
  }

  add(promise: RunRendition): RenditionState {
    const state = new RenditionState(promise, this.#targetSeconds, this.#segmentsInMemoryMax)
    this.#all.set(promise.name, state)
    return state
  }
}
