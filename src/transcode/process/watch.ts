/** How long, in ms, FFmpeg may owe progress. */
export interface StallLimits {
  /** While it has input and its outputs are read: then it hangs. */
  readonly hangMsMax: number
  /** Before its very first output: starting up on a busy machine takes longer. */
  readonly startMsMax: number
  /** While whoever reads its outputs does not keep up. */
  readonly readerStallMsMax: number
}

/** An output that owed progress for too long. */
export interface Stall {
  readonly output: string
  readonly silentMs: number
  readonly waitingFor: 'encoder' | 'reader'
}

/** What the watch looks at, at one time. */
export interface Reading {
  /** Any clock that never falls, ms. */
  readonly nowMs: number
  /** Input arrived since the last reading, waits to be taken, or has ended and must be flushed. */
  readonly isOwed: boolean
  /** Some output is full, so that FFmpeg may be unable to write. */
  readonly isReaderSlow: boolean
  /** How far each output has come, in any unit that only grows. The same names each time. */
  readonly progress: ReadonlyMap<string, number>
}

interface Debt {
  progress: number
  encoderMs: number
  readerMs: number
}

/**
 * Who was not looked at for longer was not read either: a blocked server is no hanging FFmpeg.
 * [X26]
 */
const ELAPSED_MS_MAX = 1000

/**
 * Tells a hanging FFmpeg from one that has nothing to do: time counts against an output only while
 * input arrives, and stops counting when the output advances. Each output for itself, so that one
 * that is dead beside living ones is seen too. [F10] [F11]
 */
export class StallWatch {
  readonly #limits: StallLimits
  readonly #debts = new Map<string, Debt>()
  #lastMs: number

  constructor(limits: StallLimits, nowMs: number) {
    this.#limits = limits
    this.#lastMs = nowMs
  }

  /** The first output that is over its limit, or null when all is well. */
  look(reading: Reading): Stall | null {
    const sinceMs = Math.min(ELAPSED_MS_MAX, Math.max(0, reading.nowMs - this.#lastMs))
    const elapsedMs = reading.isOwed ? sinceMs : 0
    this.#lastMs = reading.nowMs
    let stall: Stall | null = null
    for (const [output, progress] of reading.progress) {
      const debt = this.#debtOf(output)
      if (progress > debt.progress) {
        Object.assign(debt, { progress, encoderMs: 0, readerMs: 0 })
      } else if (reading.isReaderSlow) {
        debt.readerMs += elapsedMs
      } else {
        debt.encoderMs += elapsedMs
      }
      stall ??= this.#judge(output, debt)
    }
    return stall
  }

  #debtOf(output: string): Debt {
    const debt = this.#debts.get(output) ?? { progress: 0, encoderMs: 0, readerMs: 0 }
    this.#debts.set(output, debt)
    return debt
  }

  #judge(output: string, debt: Debt): Stall | null {
    const encoderMsMax = debt.progress > 0 ? this.#limits.hangMsMax : this.#limits.startMsMax
    if (debt.encoderMs >= encoderMsMax) {
      return { output, silentMs: Math.round(debt.encoderMs), waitingFor: 'encoder' }
    }
    if (debt.readerMs >= this.#limits.readerStallMsMax) {
      return { output, silentMs: Math.round(debt.readerMs), waitingFor: 'reader' }
    }
    return null
  }
}
