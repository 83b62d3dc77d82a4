import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ViblyError } from '../../src/base/index.ts'
import type { Blobs } from '../../src/ports/index.ts'

/** Blobs in a map, with the time they were put: as the disk keeps them, without the disk. */
export class MemoryBlobs implements Blobs {
  readonly #blobs = new Map<string, { bytes: Uint8Array; modifiedMs: number }>()
  /** Keys that were asked for, so that a test can see what was not. */
  readonly asked: string[] = []

  async put(key: string, content: Parameters<Blobs['put']>[1]): Promise<void> {
    const bytes = content instanceof Uint8Array ? content : await buffer(content)
    this.#blobs.set(key, { bytes, modifiedMs: Date.now() })
  }

  async append(key: string, bytes: Uint8Array): Promise<void> {
    const before = this.#blobs.get(key)?.bytes ?? new Uint8Array()
    await this.put(key, Buffer.concat([before, bytes]))
  }

  async open(key: string, range: Parameters<Blobs['open']>[1]): ReturnType<Blobs['open']> {
    this.asked.push(key)
    const blob = this.#blobs.get(key)
    if (blob === undefined) return null
    const { bytes, modifiedMs } = blob
    if (range !== null && range.first >= bytes.byteLength) {
      throw new ViblyError('blobs.range-unsatisfiable')
    }
    const end = range === null ? bytes.byteLength : (range.last ?? bytes.byteLength) + 1
    const body = Readable.from([Buffer.from(bytes.subarray(range?.first ?? 0, end))])
    return { head: { bytes: bytes.byteLength, modifiedMs }, body }
  }

  async list(prefix: string, namesMax = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
    return [...this.#blobs.keys()].filter(
      (key) => key.startsWith(prefix) && key.split('/').length <= namesMax,
    )
  }

  async removeAll(prefix: string): Promise<void> {
    for (const key of await this.list(prefix)) this.#blobs.delete(key)
  }
}
