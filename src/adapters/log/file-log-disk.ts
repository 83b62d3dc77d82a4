import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '../../base/index.ts'
import { FILE_MODE, syncDirectory } from '../disk/index.ts'

/** One open file. Offsets and lengths are bytes. */
export interface DiskFile {
  size(): Promise<number>
  /** Up to `byteCount` bytes from `offset`; fewer only at the end of the file. */
  read(offset: number, byteCount: number): Promise<Buffer>
  /** Writes all of `bytes` at `offset`, or throws; then some of them may be written. */
  write(offset: number, bytes: Uint8Array): Promise<void>
  truncate(byteCount: number): Promise<void>
  /** Resolves when what was written survives power loss (fdatasync). */
  sync(): Promise<void>
  close(): Promise<void>
}

/** The few things a log does to a disk, so that a test can make the nth of them fail. */
export interface Disk {
  /** null when there is no such file. */
  open(path: string): Promise<DiskFile | null>
  /** A new empty file, mode 0600; what was there before is gone. */
  create(path: string): Promise<DiskFile>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  list(directory: string): Promise<readonly string[]>
  /** Makes renames and new names in the directory of `path` survive power loss. */
  syncDirectory(path: string): Promise<void>
}

export const systemDisk: Disk = {
  open: async (path) => {
    const handle = await openIfThere(path)
    return handle === null ? null : diskFile(handle)
  },
  create: async (path) => diskFile(await open(path, 'w+', FILE_MODE)),
  rename,
  remove: unlink,
  list: (directory) => readdir(directory),
  syncDirectory: (path) => syncDirectory(dirname(path)),
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r+')
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null
    throw thrown
  }
}

function diskFile(handle: FileHandle): DiskFile {
  return {
    size: async () => (await handle.stat()).size,
    read: async (offset, byteCount) => {
      const bytes = Buffer.allocUnsafe(byteCount)
      let filled = 0
      while (filled < byteCount) {
        const { bytesRead } = await handle.read(bytes, filled, byteCount - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return bytes.subarray(0, filled)
    },
    write: async (offset, bytes) => {
      let written = 0
      // A short write is no error to the kernel: the rest says why by failing, or succeeds.
      while (written < bytes.byteLength) {
        const rest = bytes.byteLength - written
        const { bytesWritten } = await handle.write(bytes, written, rest, offset + written)
        written += bytesWritten
      }
    },
    truncate: (byteCount) => handle.truncate(byteCount),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

/**
 * Keeps at most `filesMax` idle files open, the latest used ones: a server has more channels than
 * a process may have files. A file in use is never closed; all in use may be more than `filesMax`.
 */
export class OpenFiles {
  readonly #disk: Disk
  readonly #filesMax: number
  /** In order of use, the latest last. */
  readonly #files = new Map<string, OpenFile>()

  constructor(disk: Disk, options: { readonly filesMax: number }) {
    this.#disk = disk
    this.#filesMax = options.filesMax
  }

  /** What `work` makes of the file at `path`; null when there is no such file. */
  async use<T>(path: string, work: (file: DiskFile) => Promise<T>): Promise<T | null> {
    const open = this.#take(path)
    try {
      const file = await open.file
      return file === null ? null : await work(file)
    } finally {
      await this.#giveBack(path, open)
    }
  }

  /**
   * Forgets the file at `path`, before it is renamed or after it failed; closed when nobody uses
   * it.
   */
  async discard(path: string): Promise<void> {
    const open = this.#files.get(path)
    if (open === undefined) return
    this.#files.delete(path)
    open.isDiscarded = true
    if (open.users === 0) await closeFile(open)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.keys()].map((path) => this.discard(path)))
  }

  #take(path: string): OpenFile {
    const open = this.#files.get(path) ?? {
      file: this.#disk.open(path),
      users: 0,
      isDiscarded: false,
    }
    open.users += 1
    this.#files.delete(path)
    this.#files.set(path, open)
    return open
  }

  async #giveBack(path: string, open: OpenFile): Promise<void> {
    open.users -= 1
    if (open.users > 0) return
    if (open.isDiscarded) return await closeFile(open)
    // A missing or unopenable file is asked for anew the next time.
    const isOpen = await open.file.then(
      (file) => file !== null,
      () => false,
    )
    if (!isOpen && this.#files.get(path) === open) this.#files.delete(path)
    await this.#closeOldest()
  }

  async #closeOldest(): Promise<void> {
    const idle = [...this.#files].filter(([, open]) => open.users === 0)
    const excess = idle.slice(0, Math.max(0, this.#files.size - this.#filesMax))
    await Promise.all(excess.map(([path]) => this.discard(path)))
  }
}

interface OpenFile {
  readonly file: Promise<DiskFile | null>
  users: number
  isDiscarded: boolean
}

/** Closing cannot lose anything that was synced, so a failing one is not worth a fault. */
async function closeFile(open: OpenFile): Promise<void> {
  await open.file.then(
    async (file) => await file?.close(),
    () => undefined,
  )
}
