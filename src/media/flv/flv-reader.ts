import { ByteReader } from '../../base/index.ts'
import {
  FILE_HEADER_BYTES,
  FLV_SIGNATURE,
  type FlvTag,
  TAG_HEADER_BYTES,
  TAG_TRAILER_BYTES,
  TAG_TYPE,
} from './flv.ts'

const KINDS: ReadonlyMap<number, FlvTag['kind']> = new Map([
  [TAG_TYPE.audio, 'audio'],
  [TAG_TYPE.video, 'video'],
  [TAG_TYPE.data, 'data'],
])
const FRONT_BYTES = FILE_HEADER_BYTES + TAG_TRAILER_BYTES

/**
 * Takes an FLV file apart, piece by piece (FLV 10.1 §E.3). What follows a torn or spoilt tag is not
 * read: after a crash that is the end of what was written. Holds at most one tag, below 16 MiB.
 */
export class FlvReader {
  #waiting: Uint8Array = new Uint8Array()
  /** Where the next tag begins. */
  #offset = 0
  #isBroken = false

  /** Whether something was found that is no FLV; all tags before it were given out. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** The tags that these bytes complete, as views. */
  push(bytes: Uint8Array): readonly FlvTag[] {
    if (this.#isBroken) return []
    // Copied: a tag may reach over the border of two pieces.
    let left: Uint8Array =
      this.#waiting.byteLength === 0 ? bytes : Buffer.concat([this.#waiting, bytes])
    const tags: FlvTag[] = []
    if (this.#offset === 0) {
      if (left.byteLength >= FRONT_BYTES) left = this.#readFront(left)
    }
    while (this.#offset > 0 && !this.#isBroken) {
      const read = this.#readTag(left)
      if (read === null) break
      tags.push(read.tag)
      left = left.subarray(read.bytes)
      this.#offset += read.bytes
    }
    this.#waiting = this.#isBroken ? new Uint8Array() : left
    return tags
  }

  #readFront(bytes: Uint8Array): Uint8Array {
    const reader = new ByteReader(bytes)
    this.#isBroken = reader.u24() !== FLV_SIGNATURE
    this.#offset = FRONT_BYTES
    return bytes.subarray(FRONT_BYTES)
  }

  /** null: not all of it is there. */
  #readTag(bytes: Uint8Array): { readonly tag: FlvTag; readonly bytes: number } | null {
    if (bytes.byteLength < TAG_HEADER_BYTES) return null
    const reader = new ByteReader(bytes)
    const kind = KINDS.get(reader.u8())
    if (kind === undefined) {
      this.#isBroken = true
      return null
    }
    const payloadBytes = reader.u24()
    const low = reader.u24()
    const timestampMs = low + reader.u8() * 2 ** 24
    reader.skip(3)
    if (reader.remaining < payloadBytes + TAG_TRAILER_BYTES) return null
    const payload = reader.take(payloadBytes)
    if (reader.u32() !== TAG_HEADER_BYTES + payloadBytes) {
      this.#isBroken = true
      return null
    }
    return { tag: { kind, timestampMs, payload }, bytes: reader.offset }
  }
}
