import type { z } from 'zod'

/** One kind of record: what it is called, how one is checked and found. */
export interface Collection<T extends { readonly id: string }> {
  /** The name under which all of them are stored, such as `users`. */
  readonly collection: string
  /** Version of the shape. A higher one was written by a newer Vibly and is refused. */
  readonly version: number
  /** Checks one record; what it strips stays stored all the same. */
  readonly schema: z.ZodType<T>
  readonly indexes: Readonly<Record<string, (value: T) => string>>
  /** Indexes of which no two records may have the same value: `records.duplicate` otherwise. */
  readonly unique: readonly string[]
}

/** A stored value with the version that a later `put` must name. Versions start at 1. */
export interface Versioned<T> {
  readonly value: T
  readonly version: number
}

/**
 * Small mutable records found by id or by a declared index: people, channels, sessions.
 *
 * A resolved `put` or `remove` survives power loss. Values are data: an adapter may hand the same
 * object to many readers, nobody changes one in place.
 */
export interface Records<T extends { readonly id: string }> {
  /** null when there is none. */
  get(id: string): Promise<Versioned<T> | null>
  /**
   * All records whose `index` has `value`, oldest first, at most `countMax`. An index is declared
   * when the records are opened; asking an undeclared one is a bug.
   */
  find(index: string, value: string, countMax: number): Promise<readonly Versioned<T>[]>
  /**
   * Records in the order of creation, `countMax` after the one with id `after` (null: from the
   * first).
   */
  list(after: string | null, countMax: number): Promise<readonly Versioned<T>[]>
  /**
   * Writes when `expected` is still the stored version (0 = absent); says whether it did.
   *
   * @throws ViblyError `records.duplicate` when another record has its value of a unique index.
   */
  put(value: T, expected: number): Promise<boolean>
  /** Removes when `expected` is still the stored version; says whether it did. */
  remove(id: string, expected: number): Promise<boolean>
}
