import { constants } from 'node:fs'
import { copyFile, link, open, readFile, rename, rm } from 'node:fs/promises'
import { codeOf } from '../../base/index.ts'

/** The person who runs the server, and nobody else. [W37] */
export const FILE_MODE = 0o600
export const DIRECTORY_MODE = 0o700

/**
 * The few operations that replacing a file safely is made of, each of which can fail. An interface,
 * so that tests can let every single one fail. Errors are those of Node, with their `code`.
 */
export interface FileSystem {
  /** The whole file; rejects with ENOENT when there is none. */
  read(path: string): Promise<Uint8Array>
  /** A new empty file, mode 0600; rejects with EEXIST when anything has that name. */
  create(path: string): Promise<NewFile>
  /** A second name for the file, or a copy where the disk knows no second names. */
  duplicate(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Removing what is not there is fine. */
  remove(path: string): Promise<void>
  /** Makes the names in a folder survive power loss. */
  syncDirectory(path: string): Promise<void>
}

export interface NewFile {
  /** Writes from the front of `bytes` at the end of the file; answers how many it took. */
  write(bytes: Uint8Array): Promise<number>
  /** Makes the content survive power loss. */
  sync(): Promise<void>
  close(): Promise<void>
}

export const nodeFileSystem: FileSystem = {
  read: (path) => readFile(path),
  create: async (path) => {
    const handle = await open(path, 'wx', FILE_MODE)
    return {
      write: async (bytes) => (await handle.write(bytes)).bytesWritten,
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
  duplicate: async (from, to) => {
    try {
      await link(from, to)
    } catch (thrown) {
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(thrown))) throw thrown
      await copyFile(from, to, constants.COPYFILE_EXCL)
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  syncDirectory,
}

/** Makes the names in the folder `path` survive power loss. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether there was no room: the disk is full, or the quota. */
export function isDiskFull(thrown: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(thrown))
}
