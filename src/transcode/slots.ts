import { type Logger, ViblyError } from '../base/index.ts'
import {
  ASSUMED_SPEEDS,
  AUTO_PRESETS,
  choosePreset,
  coresLeft,
  dearestCount,
  fastestPreset,
  leastCores,
  type Plan,
  type PresetChoice,
  type Speeds,
  withoutDearest,
} from './plan/index.ts'
import type { Transcode } from './process/index.ts'

export interface SlotsDeps {
  readonly logger: Logger
  /** What a core of this machine does; null: not known (yet). */
  speeds(): Speeds | null
  /** Cores that nobody used in the last seconds, whatever it was that used the others. */
  coresIdle(): number
  /** @throws ViblyError `transcode.start-failed`. */
  start(plan: Plan, preset: string): Transcode
}

export interface SlotsOptions {
  /** The most FFmpegs that run at once. */
  readonly slotsMax: number
  /**
   * `drop`: renditions for which FFmpeg is too slow are left out; `wait`: all are made, however
   * late.
   */
  readonly whenBehind: 'drop' | 'wait'
  /** A preset of x264, or `auto`: the slowest that there is time for. */
  readonly preset: string
  /** Of the machine, as many as Vibly may use. */
  readonly cores: number
  /** The most threads of one encoder. */
  readonly threadsMax: number
}

/** How an FFmpeg is to be run: `pressed` when one before it was too slow. */
export type Effort = 'as-planned' | 'pressed'

/** A slot that no broadcast needs for the moment, for work that can wait. */
export interface Loan {
  /** Aborted when a broadcast needs it after all: `transcode.gave-way`. */
  readonly signal: AbortSignal
  /** Gives it back. Doing it again changes nothing. */
  close(): void
}

/** What one FFmpeg has to do, as far as it tells what it costs. */
interface Load {
  readonly plan: Plan
  readonly choice: PresetChoice
}

/** More room than is needed, before a rendition that was left out comes back. */
const RESERVE = 1.25

/**
 * The places for FFmpeg processes, and the cores that these share. Never more run at once than
 * there are slots; who does not fit into the cores that are left makes fewer renditions.
 */
export class Slots {
  readonly #deps: SlotsDeps
  readonly #options: SlotsOptions
  readonly #taken = new Set<Slot>()
  readonly #lent = new Set<AbortController>()
  readonly #wakeBorrowers = new Set<() => void>()

  constructor(deps: SlotsDeps, options: SlotsOptions) {
    this.#deps = deps
    this.#options = options
  }

  /** What is lent counts as free. */
  get isFull(): boolean {
    return this.#taken.size >= this.#options.slotsMax
  }

  get taken(): number {
    return this.#taken.size
  }

  /** @throws ViblyError `transcode.no-capacity` when none is free. */
  acquire(): Slot {
    const { slotsMax } = this.#options
    if (this.isFull) throw new ViblyError('transcode.no-capacity', { slotsMax })
    const slot: Slot = new Slot(this.#deps, this.#options, {
      others: () => [...this.#taken].filter((other) => other !== slot),
      release: () => {
        if (this.#taken.delete(slot)) this.#noteFree()
      },
    })
    this.#taken.add(slot)
    this.#callBack()
    return slot
  }

  /** Resolves when there is one to spare; null: `signal` fired before. */
  async lend(signal: AbortSignal): Promise<Loan | null> {
    while (!signal.aborted && this.#taken.size + this.#lent.size >= this.#options.slotsMax) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wakeBorrowers.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
      this.#wakeBorrowers.delete(resolve)
    }
    if (signal.aborted) return null
    const lent = new AbortController()
    this.#lent.add(lent)
    const close = () => {
      if (this.#lent.delete(lent)) this.#noteFree()
    }
    return { signal: lent.signal, close }
  }

  /** Ends the oldest loan where there are more processes now than there may be. */
  #callBack(): void {
    const [oldest] = this.#lent
    if (oldest === undefined || this.#taken.size + this.#lent.size <= this.#options.slotsMax) return
    this.#lent.delete(oldest)
    oldest.abort(new ViblyError('transcode.gave-way'))
  }

  #noteFree(): void {
    for (const wake of this.#wakeBorrowers) wake()
  }
}

/**
 * The right to run one FFmpeg at a time. A broadcast holds it from before its first process to
 * after its last, and with it what its last process took of the cores: a restart never has to
 * queue.
 */
export class Slot {
  readonly #deps: SlotsDeps
  readonly #options: SlotsOptions
  readonly #among: { others(): readonly Slot[]; release(): void }
  #load: Load | null = null

  constructor(
    deps: SlotsDeps,
    options: SlotsOptions,
    among: { others(): readonly Slot[]; release(): void },
  ) {
    this.#deps = deps
    this.#options = options
    this.#among = among
  }

  /** Busy with its FFmpeg; 0: nothing has run yet, or nothing is known of the machine. */
  get cores(): number {
    if (this.#load === null) return 0
    const { plan, choice } = this.#load
    // What was started before the machine was measured counts from then on.
    return choice.cores > 0 ? choice.cores : leastCores(plan, this.#deps.speeds())
  }

  /**
   * How many of the dearest encoded renditions of `plan` have to be left out for it to fit beside
   * the others; one rendition always stays. 0 while nobody else runs: whether it keeps up will
   * show.
   */
  leaveOut(plan: Plan): number {
    const coresTaken = this.#coresOfOthers()
    if (coresTaken === 0) return 0
    const coresFree = coresLeft(this.#options.cores, coresTaken)
    const countMax = dearestCount(plan)
    for (let count = 0; count < countMax; count += 1) {
      if (leastCores(withoutDearest(plan, count), this.#deps.speeds()) <= coresFree) return count
    }
    return countMax
  }

  /**
   * Whether there is room to spare for `plan` in place of what it runs now, by count and by
   * looking.
   */
  hasRoomFor(plan: Plan): boolean {
    const speeds = this.#deps.speeds() ?? ASSUMED_SPEEDS
    const coresFree = coresLeft(this.#options.cores, this.#coresOfOthers())
    const wanted = leastCores(plan, speeds)
    const now = this.#load === null ? 0 : leastCores(this.#load.plan, speeds)
    return wanted <= coresFree && (wanted - now) * RESERVE <= this.#deps.coresIdle()
  }

  get whenBehind(): SlotsOptions['whenBehind'] {
    return this.#options.whenBehind
  }

  /** Whether what it runs could not be encoded any faster. */
  get isFastest(): boolean {
    return this.#load === null || this.#load.choice.preset === AUTO_PRESETS[0]
  }

  /** @throws ViblyError `transcode.start-failed`. */
  run(plan: Plan, effort: Effort): Transcode {
    const choice = this.#choose(plan, effort)
    const transcode = this.#deps.start(plan, choice?.preset ?? this.#options.preset)
    this.#load = choice && { plan, choice }
    return transcode
  }

  /** Doing it again changes nothing. */
  release(): void {
    this.#among.release()
  }

  /** null: a preset is set. */
  #choose(plan: Plan, effort: Effort): PresetChoice | null {
    const { preset, cores, threadsMax } = this.#options
    if (preset !== 'auto') return null
    const speeds = this.#deps.speeds()
    const coresFree = coresLeft(cores, this.#coresOfOthers())
    const room = { coresFree, threadsMax }
    const choice =
      effort === 'pressed' ? fastestPreset(plan, speeds, room) : choosePreset(plan, speeds, room)
    if (plan.renditions.some(({ videoKbps }) => videoKbps !== null)) {
      this.#deps.logger.info('preset picked', {
        preset: choice.preset,
        times_real_time: choice.headroom === null ? null : round(choice.headroom),
        cores_needed: round(choice.cores),
        cores_free: round(coresFree),
      })
    }
    return choice
  }

  #coresOfOthers(): number {
    return this.#among.others().reduce((sum, { cores }) => sum + cores, 0)
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
