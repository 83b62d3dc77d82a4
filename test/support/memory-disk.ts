import type { Disk, DiskFile } from '../../src/adapters/log/file-log-disk.ts'

/** A fault of the file system, as Node reports it. */
class DiskFault extends Error {
  readonly code: string

  constructor(code: string, operation: string) {
    super(`${code}: ${operation}`)
    this.code = code
  }
}

interface MemoryFile {
  bytes: Buffer
}

/**
 * A disk in memory whose nth operation can be made to fail. A failing write may have written its
 * first half, as a real one may.
 */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, MemoryFile>()
  /** Operations done so far, reads too. */
  operations = 0
  /** Bytes read so far. */
  readBytes = 0
  /** Every sync done so far, of files. */
  syncs = 0
  /** Asked before each operation: the code of the fault to throw, or null. */
  faultOf: (operation: string, count: number) => string | null = () => null

  /** What stands in a file; null when there is none. */
  text(path: string): string | null {
    return this.files.get(path)?.bytes.toString('utf8') ?? null
  }

  put(path: string, bytes: Uint8Array): void {
    this.files.set(path, { bytes: Buffer.from(bytes) })
  }

  async open(path: string): Promise<DiskFile | null> {
    this.#step('open')
    const file = this.files.get(path)
    return file === undefined ? null : this.#file(file)
  }

  async create(path: string): Promise<DiskFile> {
    this.#step('create')
    const file = { bytes: Buffer.alloc(0) }
    this.files.set(path, file)
    return this.#file(file)
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step('rename')
    const file = this.files.get(from)
    if (file === undefined) throw new DiskFault('ENOENT', 'rename')
    this.files.delete(from)
    this.files.set(to, file)
  }

  async remove(path: string): Promise<void> {
    this.#step('remove')
    this.files.delete(path)
  }

  async list(directory: string): Promise<readonly string[]> {
    this.#step('list')
    const start = `${directory}/`
    return [...this.files.keys()]
      .filter((path) => path.startsWith(start))
      .map((path) => path.slice(start.length))
  }

  async syncDirectory(): Promise<void> {
    this.#step('sync-directory')
  }

  #file(file: MemoryFile): DiskFile {
    return {
      size: async () => {
        this.#step('size')
        return file.bytes.byteLength
      },
      read: async (offset, byteCount) => {
        this.#step('read')
        const bytes = Buffer.from(file.bytes.subarray(offset, offset + byteCount))
        this.readBytes += bytes.byteLength
        return bytes
      },
      write: async (offset, bytes) => {
        try {
          this.#step('write')
        } catch (thrown) {
          writeInto(file, offset, bytes.subarray(0, Math.trunc(bytes.byteLength / 2)))
          throw thrown
        }
        writeInto(file, offset, bytes)
      },
      truncate: async (byteCount) => {
        this.#step('truncate')
        file.bytes = file.bytes.subarray(0, byteCount)
      },
      sync: async () => {
        this.#step('sync')
        this.syncs += 1
      },
      close: async () => this.#step('close'),
    }
  }

  #step(operation: string): void {
    this.operations += 1
    const code = this.faultOf(operation, this.operations)
    if (code !== null) throw new DiskFault(code, operation)
  }
}

function writeInto(file: MemoryFile, offset: number, bytes: Uint8Array): void {
  const end = Math.max(file.bytes.byteLength, offset + bytes.byteLength)
  const grown = Buffer.alloc(end)
  file.bytes.copy(grown)
  grown.set(bytes, offset)
  file.bytes = grown
}
