import assert from 'node:assert/strict'
import { assertNever, codeOf, type Facts, ViblyError } from '../../base/index.ts'
import type { Collection, Records, Versioned } from '../../ports/index.ts'
import { backupOf, type FileSystem, isDiskFull, replaceFile } from '../disk/index.ts'
import { type Entry, RecordTable } from './record-table.ts'
import {
  damaged,
  decodeRecordsFile,
  encodeRecord,
  encodeRecordsFile,
  type RecordsFile,
} from './records-file.ts'

/** Changes that may wait for the disk; more are refused with `records.busy`. */
const CHANGES_WAITING_MAX = 10_000

/** Records that must be closed, so that what waits is on disk before the process ends. */
export interface FileRecords<T extends { readonly id: string }> extends Records<T> {
  /** Refuses new changes; resolves when those that wait are done. */
  close(): Promise<void>
}

/**
 * Opens records that live in memory and in one JSON file. No file means no records yet.
 *
 * A file that cannot be read whole is never touched: better no server than one that has forgotten
 * everybody and writes that down. The same goes for a file that is gone while its `.bak` is there.
 * [C06]
 *
 * @throws ViblyError `records.damaged`, `records.version-unknown`
 */
export async function openFileRecords<T extends { readonly id: string }>(
  path: string,
  collection: Collection<T>,
  deps: { readonly fileSystem: FileSystem },
): Promise<FileRecords<T>> {
  const bytes = await readIfThere(deps.fileSystem, path)
  if (bytes === null && (await readIfThere(deps.fileSystem, backupOf(path))) !== null) {
    throw damaged(path, 'it is gone, but its backup is there')
  }
  const file =
    bytes === null
      ? { table: new RecordTable<T>(collection.indexes), unknown: {} }
      : decodeRecordsFile(bytes, path, collection)
  return new OpenFileRecords(path, collection, deps, file, bytes === null ? 'absent' : 'exists')
}

async function readIfThere(fs: FileSystem, path: string): Promise<Uint8Array | null> {
  try {
    return await fs.read(path)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null
    throw damaged(path, `it cannot be read (${codeOf(thrown)})`, thrown)
  }
}

/** A change that waits for its turn. `value` null: remove. */
interface Change<T> {
  readonly id: string
  readonly value: T | null
  readonly expected: number
  readonly resolve: (isDone: boolean) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Group commit: while one write is under way, all changes that come wait, and share the next one. A
 * change is judged when its turn comes, against all before it; readers see only what is on disk.
 * [C01]
 */
class OpenFileRecords<T extends { readonly id: string }> implements FileRecords<T> {
  readonly #path: string
  readonly #collection: Collection<T>
  readonly #fs: FileSystem
  readonly #unknown: Readonly<Record<string, unknown>>
  /** As on disk. */
  readonly #table: RecordTable<T>
  /** As on disk when the write under way will have gone well. */
  #next: RecordTable<T>
  #nextOrder: number
  #onDisk: 'absent' | 'exists'
  #waiting: Change<T>[] = []
  #writing: Promise<void> | null = null
  #phase: 'open' | 'closed' = 'open'

  constructor(
    path: string,
    collection: Collection<T>,
    deps: { readonly fileSystem: FileSystem },
    file: RecordsFile<T>,
    onDisk: 'absent' | 'exists',
  ) {
    this.#path = path
    this.#collection = collection
    this.#fs = deps.fileSystem
    this.#unknown = file.unknown
    this.#table = file.table
    this.#next = file.table.copy()
    this.#nextOrder = file.table.lines().length
    this.#onDisk = onDisk
  }

  async get(id: string): Promise<Versioned<T> | null> {
    return this.#table.get(id)
  }

  async find(index: string, value: string, countMax: number): Promise<readonly Versioned<T>[]> {
    return this.#table.find(index, value).slice(0, countMax)
  }

  async list(after: string | null, countMax: number): Promise<readonly Versioned<T>[]> {
    return this.#table.list(after, countMax)
  }

  /** @throws ViblyError `records.duplicate` when another record has its value of a unique index. */
  async put(value: T, expected: number): Promise<boolean> {
    // A copy by way of JSON: memory holds what a restart would, whatever becomes of the caller's
    // object.
    const copy = this.#collection.schema.safeParse(JSON.parse(JSON.stringify(value)))
    assert(copy.success, `what is put into ${this.#collection.collection} fits its schema`)
    return await this.#change(value.id, copy.data, expected)
  }

  async remove(id: string, expected: number): Promise<boolean> {
    return await this.#change(id, null, expected)
  }

  async close(): Promise<void> {
    this.#phase = 'closed'
    await this.#writing
  }

  #change(id: string, value: T | null, expected: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#phase === 'closed') throw new ViblyError('records.closed')
      if (this.#waiting.length >= CHANGES_WAITING_MAX) throw new ViblyError('records.busy')
      this.#waiting.push({ id, value, expected, resolve, reject })
      this.#writing ??= this.#writeWaiting()
    })
  }

  async #writeWaiting(): Promise<void> {
    // One turn later, so that all changes of this turn share the first write already.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      await this.#writeBatch(batch)
    }
    this.#writing = null
  }

  async #writeBatch(batch: readonly Change<T>[]): Promise<void> {
    const answers = batch.map((change) => ({ change, answer: this.#judge(change) }))
    const fault = answers.some(({ answer }) => answer === 'yes') ? await this.#store(batch) : null
    for (const { change, answer } of answers) {
      if (answer instanceof ViblyError) change.reject(answer)
      else if (fault !== null) change.reject(fault)
      else change.resolve(answer === 'yes')
    }
  }

  /** Makes the change in `#next` when its turn and its expectation are right. */
  #judge({ id, value, expected }: Change<T>): 'yes' | 'no' | ViblyError {
    const before = this.#next.get(id)
    if ((before?.version ?? 0) !== expected) return 'no'
    if (value === null) {
      this.#next.set(id, null)
      return before === null ? 'no' : 'yes'
    }
    const index = this.#next.duplicateOf(value, this.#collection.unique)
    if (index !== null) return new ViblyError('records.duplicate', { index })
    this.#next.set(id, this.#entryOf(value, before))
    return 'yes'
  }

  #entryOf(value: T, before: Entry<T> | null): Entry<T> {
    const unknown = before?.unknown ?? {}
    const line = encodeRecord(value, unknown)
    const order = before?.order ?? this.#nextOrder
    if (before === null) this.#nextOrder += 1
    return { value, version: (before?.version ?? 0) + 1, order, line, unknown }
  }

  /** Writes `#next`; answers null when it is on disk for good. */
  async #store(batch: readonly Change<T>[]): Promise<ViblyError | null> {
    const bytes = encodeRecordsFile(this.#next.lines(), this.#unknown, this.#collection)
    const result = await replaceFile(this.#fs, this.#path, bytes, this.#onDisk)
    switch (result.outcome) {
      case 'replaced':
        this.#adopt(batch)
        return null
      case 'unchanged':
        this.#next = this.#table.copy()
        return isDiskFull(result.cause)
          ? new ViblyError('records.disk-full', {}, result.cause)
          : new ViblyError('records.unwritable', this.#factsOf(result.cause), result.cause)
      case 'uncertain':
        this.#adopt(batch)
        return new ViblyError('records.uncertain', this.#factsOf(result.cause), result.cause)
      default:
        return assertNever(result)
    }
  }

  #adopt(batch: readonly Change<T>[]): void {
    const changed = Array.from(new Set(batch.map(({ id }) => id)), (id) => ({
      id,
      entry: this.#next.get(id),
    }))
    changed.sort((a, b) => (a.entry?.order ?? 0) - (b.entry?.order ?? 0))
    for (const { id, entry } of changed) this.#table.set(id, entry)
    this.#onDisk = 'exists'
  }

  #factsOf(cause: unknown): Facts {
    return { file: this.#path, reason: codeOf(cause) }
  }
}
