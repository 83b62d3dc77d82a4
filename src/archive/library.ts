import { buffer } from 'node:stream/consumers'
import { type BroadcastId, type ChannelId, type Logger, Turns, ViblyError } from '../base/index.ts'
import type { Blobs } from '../ports/index.ts'
import {
  type BroadcastRecord,
  decodeRecord,
  encodeRecord,
  RECORD_FILE,
} from './broadcast-record.ts'

/** Where in the newest-first order a list goes on: behind this broadcast, be it there or not. */
export type Place = Pick<BroadcastRecord, 'startedAt' | 'id'>

/** Which broadcasts are asked for. */
export interface BroadcastQuery {
  /** null: of every channel. */
  readonly channelId: ChannelId | null
  /** `public`: what everyone may find; `all`: what their owner has. */
  readonly show: 'public' | 'all'
  /** `over`: none that is live or interrupted. */
  readonly when: 'any' | 'over'
  /** null: from the newest. */
  readonly after: Place | null
  readonly countMax: number
}

/** All broadcasts that are or were; each in its folder, all of them in memory. */
export class Library {
  readonly #blobs: Blobs
  readonly #records = new Map<BroadcastId, BroadcastRecord>()
  /** Newest first. */
  readonly #order: Place[] = []
  /** The writes of one broadcast's folder take turns. */
  readonly #writes = new Turns<BroadcastId>()

  constructor(blobs: Blobs, records: readonly BroadcastRecord[]) {
    this.#blobs = blobs
    for (const record of records.toSorted(compareByAge)) this.#keep(record)
  }

  get(id: BroadcastId): BroadcastRecord | null {
    return this.#records.get(id) ?? null
  }

  /** In no order. */
  all(): readonly BroadcastRecord[] {
    return [...this.#records.values()]
  }

  /** Newest first. */
  list(query: BroadcastQuery): readonly BroadcastRecord[] {
    const { after, countMax } = query
    const found: BroadcastRecord[] = []
    for (const place of this.#order) {
      if (found.length >= countMax) break
      if (after !== null && compareByAge(place, after) <= 0) continue
      const record = this.#records.get(place.id)
      if (record !== undefined && isAskedFor(record, query)) found.push(record)
    }
    return found
  }

  /** What is stored is the newest of what was handed in. Durable when it resolves. */
  async save(record: BroadcastRecord): Promise<void> {
    this.#keep(record)
    await this.#writes.take(record.id, async () => {
      const newest = this.#records.get(record.id)
      if (newest === undefined) return
      await this.#blobs.put(`${record.id}/${RECORD_FILE}`, encodeRecord(newest))
    })
  }

  /** Its files cannot be read: it is not shown, and they stay where they are. */
  leaveOut(id: BroadcastId): void {
    this.#records.delete(id)
    const at = this.#order.findIndex((place) => place.id === id)
    if (at >= 0) this.#order.splice(at, 1)
  }

  /** Removes the broadcast with all its media. */
  async remove(id: BroadcastId): Promise<void> {
    this.leaveOut(id)
    await this.#writes.take(id, () => this.#blobs.removeAll(id))
  }

  #keep(record: BroadcastRecord): void {
    if (!this.#records.has(record.id)) {
      const { id, startedAt } = record
      const behind = this.#order.findIndex((place) => compareByAge(place, record) > 0)
      this.#order.splice(behind < 0 ? this.#order.length : behind, 0, { id, startedAt })
    }
    this.#records.set(record.id, record)
  }
}

function isAskedFor(record: BroadcastRecord, query: BroadcastQuery): boolean {
  const { channelId, show, when } = query
  return (
    (channelId === null || record.channelId === channelId) &&
    (show === 'all' || record.visibility === 'public') &&
    (when === 'any' || record.endedAt !== null)
  )
}

/** Below 0 when `a` is the newer one; ids tell apart what began in the same millisecond. */
function compareByAge(a: Place, b: Place): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? 1 : -1
  return a.id < b.id ? -1 : Number(a.id > b.id)
}

/**
 * Reads every broadcast below the media folder. What a killed server left live is still without an
 * end:
 * `Live.resume` goes on with it or closes it. A folder that cannot be read is left alone and
 * logged.
 */
export async function openLibrary(blobs: Blobs, logger: Logger): Promise<Library> {
  const keys = (await blobs.list('', 2)).filter((key) => key.endsWith(`/${RECORD_FILE}`))
  const records: BroadcastRecord[] = []
  for (const key of keys) {
    try {
      records.push(decodeRecord(await readBlob(blobs, key)))
    } catch (thrown) {
      logger.error('a broadcast cannot be read and is left out', thrown, { key })
    }
  }
  return new Library(blobs, records)
}

/** The whole content of a blob that is known to be small. */
export async function readBlob(blobs: Blobs, key: string): Promise<Uint8Array> {
  const found = await blobs.open(key, null)
  if (found === null) throw new ViblyError('live.media-missing', { key })
  return buffer(found.body)
}
