/** Texts that are made once per version, however many ask, and who wants to know of a new version. */
export class VersionedTexts {
  readonly #listeners = new Set<() => void>()
  readonly #texts = new Map<string, string>()
  #version = 0

  get version(): number {
    return this.#version
  }

  /** The text of this version; null, which is not kept, while there is none. */
  get(key: string, format: () => string | null): string | null {
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    const text = format()
    if (text !== null) this.#texts.set(key, text)
    return text
  }

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** All texts are of yesterday. */
  change(): void {
    this.#version += 1
    this.#texts.clear()
    for (const listener of this.#listeners) listener()
  }
}
