import type { FlvTag } from '../../media/index.ts'
import { OVERHEAD_BYTES } from '../intake/index.ts'

/** Tags share blocks of this size; a larger one has a block of its own. */
const BLOCK_BYTES = 16 * 1024
/** Blocks that wait to be used again; more of them are left to the garbage collector. */
const SPARE_MAX = 32
/** In front of each payload: kind, timestamp, length. */
const TIMESTAMP_AT = 1
const LENGTH_AT = 9
const HEADER_BYTES = 13
const KINDS = ['audio', 'video', 'data'] as const

/**
 * What belongs to one key frame, or all that came before the first, kept for seconds in the order
 * in which it came: as bytes, in blocks that are used again and again. As objects, what hundreds of
 * publishers sent was most of the garbage collector's work. A tag is never split, so the blocks
 * take at most twice what is in them, and one more.
 */
export class TagGroup {
  /** When its key frame is shown, ms; null: there is none. */
  readonly ptsMs: number | null
  readonly #spare: Buffer[]
  readonly #blocks: Buffer[] = []
  /** How much of each block is used. */
  readonly #ends: number[] = []
  #bytes = 0

  /** `spare`: blocks to be used, which those give back that are done with them. */
  constructor(ptsMs: number | null, spare: Buffer[]) {
    this.ptsMs = ptsMs
    this.#spare = spare
  }

  /** What all of it takes. */
  get bytes(): number {
    return this.#bytes
  }

  push({ kind, timestampMs, payload }: FlvTag): void {
    const bytes = HEADER_BYTES + payload.byteLength
    const { block, at } = this.#take(bytes)
    block[at] = KINDS.indexOf(kind)
    block.writeDoubleLE(timestampMs, at + TIMESTAMP_AT)
    block.writeUInt32LE(payload.byteLength, at + LENGTH_AT)
    block.set(payload, at + HEADER_BYTES)
    this.#bytes += payload.byteLength + OVERHEAD_BYTES
  }

  tags(): readonly FlvTag[] {
    return this.#blocks.flatMap((block, index) => readTags(block.subarray(0, this.#ends[index])))
  }

  /** Forgets all of it and gives the blocks back. */
  clear(): void {
    for (const block of this.#blocks) {
      const isUsable = block.byteLength === BLOCK_BYTES && this.#spare.length < SPARE_MAX
      if (isUsable) this.#spare.push(block)
    }
    this.#blocks.length = 0
    this.#ends.length = 0
    this.#bytes = 0
  }

  /** Forgets what comes before this time, ms, unless it begins no earlier. */
  trim(beforeMs: number): void {
    const firstMs = this.#blocks[0]?.readDoubleLE(TIMESTAMP_AT) ?? beforeMs
    if (firstMs >= beforeMs) return
    const kept = this.tags().filter((tag) => tag.timestampMs >= beforeMs)
    this.clear()
    for (const tag of kept) this.push(tag)
  }

  /** So many bytes of the last block, which is a new one if they are not left in it. */
  #take(bytes: number): { readonly block: Buffer; readonly at: number } {
    const last = this.#blocks.length - 1
    const at = this.#ends[last] ?? 0
    const block = this.#blocks[last]
    if (block !== undefined && block.byteLength - at >= bytes) {
      this.#ends[last] = at + bytes
      return { block, at }
    }
    const next =
      bytes > BLOCK_BYTES
        ? Buffer.allocUnsafeSlow(bytes)
        : (this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES))
    this.#blocks.push(next)
    this.#ends.push(bytes)
    return { block: next, at: 0 }
  }
}

/** Copies: the block is going to be used again. */
function readTags(block: Buffer): readonly FlvTag[] {
  const tags: FlvTag[] = []
  for (let at = 0; at < block.byteLength; ) {
    const payloadAt = at + HEADER_BYTES
    const end = payloadAt + block.readUInt32LE(at + LENGTH_AT)
    tags.push({
      kind: KINDS[block.readUInt8(at)] ?? 'data',
      timestampMs: block.readDoubleLE(at + TIMESTAMP_AT),
      payload: Buffer.from(block.subarray(payloadAt, end)),
    })
    at = end
  }
  return tags
}
