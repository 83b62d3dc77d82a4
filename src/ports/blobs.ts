import type { Readable } from 'node:stream'

/**
 * First and last byte asked for, both included, as in RFC 9110 §14.1.2. `last` null: to the end.
 */
export interface ByteRange {
  readonly first: number
  readonly last: number | null
}

/**
 * What can be said of a blob before its bytes: the size of the whole in bytes, when it last
 * changed.
 */
export interface BlobHead {
  readonly bytes: number
  readonly modifiedMs: number
}

/**
 * What of a write survives power loss when it has resolved: `durable` all of it, else what the
 * store promises.
 */
export type Durability = 'as-opened' | 'durable'

/**
 * Bytes under a key such as `{broadcast_id}/720p/12.ts`: segments, playlists, pictures, recordings.
 * Keys are made by Vibly, of ids and numbers, never of what a peer sent.
 */
export interface Blobs {
  /**
   * Stores `content` whole or not at all; a reader never sees half. Replaces what was there. What
   * is given piece by piece is never held in memory as a whole; when its source throws, nothing is
   * stored.
   *
   * @throws ViblyError `blobs.full`, `blobs.unwritable`: it may work again later.
   */
  put(
    key: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    durability?: Durability,
  ): Promise<void>
  /**
   * Adds to the end of what is there (creating it): for what grows, playlists and recordings.
   * Appends to one key happen in the order of the calls.
   *
   * @throws ViblyError as `put`.
   */
  append(key: string, bytes: Uint8Array, durability?: Durability): Promise<void>
  /**
   * The blob, or the part of it in `range`; null when there is none. The caller must read or
   * destroy `body`.
   *
   * @throws ViblyError `blobs.range-unsatisfiable` when the range starts behind the end.
   */
  open(
    key: string,
    range: ByteRange | null,
  ): Promise<{ readonly head: BlobHead; readonly body: Readable } | null>
  /** Keys below `prefix`, in no order; with `namesMax` only those of at most so many names. */
  list(prefix: string, namesMax?: number): Promise<readonly string[]>
  /** Removes everything below `prefix`; absent keys are no error. */
  removeAll(prefix: string): Promise<void>
}
