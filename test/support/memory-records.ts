import { type FileRecords, openFileRecords } from '../../src/adapters/index.ts'
import type { Collection } from '../../src/ports/index.ts'
import { CrashDisk } from './crash-disk.ts'

/** Empty records on a disk in memory. */
export function openMemoryRecords<T extends { readonly id: string }>(
  collection: Collection<T>,
): Promise<FileRecords<T>> {
  return openFileRecords('/data/records.json', collection, { fileSystem: new CrashDisk() })
}
