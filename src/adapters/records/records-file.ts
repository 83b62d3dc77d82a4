import { z } from 'zod'
import { ViblyError } from '../../base/index.ts'
import type { Collection } from '../../ports/index.ts'
import { backupOf } from '../disk/index.ts'
import { type Entry, RecordTable } from './record-table.ts'

/**
 * A records file as read: its table, and the fields beside the records that this Vibly does not
 * know.
 */
export interface RecordsFile<T extends { readonly id: string }> {
  readonly table: RecordTable<T>
  readonly unknown: Readonly<Record<string, unknown>>
}

/** Reads as any JSON object; `__proto__` in it is no prototype but dropped. [W28] */
const jsonObject = z.record(z.string(), z.unknown())

/**
 * Reads a records file: `{"version":1,"users":[…]}`, a record a line.
 *
 * @throws ViblyError `records.damaged` for anything that is not wholly such a file,
 *   `records.version-unknown` for one that a newer Vibly wrote. [C06] [C08]
 */
export function decodeRecordsFile<T extends { readonly id: string }>(
  bytes: Uint8Array,
  path: string,
  collection: Collection<T>,
): RecordsFile<T> {
  const file = jsonObject.safeParse(parseJson(bytes, path))
  if (!file.success) throw damaged(path, 'it holds no JSON object')
  const { version, [collection.collection]: records, ...unknown } = file.data
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw damaged(path, 'it names no version')
  }
  if (version > collection.version) {
    throw new ViblyError('records.version-unknown', {
      file: path,
      version,
      versionMax: collection.version,
    })
  }
  if (!Array.isArray(records)) throw damaged(path, `it has no list of ${collection.collection}`)

  const table = new RecordTable<T>(collection.indexes)
  for (const [at, raw] of records.entries()) {
    const entry = decodeRecord(raw, at, path, collection)
    if (table.get(entry.value.id) !== null) throw damaged(path, `record ${at} repeats an id`)
    const index = table.duplicateOf(entry.value, collection.unique)
    if (index !== null) throw damaged(path, `record ${at} repeats the ${index} of another`)
    table.set(entry.value.id, entry)
  }
  return { table, unknown }
}

/** The file of these records, as `decodeRecordsFile` reads it. */
export function encodeRecordsFile(
  lines: readonly string[],
  unknown: Readonly<Record<string, unknown>>,
  collection: { readonly collection: string; readonly version: number },
): Uint8Array {
  const others = Object.entries(unknown).map(
    ([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`,
  )
  const records = lines.length === 0 ? '' : `\n${lines.join(',\n')}\n`
  const { version, collection: name } = collection
  return Buffer.from(
    `{"version":${version},${JSON.stringify(name)}:[${records}]${others.join('')}}\n`,
  )
}

/** `reason` never holds a value of the file: there are hashes in it. */
export function damaged(path: string, reason: string, cause?: unknown): ViblyError {
  return new ViblyError('records.damaged', { file: path, reason, backup: backupOf(path) }, cause)
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  if (bytes.byteLength === 0) throw damaged(path, 'it is empty')
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value))
  } catch {
    // Not kept as the cause: the message of JSON.parse quotes the file.
    throw damaged(path, 'it is not whole JSON')
  }
}

function decodeRecord<T extends { readonly id: string }>(
  raw: unknown,
  at: number,
  path: string,
  collection: Collection<T>,
): Entry<T> {
  const object = jsonObject.safeParse(raw)
  if (!object.success) throw damaged(path, `record ${at} is no object`)
  const checked = collection.schema.safeParse(object.data)
  if (!checked.success) {
    const fields = checked.error.issues.map((issue) => issue.path.join('.'))
    throw damaged(path, `record ${at} does not fit in ${[...new Set(fields)].join(', ')}`)
  }
  const value = checked.data
  const unknown = Object.fromEntries(
    Object.entries(object.data).filter(([name]) => !Object.hasOwn(value, name)),
  )
  return { value, version: 1, order: at, line: encodeRecord(value, unknown), unknown }
}

/** One line: JSON escapes every line end. */
export function encodeRecord(
  value: { readonly id: string },
  unknown: Readonly<Record<string, unknown>>,
): string {
  return JSON.stringify({ ...unknown, ...value })
}
