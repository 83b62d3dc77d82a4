import { statfs } from 'node:fs/promises'

/** What a disk has left for Vibly, and what it has in all. */
export interface DiskSpace {
  readonly bytesFree: number
  readonly bytesTotal: number
  /** Files that may still be made; `filesTotal` 0: the file system does not count them. */
  readonly filesFree: number
  readonly filesTotal: number
}

/** Of the file system that holds `path`. What is kept back for the superuser counts as taken. */
export async function readDiskSpace(path: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize, ffree, files } = await statfs(path)
  return {
    bytesFree: bavail * bsize,
    bytesTotal: blocks * bsize,
    filesFree: ffree,
    filesTotal: files,
  }
}
