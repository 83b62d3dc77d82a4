import type { FileSystem, NewFile } from '../../src/adapters/index.ts'

interface Content {
  /** As a reader sees it. */
  bytes: Buffer
  /** As power loss would leave it at worst. */
  synced: Buffer
}

type Names = Map<string, Content>

/** A fault of the file system, as Node reports it. */
class DiskFault extends Error {
  readonly code: string

  constructor(code: string, operation: string) {
    super(`${code}: ${operation}`)
    this.code = code
  }
}

/**
 * One folder's files in memory, with what a real disk has besides: operations that fail, writes
 * that take only a part, and a difference between what is seen and what survives power loss.
 */
export class CrashDisk implements FileSystem {
  #names: Names = new Map()
  /** Names as power loss would leave them at worst, and the changes since, in order. */
  #syncedNames: Names = new Map()
  #changes: ((names: Names) => void)[] = []
  /** Every operation done so far, by name. */
  readonly operations: string[] = []
  /** Asked before each operation: the code of the fault to throw, or null. */
  faultOf: (operation: string, count: number) => string | null = () => null
  /** Called behind each operation that went well. */
  onDone: () => void = () => undefined

  /** What a reader sees under a name; null when there is none. */
  text(path: string): string | null {
    return this.#names.get(path)?.bytes.toString() ?? null
  }

  names(): readonly string[] {
    return [...this.#names.keys()]
  }

  /** Lays a file on disk for good. */
  lay(path: string, bytes: Uint8Array): void {
    const content = { bytes: Buffer.from(bytes), synced: Buffer.from(bytes) }
    this.#names.set(path, content)
    this.#syncedNames.set(path, content)
  }

  async read(path: string): Promise<Uint8Array> {
    this.#step('read')
    return this.#content(path, 'read').bytes
  }

  async create(path: string): Promise<NewFile> {
    this.#step('create')
    if (this.#names.has(path)) throw new DiskFault('EEXIST', 'create')
    const content: Content = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }
    this.#change((names) => names.set(path, content))
    return {
      write: async (bytes) => {
        const taken = bytes.subarray(0, Math.ceil(bytes.byteLength / 2))
        // A write that fails may have written a part all the same.
        content.bytes = Buffer.concat([content.bytes, taken])
        this.#step('write')
        this.onDone()
        return taken.byteLength
      },
      sync: async () => {
        this.#step('sync')
        content.synced = content.bytes
        this.onDone()
      },
      close: async () => {
        this.#step('close')
        this.onDone()
      },
    }
  }

  async duplicate(from: string, to: string): Promise<void> {
    this.#step('duplicate')
    const content = this.#content(from, 'duplicate')
    if (this.#names.has(to)) throw new DiskFault('EEXIST', 'duplicate')
    this.#change((names) => names.set(to, content))
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step('rename')
    const content = this.#content(from, 'rename')
    // As POSIX has it: of two names of one file, both stay.
    if (this.#names.get(to) === content) return
    this.#change((names) => {
      names.delete(from)
      names.set(to, content)
    })
  }

  async remove(path: string): Promise<void> {
    this.#step('remove')
    if (this.#names.has(path)) this.#change((names) => names.delete(path))
  }

  async syncDirectory(): Promise<void> {
    this.#step('sync-directory')
    this.#syncedNames = new Map(this.#names)
    this.#changes = []
    this.onDone()
  }

  /**
   * What power loss at this moment may leave: every subset of the changes of names since the last
   * sync, with what was written to each file since its own sync there, gone, or turned to NUL.
   */
  *afterPowerLoss(): Generator<CrashDisk> {
    for (let subset = 0; subset < 2 ** this.#changes.length; subset += 1) {
      const names: Names = new Map(this.#syncedNames)
      this.#changes.forEach((change, bit) => {
        if (Math.floor(subset / 2 ** bit) % 2 === 1) change(names)
      })
      for (const contentOf of [seen, synced, zeros]) {
        const disk = new CrashDisk()
        for (const [path, content] of names) disk.lay(path, contentOf(content))
        yield disk
      }
    }
  }

  #content(path: string, operation: string): Content {
    const content = this.#names.get(path)
    if (content === undefined) throw new DiskFault('ENOENT', operation)
    return content
  }

  #change(change: (names: Names) => void): void {
    change(this.#names)
    this.#changes.push(change)
    this.onDone()
  }

  #step(operation: string): void {
    this.operations.push(operation)
    const code = this.faultOf(operation, this.operations.length)
    if (code !== null) throw new DiskFault(code, operation)
  }
}

const seen = ({ bytes }: Content) => bytes
const synced = (content: Content) => content.synced
/** The length is there, the content is not: XFS and ext4 leave this. */
const zeros = (content: Content) =>
  content.bytes === content.synced ? content.bytes : Buffer.alloc(content.bytes.byteLength)
