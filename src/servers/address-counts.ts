import { addressBlock } from '../base/index.ts'

/**
 * How many things of each visitor (an IPv4 address, an IPv6 /64) are open. Holds only those that
 * are.
 */
export class AddressCounts {
  readonly #perAddressMax: number
  readonly #counts = new Map<string, number>()

  constructor(options: { readonly perAddressMax: number }) {
    this.#perAddressMax = options.perAddressMax
  }

  get size(): number {
    return this.#counts.size
  }

  /** Counts one more, unless the visitor has the most allowed; says whether it did. */
  enter(address: string): boolean {
    const key = addressBlock(address)
    const count = this.#counts.get(key) ?? 0
    if (count >= this.#perAddressMax) return false
    this.#counts.set(key, count + 1)
    return true
  }

  /** One that had entered is gone. */
  leave(address: string): void {
    const key = addressBlock(address)
    const left = (this.#counts.get(key) ?? 0) - 1
    if (left > 0) this.#counts.set(key, left)
    else this.#counts.delete(key)
  }
}
