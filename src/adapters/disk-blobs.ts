import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { constants, type Dirent } from 'node:fs'
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { codeOf, Turns, ViblyError } from '../base/index.ts'
import type { BlobHead, Blobs, ByteRange, Durability } from '../ports/index.ts'
import { DIRECTORY_MODE, FILE_MODE, isDiskFull, syncDirectory } from './disk/index.ts'

/** No name begins with a dot, so no key leads upward or to what is not a blob. [W23] */
const KEY_PATTERN = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/
const KEY_CHARACTERS_MAX = 255
/** Where blobs are written aside; no key can name it. */
const ASIDE = '.aside'
/** Bytes read from disk at a time: a segment in a few turns. */
const READ_BYTES = 256 * 1024
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

export interface DiskBlobOptions {
  /** Whether a blob put survives power loss: an fsync of it and of its folder each time. */
  readonly isSynced: boolean
}

/**
 * Opens blobs kept as files below the folder `dir`, which is made if need be. What a crash left
 * half written is removed. One process for one folder. [W37]
 *
 * @throws ViblyError `data-dir.unusable`
 */
export async function openDiskBlobs(dir: string, options: DiskBlobOptions): Promise<Blobs> {
  try {
    await mkdir(dir, { recursive: true, mode: DIRECTORY_MODE })
    const root = await realpath(dir)
    await rm(join(root, ASIDE), { recursive: true, force: true })
    await mkdir(join(root, ASIDE), { mode: DIRECTORY_MODE })
    return new DiskBlobs(root, options)
  } catch (thrown) {
    throw new ViblyError('data-dir.unusable', { dir, reason: codeOf(thrown) }, thrown)
  }
}

/** No symbolic link below the root is ever followed, whoever made it. [W23] */
class DiskBlobs implements Blobs {
  readonly #root: string
  readonly #options: DiskBlobOptions
  /** The appends to one key take turns. */
  readonly #appends = new Turns<string>()

  constructor(root: string, options: DiskBlobOptions) {
    this.#root = root
    this.#options = options
  }

  async put(
    key: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    durability: Durability = 'as-opened',
  ): Promise<void> {
    const path = this.#path(key)
    const isSynced = this.#options.isSynced || durability === 'durable'
    const aside = join(this.#root, ASIDE, randomUUID())
    try {
      await this.#makeFolders(key)
      const handle = await open(aside, 'wx', FILE_MODE)
      try {
        await handle.writeFile(content)
        if (isSynced) await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(aside, path)
      if (isSynced) await syncDirectory(dirname(path))
    } catch (thrown) {
      // If even this fails, the next start removes it.
      await Promise.allSettled([rm(aside, { force: true })])
      throw unwritable(key, thrown)
    }
  }

  /** Not fsynced unless asked for: of what grows, power loss may take the last seconds. */
  async append(
    key: string,
    bytes: Uint8Array,
    durability: Durability = 'as-opened',
  ): Promise<void> {
    await this.#appends.take(key, () => this.#appendNow(key, bytes, durability))
  }

  async open(
    key: string,
    range: ByteRange | null,
  ): Promise<{ readonly head: BlobHead; readonly body: Readable } | null> {
    const handle = await this.#openFile(key)
    if (handle === null) return null
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) {
        await handle.close()
        return null
      }
      const head = { bytes: stat.size, modifiedMs: stat.mtimeMs }
      return { head, body: await read(handle, stat.size, range) }
    } catch (thrown) {
      await handle.close()
      throw thrown
    }
  }

  /** `prefix` is a whole key or its first names; empty: all there is. */
  async list(prefix: string, namesMax = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
    const path = prefix === '' ? this.#root : this.#path(prefix)
    if (prefix !== '' && !(await this.#isInside(prefix))) return []
    const entry = await orNull(lstat(path))
    if (entry === null) return []
    if (!entry.isDirectory()) return entry.isFile() ? [prefix] : []
    const keys: string[] = []
    const names = prefix === '' ? 0 : prefix.split('/').length
    for (let folders = [path], at = names; folders.length > 0 && at < namesMax; at += 1) {
      const entries: Dirent[] = []
      for (const folder of folders) {
        entries.push(...((await orNull(readdir(folder, { withFileTypes: true }))) ?? []))
      }
      keys.push(...entries.filter((one) => one.isFile()).flatMap((one) => this.#keyOf(one)))
      folders = entries
        .filter((one) => one.isDirectory())
        .map((one) => join(one.parentPath, one.name))
    }
    return keys
  }

  /** `prefix` as in `list`, but never empty: nobody wants to remove everything by accident. */
  async removeAll(prefix: string): Promise<void> {
    const path = this.#path(prefix)
    if (!(await this.#isInside(prefix))) return
    try {
      await rm(path, { recursive: true, force: true })
    } catch (thrown) {
      throw unwritable(prefix, thrown)
    }
  }

  #path(key: string): string {
    if (!KEY_PATTERN.test(key) || key.length > KEY_CHARACTERS_MAX) {
      throw new ViblyError('blobs.key-invalid')
    }
    return join(this.#root, key)
  }

  #keyOf(file: Dirent): readonly string[] {
    const key = join(file.parentPath, file.name).slice(this.#root.length + 1)
    return KEY_PATTERN.test(key) ? [key] : []
  }

  /** Whether the folder of this key is where its name says, with no symbolic link on the way. */
  async #isInside(key: string): Promise<boolean> {
    const folder = dirname(this.#path(key))
    return (await orNull(realpath(folder))) === folder
  }

  async #openFile(key: string): Promise<FileHandle | null> {
    const path = this.#path(key)
    if (!(await this.#isInside(key))) return null
    return await orNull(open(path, O_RDONLY | O_NOFOLLOW))
  }

  async #makeFolders(key: string): Promise<void> {
    let folder = this.#root
    for (const name of key.split('/').slice(0, -1)) {
      folder = join(folder, name)
      const made = await mkdir(folder, { recursive: true, mode: DIRECTORY_MODE })
      const isFolder = made !== undefined || (await lstat(folder)).isDirectory()
      if (!isFolder) throw new ViblyError('blobs.key-invalid')
      if (made !== undefined && this.#options.isSynced) await syncDirectory(dirname(folder))
    }
  }

  async #appendNow(key: string, bytes: Uint8Array, durability: Durability): Promise<void> {
    const path = this.#path(key)
    try {
      await this.#makeFolders(key)
      const handle = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, FILE_MODE)
      try {
        const { size } = await handle.stat()
        try {
          await handle.appendFile(bytes)
        } catch (thrown) {
          // Half an entry would spoil what comes after it.
          await handle.truncate(size)
          throw thrown
        }
        if (durability === 'durable') {
          await handle.datasync()
          if (size === 0) await syncDirectory(dirname(path))
        }
      } finally {
        await handle.close()
      }
    } catch (thrown) {
      throw unwritable(key, thrown)
    }
  }
}

/**
 * The bytes of `range`, up to the size the file has now: it may be growing. Closes the handle.
 * [D06]
 */
async function read(handle: FileHandle, size: number, range: ByteRange | null): Promise<Readable> {
  const first = range?.first ?? 0
  const last = Math.min(range?.last ?? size - 1, size - 1)
  assert(range === null || (first >= 0 && (range.last ?? first) >= first), 'a range runs forward')
  if (range !== null && first >= size) {
    throw new ViblyError('blobs.range-unsatisfiable', { bytes: size })
  }
  if (size === 0) {
    await handle.close()
    return Readable.from([])
  }
  return handle.createReadStream({ start: first, end: last, highWaterMark: READ_BYTES })
}

/** Null for what is not there, or is not to be followed. */
async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(codeOf(thrown))) return null
    throw thrown
  }
}

function unwritable(key: string, thrown: unknown): ViblyError {
  if (thrown instanceof ViblyError) return thrown
  return isDiskFull(thrown)
    ? new ViblyError('blobs.full', { key }, thrown)
    : new ViblyError('blobs.unwritable', { key, reason: codeOf(thrown) }, thrown)
}
