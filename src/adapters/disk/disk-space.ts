import { statfs } from 'node:fs/promises'
import type { DiskSpace } from '../../ports/index.ts'

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
