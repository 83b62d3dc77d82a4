import { type Clock, type Logger, pause } from '../base/index.ts'
import type { DiskSpace } from '../ports/index.ts'

/**
 * What may still be written: all; no recordings; and on the lowest level nobody new may publish
 * either, while those who are live go on, from memory if they must. [F16]
 */
export type SpaceLevel = 'enough' | 'low' | 'full'

const MIB = 2 ** 20
const GIB = 2 ** 30
/**
 * How much must be free. Part of the disk, since what is written at once grows with what one buys;
 * at least so many bytes, but never more than a share that a small disk can spare; and at most so
 * many, since nobody needs hundreds of gigabytes to react in.
 */
const MARKS = {
  low: { share: 0.05, bytesMin: GIB, shareMax: 0.1, bytesMax: 10 * GIB },
  full: { share: 0.02, bytesMin: 512 * MIB, shareMax: 0.05, bytesMax: 5 * GIB },
} as const
/** A level is left when this much more than its mark is free, so that it does not flutter. */
const RETURN_FACTOR = 1.2
const LOOK_EVERY_MS = 2000
/** A quota may refuse what the disk has room for: a refused write is believed for so long. */
const REFUSAL_MS = 5000

/** Bytes that must be free on a disk of this size for a level not to be reached. */
export function markOf(level: 'low' | 'full', bytesTotal: number): number {
  const { share, bytesMin, shareMax, bytesMax } = MARKS[level]
  return Math.min(Math.max(share * bytesTotal, bytesMin), shareMax * bytesTotal, bytesMax)
}

/**
 * The level for what is free now; `before` is held until there is a little more than it asks for.
 */
export function decideLevel(space: DiskSpace, before: SpaceLevel): SpaceLevel {
  if (isBelow('full', space, before === 'full')) return 'full'
  return isBelow('low', space, before !== 'enough') ? 'low' : 'enough'
}

function isBelow(level: 'low' | 'full', space: DiskSpace, isReached: boolean): boolean {
  const factor = isReached ? RETURN_FACTOR : 1
  const filesMark = space.filesTotal * MARKS[level].share * factor
  const isOutOfFiles = space.filesTotal > 0 && space.filesFree < filesMark
  return isOutOfFiles || space.bytesFree < markOf(level, space.bytesTotal) * factor
}

export interface SpaceDeps {
  readonly clock: Clock
  readonly logger: Logger
  read(): Promise<DiskSpace>
}

/** Watches the disk that holds the media, and says what may still be written. */
export class Space {
  readonly #deps: SpaceDeps
  readonly #stop = new AbortController()
  #level: SpaceLevel = 'enough'
  #space: DiskSpace | null = null
  #refusedUntilMs = Number.NEGATIVE_INFINITY
  #watching: Promise<void> = Promise.resolve()
  #isReadable = true
  readonly #waiting = new Set<() => void>()

  constructor(deps: SpaceDeps) {
    this.#deps = deps
  }

  get level(): SpaceLevel {
    return this.#level
  }

  /** As last seen; null: it could not be looked at. */
  get disk(): DiskSpace | null {
    return this.#space
  }

  /** Resolves when it has looked for the first time; then goes on looking. */
  async start(): Promise<void> {
    await this.#look()
    this.#watching = this.#watch()
  }

  /** A write was refused for want of room: that says more than any figure. */
  noteRefusal(): void {
    this.#refusedUntilMs = this.#deps.clock.monotonicMs() + REFUSAL_MS
    this.#become('full')
  }

  /** Resolves when there is enough, or rejects with the signal's reason. */
  async enough(signal: AbortSignal): Promise<void> {
    while (this.#level !== 'enough') {
      signal.throwIfAborted()
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
      this.#waiting.delete(resolve)
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#watching
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop
    while (await pause(this.#deps.clock, LOOK_EVERY_MS, signal)) await this.#look()
  }

  /** A disk that cannot be asked says nothing about its room: the level stays as it is. */
  async #look(): Promise<void> {
    try {
      this.#space = await this.#deps.read()
      this.#isReadable = true
    } catch (thrown) {
      this.#space = null
      if (this.#isReadable) this.#deps.logger.error('the free space cannot be told', thrown)
      this.#isReadable = false
      return
    }
    if (this.#deps.clock.monotonicMs() < this.#refusedUntilMs) return
    this.#become(decideLevel(this.#space, this.#level))
  }

  #become(level: SpaceLevel): void {
    if (level === this.#level) return
    this.#level = level
    const { bytesFree = null, bytesTotal = null } = this.#space ?? {}
    const facts = { level, bytes_free: bytesFree, bytes_total: bytesTotal }
    if (level === 'enough') this.#deps.logger.info(WORDS[level], facts)
    else this.#deps.logger.warn(WORDS[level], facts)
    if (level === 'enough') for (const wake of this.#waiting) wake()
  }
}

const WORDS = {
  enough: 'the disk has room again: recordings go on, everyone may publish',
  low: 'the disk is nearly full: nothing is recorded until there is room; make some',
  full: 'the disk is full: nobody new may publish until there is room; make some',
} as const satisfies Record<SpaceLevel, string>
