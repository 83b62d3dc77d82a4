import assert from 'node:assert/strict'

/** One record in memory, with its line in the file. */
export interface Entry<T> {
  readonly value: T
  readonly version: number
  /** Rises with creation. */
  readonly order: number
  /** The record as JSON on one line, fields that this Vibly does not know included. */
  readonly line: string
  /** Those fields. */
  readonly unknown: Readonly<Record<string, unknown>>
}

type Indexes<T> = Readonly<Record<string, (value: T) => string>>

/** Records by id, in the order of creation, and by the declared indexes. Knows no disk. */
export class RecordTable<T extends { readonly id: string }> {
  readonly #indexes: Indexes<T>
  readonly #entries = new Map<string, Entry<T>>()
  /** Index, then value, then ids. */
  readonly #ids = new Map<string, Map<string, Set<string>>>()

  constructor(indexes: Indexes<T>) {
    this.#indexes = indexes
    for (const index of Object.keys(indexes)) this.#ids.set(index, new Map())
  }

  copy(): RecordTable<T> {
    const copy = new RecordTable<T>(this.#indexes)
    for (const [id, entry] of this.#entries) copy.set(id, entry)
    return copy
  }

  get(id: string): Entry<T> | null {
    return this.#entries.get(id) ?? null
  }

  /** Oldest first. An index that was not declared is a bug. */
  find(index: string, value: string): readonly Entry<T>[] {
    const ids = this.#ids.get(index)
    assert(ids !== undefined, `the index ${index} is declared`)
    return [...(ids.get(value) ?? [])]
      .map((id) => this.#entries.get(id))
      .filter((entry) => entry !== undefined)
      .sort((a, b) => a.order - b.order)
  }

  /** In the order of creation, behind the entry `after`; nothing when that one is gone. */
  list(after: string | null, countMax: number): readonly Entry<T>[] {
    const page: Entry<T>[] = []
    let isBehind = after === null
    for (const [id, entry] of this.#entries) {
      if (page.length >= countMax) break
      if (isBehind) page.push(entry)
      else isBehind = id === after
    }
    return page
  }

  /** Puts the entry in place of what has this id; null removes. */
  set(id: string, entry: Entry<T> | null): void {
    const before = this.#entries.get(id)
    if (before !== undefined) {
      for (const [index, keyOf] of Object.entries(this.#indexes)) {
        this.#unlist(index, keyOf(before.value), id)
      }
      // A record made anew after it was removed goes to the end, as one made for the first time.
      if (before.order !== entry?.order) this.#entries.delete(id)
    }
    if (entry === null) return
    this.#entries.set(id, entry)
    for (const [index, keyOf] of Object.entries(this.#indexes)) {
      this.#enlist(index, keyOf(entry.value), id)
    }
  }

  /** The first of `indexes` in which another record has the same value as this one; null: none. */
  duplicateOf(value: T, indexes: readonly string[]): string | null {
    for (const index of indexes) {
      const keyOf = this.#indexes[index]
      assert(keyOf !== undefined, `the unique index ${index} is declared`)
      const others = this.find(index, keyOf(value))
      if (others.some((other) => other.value.id !== value.id)) return index
    }
    return null
  }

  lines(): readonly string[] {
    return Array.from(this.#entries.values(), (entry) => entry.line)
  }

  #enlist(index: string, value: string, id: string): void {
    const byValue = this.#ids.get(index)
    const ids = byValue?.get(value)
    if (ids === undefined) byValue?.set(value, new Set([id]))
    else ids.add(id)
  }

  #unlist(index: string, value: string, id: string): void {
    const byValue = this.#ids.get(index)
    const ids = byValue?.get(value)
    ids?.delete(id)
    if (ids?.size === 0) byValue?.delete(value)
  }
}
