import { dirname } from 'node:path'
import type { FileSystem } from './file-system.ts'

/** How an attempt to replace a file ended. `cause` is the error of the operation that failed. */
export type Replacement =
  | { readonly outcome: 'replaced' }
  /** Nothing happened; another attempt may go well. */
  | { readonly outcome: 'unchanged'; readonly cause: unknown }
  /**
   * An fsync failed. Linux then forgets what it could not write and the next fsync says all is well,
   * so nothing about this disk can be promised any more. `isReplaced`: which content one reads now.
   */
  | { readonly outcome: 'uncertain'; readonly isReplaced: boolean; readonly cause: unknown }

/** Where the generation before the last replacement is kept. */
export function backupOf(path: string): string {
  return `${path}.bak`
}

/**
 * Replaces a file so that after any crash one reads the old content whole or the new content whole, and
 * after `replaced` the new one for good: write aside, fsync, rename, fsync the folder. What was there
 * before stays as `.bak`. One at a time for one path. [C01]
 */
export async function replaceFile(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  before: 'exists' | 'absent',
): Promise<Replacement> {
  const aside = `${path}.tmp`
  const written = await writeAside(fs, aside, bytes)
  if (written.outcome !== 'replaced') {
    // The next attempt removes it too: this one only frees the room early.
    await Promise.allSettled([fs.remove(aside)])
    return written
  }
  try {
    if (before === 'exists') await keepBackup(fs, path)
    await fs.rename(aside, path)
  } catch (cause) {
    await Promise.allSettled([fs.remove(aside)])
    return { outcome: 'unchanged', cause }
  }
  try {
    await fs.syncDirectory(dirname(path))
  } catch (cause) {
    return { outcome: 'uncertain', isReplaced: true, cause }
  }
  return { outcome: 'replaced' }
}

async function writeAside(fs: FileSystem, aside: string, bytes: Uint8Array): Promise<Replacement> {
  try {
    await fs.remove(aside)
    const file = await fs.create(aside)
    try {
      // A write may take less than it was given: without this loop a full disk cuts the file short.
      for (let at = 0; at < bytes.byteLength; ) at += await file.write(bytes.subarray(at))
      try {
        await file.sync()
      } catch (cause) {
        return { outcome: 'uncertain', isReplaced: false, cause }
      }
    } finally {
      await file.close()
    }
  } catch (cause) {
    return { outcome: 'unchanged', cause }
  }
  return { outcome: 'replaced' }
}

async function keepBackup(fs: FileSystem, path: string): Promise<void> {
  const aside = `${backupOf(path)}.tmp`
  // Must not be there: renaming one name of a file over another of the same file does nothing.
  await fs.remove(aside)
  await fs.duplicate(path, aside)
  await fs.rename(aside, backupOf(path))
}
