import { dirname } from 'node:path'
import type { FileSystem } from './file-system.ts'

/** How an attempt to replace a file ended. `cause` is the error of the operation that failed. */
export type Replacement =
  | { readonly outcome: 'replaced' }
  /** Nothing happened; another attempt may go well. */
  | { readonly outcome: 'unchanged'; readonly cause: unknown }
  /**
   * One reads the new content, but the fsync of the folder failed: after a power loss it may be the
   * old. The next replacement that goes well makes up for it, since it syncs the same names anew.
   */
  | { readonly outcome: 'uncertain'; readonly cause: unknown }

/** Where the generation before the last replacement is kept. */
export function backupOf(path: string): string {
  return `${path}.bak`
}

/**
 * Replaces a file so that after any crash one reads the old content whole or the new content whole,
 * and after `replaced` the new one for good: write aside, fsync, rename, fsync the folder. What was
 * there before stays as `.bak`. One at a time for one path. [C01]
 */
export async function replaceFile(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  before: 'exists' | 'absent',
): Promise<Replacement> {
  const aside = `${path}.tmp`
  try {
    await writeAside(fs, aside, bytes)
    if (before === 'exists') await keepBackup(fs, path)
    await fs.rename(aside, path)
  } catch (cause) {
    // The next attempt removes it too: this one only frees the room early.
    await Promise.allSettled([fs.remove(aside)])
    return { outcome: 'unchanged', cause }
  }
  try {
    await fs.syncDirectory(dirname(path))
  } catch (cause) {
    return { outcome: 'uncertain', cause }
  }
  return { outcome: 'replaced' }
}

/**
 * A new file each time: after a failed fsync Linux takes the pages that it could not write for
 * clean, and another fsync of the same file would promise what is not so.
 */
async function writeAside(fs: FileSystem, aside: string, bytes: Uint8Array): Promise<void> {
  await fs.remove(aside)
  const file = await fs.create(aside)
  try {
    // A write may take less than it was given: without this loop a full disk cuts the file short.
    for (let at = 0; at < bytes.byteLength; ) at += await file.write(bytes.subarray(at))
    await file.sync()
  } finally {
    await file.close()
  }
}

async function keepBackup(fs: FileSystem, path: string): Promise<void> {
  const aside = `${backupOf(path)}.tmp`
  // Must not be there: renaming one name of a file over another of the same file does nothing.
  await fs.remove(aside)
  await fs.duplicate(path, aside)
  await fs.rename(aside, backupOf(path))
}
