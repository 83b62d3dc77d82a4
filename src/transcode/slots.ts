import assert from 'node:assert/strict'
import { ViblyError } from '../base/index.ts'

/** Room held for one FFmpeg. */
export interface Slot {
  /** Gives the room back. Doing it again changes nothing. */
  release(): void
}

/**
 * The room for FFmpeg processes, bounded. A broadcast holds a slot from before its first process to
 * after its last, so that a restart never has to queue. Costs are in heads (1 each) unless the caller
 * counts otherwise, all in the same unit as `slotsMax`.
 */
export class Slots {
  readonly #slotsMax: number
  #taken = 0

  constructor(options: { readonly slotsMax: number }) {
    this.#slotsMax = options.slotsMax
  }

  /** Whether there is no room for one more head. */
  get isFull(): boolean {
    return this.#taken + 1 > this.#slotsMax
  }

  get taken(): number {
    return this.#taken
  }

  /** A slot, or null when there is no room for `cost`. */
  tryAcquire(cost = 1): Slot | null {
    assert(cost > 0, 'a slot costs something')
    if (this.#taken + cost > this.#slotsMax) return null
    this.#taken += cost
    let isHeld = true
    return {
      release: () => {
        if (isHeld) this.#taken -= cost
        isHeld = false
      },
    }
  }

  /** @throws ViblyError `transcode.no-capacity` when there is no room. */
  acquire(cost = 1): Slot {
    const slot = this.tryAcquire(cost)
    if (slot === null) throw new ViblyError('transcode.no-capacity', { slotsMax: this.#slotsMax })
    return slot
  }
}
