/**
 * Work that takes turns: of one key each piece begins when the one before it is over, well or not.
 */
export class Turns<Key> {
  /** The last piece of each key that has one under way. */
  readonly #last = new Map<Key, Promise<unknown>>()

  /**
   * Does `work` when its turn comes; whether the piece before went well is its caller's business.
   */
  async take<T>(key: Key, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
