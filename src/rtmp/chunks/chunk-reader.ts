import assert from 'node:assert/strict'
import { ViblyError } from '../../base/index.ts'
import {
  CHUNK_HEADER_BYTES_MAX,
  type ChunkHeader,
  decodeChunkHeader,
  repeatChunkHeader,
} from './chunk-header.ts'
import type { RtmpLimits } from './limits.ts'
import { MESSAGE_TYPE, type Message } from './message.ts'

/** RTMP 1.0 §5.4.1: the chunk size of both directions until told otherwise. */
const CHUNK_BYTES_DEFAULT = 128
/** Larger sizes mean the same as this one, since no message is longer. */
const CHUNK_BYTES_MAX = 0xffffff
/** What an unfinished message gets at first; it then doubles as its bytes arrive. [R21] */
const FIRST_BYTES = 64 * 1024
/** ... and of the whole allowance of unfinished messages, so that 16 can start at once. */
const FIRST_SHARE = 16

const NO_BYTES = Buffer.alloc(0)

/** A message that is not whole yet. */
interface PartialMessage {
  readonly header: ChunkHeader
  body: Buffer
  receivedBytes: number
}

/**
 * Puts messages together from chunks (RTMP 1.0 §5.3), whatever their interleaving and wherever the
 * reads of the socket happened to end.
 *
 * Pull: `feed` one read, then `next` until null. Between two messages the caller may change the
 * chunk size, abort or swap the limits, and it takes effect from the next byte on.
 *
 * What it keeps is bounded by `limits`, and grows by what was received, never by what was
 * announced. Each payload is bytes of its own and the only copy made. [R21] [R22]
 */
export class ChunkReader {
  #limits: RtmpLimits
  #chunkBytes = CHUNK_BYTES_DEFAULT
  #input: Buffer = NO_BYTES
  #at = 0
  /** The front of a header that a read cut in two. */
  readonly #carry = new Uint8Array(CHUNK_HEADER_BYTES_MAX)
  #carryBytes = 0
  readonly #headers = new Map<number, ChunkHeader>()
  /** Those with chunks to come, but for the one whose chunk is being read. */
  readonly #partials = new Map<number, PartialMessage>()
  #partialBytes = 0
  /** The message whose chunk is being read, and how much of that chunk is still to come. */
  #current: PartialMessage | null = null
  #chunkLeft = 0

  constructor(limits: RtmpLimits) {
    this.#limits = limits
  }

  set limits(limits: RtmpLimits) {
    this.#limits = limits
  }

  /** What unfinished messages hold, in bytes. */
  get partialBytes(): number {
    return this.#partialBytes
  }

  /** Bytes fed and not read yet. */
  get pendingBytes(): number {
    return this.#input.byteLength - this.#at
  }

  /** Takes one read of the socket. Only after `next` has said null. `bytes` is read, not kept. */
  feed(bytes: Uint8Array): void {
    assert(this.pendingBytes === 0, 'the bytes before have been read')
    this.#input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = 0
  }

  /**
   * The next whole message, or null when more bytes are needed.
   *
   * @throws ViblyError `rtmp.chunk-*`, `rtmp.message-too-large`, `rtmp.partials-too-large`.
   */
  next(): Message | null {
    for (;;) {
      if (this.#current === null) {
        this.#current = this.#startChunk()
        if (this.#current === null) break
      }
      const message = this.#readChunk(this.#current)
      if (message !== null) return message
      if (this.#chunkLeft > 0) break
    }
    // All of it has been read: it is not to be kept until the next read.
    this.#input = NO_BYTES
    this.#at = 0
    return null
  }

  /**
   * Set Chunk Size (RTMP 1.0 §5.4.1); chunks under way end as they began. [R05]
   *
   * @throws ViblyError `rtmp.chunk-size-invalid` for 0 or with the top bit set.
   */
  setChunkSize(chunkBytes: number): void {
    if (chunkBytes < 1 || chunkBytes > 0x7fffffff) {
      throw new ViblyError('rtmp.chunk-size-invalid', { chunkBytes })
    }
    this.#chunkBytes = Math.min(chunkBytes, CHUNK_BYTES_MAX)
  }

  /**
   * Abort Message (RTMP 1.0 §5.4.2): forgets what has arrived of this chunk stream's message. [R09]
   */
  abort(chunkStreamId: number): void {
    const partial = this.#partials.get(chunkStreamId)
    if (partial === undefined) return
    this.#partialBytes -= partial.body.byteLength
    this.#partials.delete(chunkStreamId)
  }

  /** Reads a header and finds the message its chunk belongs to; null when bytes are missing. */
  #startChunk(): PartialMessage | null {
    const decoded = this.#readHeader()
    if (decoded === null) return null
    const { format, header } = decoded
    const { chunkStreamId } = header

    let partial = this.#partials.get(chunkStreamId)
    if (partial === undefined) {
      partial = this.#startMessage(format === 3 ? repeatChunkHeader(header) : header)
    } else if (format === 3) {
      this.#partials.delete(chunkStreamId)
    } else {
      // A new header in the middle of a message might announce another length (CVE-2016-10191).
      throw new ViblyError('rtmp.chunk-interrupted', { chunkStreamId, format })
    }
    this.#chunkLeft = Math.min(
      this.#chunkBytes,
      partial.header.messageBytes - partial.receivedBytes,
    )
    return partial
  }

  #readHeader(): ReturnType<typeof decodeChunkHeader> {
    if (this.#carryBytes === 0) {
      const decoded = decodeChunkHeader(this.#input, this.#at, this.#headers)
      if (decoded === null) this.#carryOver(this.#at)
      else this.#at += decoded.headerBytes
      return decoded
    }

    const carriedBytes = this.#carryBytes
    this.#carryOver(this.#at)
    const joined = this.#carry.subarray(0, this.#carryBytes)
    const decoded = decodeChunkHeader(joined, 0, this.#headers)
    if (decoded === null) return null
    const { headerBytes } = decoded
    if (headerBytes >= carriedBytes) {
      // The carry took more of this read than the header needed: go back to where that ends.
      this.#at -= this.#carryBytes - headerBytes
    } else {
      // What looked like a repeated timestamp was payload, and some of it came with the read
      // before.
      this.#input = Buffer.concat([joined.subarray(headerBytes), this.#input.subarray(this.#at)])
      this.#at = 0
    }
    this.#carryBytes = 0
    return decoded
  }

  /** Moves the input from `at` on into the carry, as much as a header can need. */
  #carryOver(at: number): void {
    const end = Math.min(this.#input.byteLength, at + this.#carry.byteLength - this.#carryBytes)
    this.#input.copy(this.#carry, this.#carryBytes, at, end)
    this.#carryBytes += end - at
    this.#at = end
  }

  #startMessage(header: ChunkHeader): PartialMessage {
    const { chunkStreamId, messageBytes, messageType } = header
    this.#headers.set(chunkStreamId, header)
    if (this.#headers.size > this.#limits.chunkStreamsMax) {
      throw new ViblyError('rtmp.chunk-streams-too-many', { max: this.#limits.chunkStreamsMax })
    }

    const messageBytesMax = limitOf(messageType, this.#limits)
    if (messageBytes > messageBytesMax) {
      throw new ViblyError('rtmp.message-too-large', { messageType, messageBytes, messageBytesMax })
    }
    const firstShare = Math.trunc(this.#limits.partialBytesMax / FIRST_SHARE)
    const body = this.#allocate(Math.min(messageBytes, FIRST_BYTES, firstShare), 0)
    return { header, body, receivedBytes: 0 }
  }

  /** Copies what is there of the chunk; the message when that was its last byte, else null. */
  #readChunk(partial: PartialMessage): Message | null {
    const count = Math.min(this.#chunkLeft, this.#input.byteLength - this.#at)
    const wantedBytes = partial.receivedBytes + count
    if (wantedBytes > partial.body.byteLength) this.#grow(partial, wantedBytes)
    this.#input.copy(partial.body, partial.receivedBytes, this.#at, this.#at + count)
    partial.receivedBytes = wantedBytes
    this.#at += count
    this.#chunkLeft -= count
    if (this.#chunkLeft > 0) return null

    this.#current = null
    const { header } = partial
    if (partial.receivedBytes < header.messageBytes) {
      this.#partials.set(header.chunkStreamId, partial)
      return null
    }
    this.#partialBytes -= partial.body.byteLength
    return {
      type: header.messageType,
      messageStreamId: header.messageStreamId,
      timestampMs: header.timestampMs,
      payload: header.messageBytes === 0 ? NO_BYTES : partial.body,
    }
  }

  #grow(partial: PartialMessage, wantedBytes: number): void {
    const before = partial.body
    const doubled = Math.max(before.byteLength * 2, wantedBytes)
    const grown = this.#allocate(Math.min(doubled, partial.header.messageBytes), before.byteLength)
    before.copy(grown, 0, 0, partial.receivedBytes)
    partial.body = grown
  }

  /** Not zeroed: a message is handed out only when every byte of it has been written. */
  #allocate(bytes: number, instead: number): Buffer {
    this.#partialBytes += bytes - instead
    if (this.#partialBytes > this.#limits.partialBytesMax) {
      throw new ViblyError('rtmp.partials-too-large', { max: this.#limits.partialBytesMax })
    }
    return Buffer.allocUnsafe(bytes)
  }
}

function limitOf(messageType: number, limits: RtmpLimits): number {
  switch (messageType) {
    case MESSAGE_TYPE.audio:
      return limits.audioBytesMax
    case MESSAGE_TYPE.video:
    case MESSAGE_TYPE.aggregate:
      return limits.videoBytesMax
    default:
      return limits.commandBytesMax
  }
}
