import { cpus } from 'node:os'
import type { Clock } from '../../base/index.ts'

/** Times of all cores together since the machine was started, ms. */
export interface Times {
  readonly idleMs: number
  readonly allMs: number
  readonly cores: number
}

/** Over how long it is averaged: shorter, and one key frame makes the machine look busy. */
const WINDOW_MS = 5000

/** Looks how much of the machine nobody uses, whoever it is that uses the rest. */
export class IdleMeter {
  readonly #clock: Clock
  readonly #read: () => Times
  #from: Times
  #until: Times
  #askedMs: number

  constructor(clock: Clock, read: () => Times = readTimes) {
    this.#clock = clock
    this.#read = read
    this.#from = read()
    this.#until = this.#from
    this.#askedMs = clock.monotonicMs()
  }

  /** Idle cores, on average over the last seconds; 0 at first: to be asked again and again. */
  cores(): number {
    const nowMs = this.#clock.monotonicMs()
    const isFresh = nowMs - this.#askedMs < 2 * WINDOW_MS
    if (!isFresh || nowMs - this.#askedMs >= WINDOW_MS) {
      this.#askedMs = nowMs
      const now = this.#read()
      this.#from = isFresh ? this.#until : now
      this.#until = now
    }
    const allMs = this.#until.allMs - this.#from.allMs
    return allMs <= 0 ? 0 : ((this.#until.idleMs - this.#from.idleMs) / allMs) * this.#until.cores
  }
}

function readTimes(): Times {
  const all = cpus().map(({ times }) => times)
  return {
    idleMs: all.reduce((sum, { idle }) => sum + idle, 0),
    allMs: all.reduce((sum, times) => sum + Object.values(times).reduce((a, b) => a + b, 0), 0),
    cores: all.length,
  }
}
