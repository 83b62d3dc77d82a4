import { ViblyError } from './errors.ts'

/**
 * Reads numbers off a view from `offset` on, every access checked. Holds a view, never a copy; what
 * it hands out are views of the same memory.
 *
 * @throws ViblyError `bytes.out-of-range` from every method that would read past the end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  #offset: number

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes
    this.#offset = offset
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#bytes.byteLength - this.#offset
  }

  u8(): number {
    return this.#byte(this.#advance(1))
  }

  u16(): number {
    const at = this.#advance(2)
    return this.#byte(at) * 0x100 + this.#byte(at + 1)
  }

  /** Unsigned, 24 bits, big-endian. */
  u24(): number {
    const at = this.#advance(3)
    return (this.#byte(at) * 0x100 + this.#byte(at + 1)) * 0x100 + this.#byte(at + 2)
  }

  /** Signed, 24 bits, two's complement. */
  i24(): number {
    const value = this.u24()
    return value >= 0x800000 ? value - 0x1000000 : value
  }

  u32(): number {
    const at = this.#advance(4)
    const high = this.#byte(at) * 0x100 + this.#byte(at + 1)
    return high * 0x10000 + this.#byte(at + 2) * 0x100 + this.#byte(at + 3)
  }

  u32le(): number {
    const at = this.#advance(4)
    const high = this.#byte(at + 3) * 0x100 + this.#byte(at + 2)
    return high * 0x10000 + this.#byte(at + 1) * 0x100 + this.#byte(at)
  }

  f64(): number {
    return viewOf(this.#bytes, this.#advance(8)).getFloat64(0)
  }

  /** The next `count` bytes as a view. */
  take(count: number): Uint8Array {
    const at = this.#advance(count)
    return this.#bytes.subarray(at, at + count)
  }

  /** Everything that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.remaining)
  }

  skip(count: number): void {
    this.#advance(count)
  }

  /** Within the bytes: `#advance` has seen to that. */
  #byte(at: number): number {
    return this.#bytes[at] ?? 0
  }

  #advance(count: number): number {
    const at = this.#offset
    if (count < 0 || count > this.remaining) {
      throw new ViblyError('bytes.out-of-range', { at, wanted: count, have: this.remaining })
    }
    this.#offset = at + count
    return at
  }
}

/** Collects numbers and views into one array that grows by doubling. */
export class ByteWriter {
  /** Not zeroed: only what was written is ever handed out. */
  #bytes: Uint8Array
  #length = 0

  /** `capacity` is a first guess in bytes, not a limit. */
  constructor(capacity = 64) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#bytes[at] = value
    return this
  }

  u16(value: number): this {
    return this.u8(value / 0x100).u8(value)
  }

  /** Unsigned, 24 bits; higher bits are cut off. */
  u24(value: number): this {
    return this.u8(value / 0x10000).u16(value)
  }

  /** Unsigned, modulo 2^32. */
  u32(value: number): this {
    return this.u16(value / 0x10000).u16(value)
  }

  u32le(value: number): this {
    return this.u8(value)
      .u8(value / 0x100)
      .u8(value / 0x10000)
      .u8(value / 0x1000000)
  }

  f64(value: number): this {
    const at = this.#grow(8)
    viewOf(this.#bytes, at).setFloat64(0, value)
    return this
  }

  put(bytes: Uint8Array): this {
    const at = this.#grow(bytes.byteLength)
    this.#bytes.set(bytes, at)
    return this
  }

  /** What was written so far, as a view: write no more after taking it. */
  bytes(): Uint8Array {
    const isFull = this.#length === this.#bytes.byteLength
    return isFull ? this.#bytes : this.#bytes.subarray(0, this.#length)
  }

  #grow(count: number): number {
    const at = this.#length
    if (at + count > this.#bytes.byteLength) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.byteLength * 2, at + count))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#length = at + count
    return at
  }
}

/** For the one kind of number that byte by byte does not give. */
function viewOf(bytes: Uint8Array, at: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8)
}

/**
 * Reads bits from the most significant on, with the Exp-Golomb codes of ITU-T H.264 §9.1.
 *
 * @throws ViblyError `bytes.out-of-range` from every method that would read past the end.
 */
export class BitReader {
  readonly #bytes: Uint8Array
  #bit = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  bit(): number {
    const byte = this.#bytes[Math.trunc(this.#bit / 8)]
    if (byte === undefined) {
      throw new ViblyError('bytes.out-of-range', { at: this.#bit, wanted: 1, have: 0 })
    }
    const value = (byte >> (7 - (this.#bit % 8))) & 1
    this.#bit += 1
    return value
  }

  flag(): boolean {
    return this.bit() === 1
  }

  /** `count` bits, at most 32, as an unsigned number. */
  bits(count: number): number {
    let value = 0
    for (let read = 0; read < count; read += 1) value = value * 2 + this.bit()
    return value
  }

  skip(count: number): void {
    for (let skipped = 0; skipped < count; skipped += 1) this.bit()
  }

  /** ue(v): unsigned Exp-Golomb. A prefix over 31 zeros is no number of H.264 and is refused. */
  unsigned(): number {
    let zeros = 0
    while (this.bit() === 0) {
      zeros += 1
      if (zeros > 31)
        throw new ViblyError('bytes.out-of-range', { at: this.#bit, wanted: 32, have: 31 })
    }
    return 2 ** zeros - 1 + this.bits(zeros)
  }

  /** se(v): signed Exp-Golomb. */
  signed(): number {
    const code = this.unsigned()
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2
  }
}

/** One array with the content of all. A copy: for what must be contiguous, not for every read. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.byteLength
  }
  return joined
}

/**
 * The value that bytes are the JSON of, in UTF-8. Only for what this server wrote.
 *
 * @throws SyntaxError when they are not.
 */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes))
}
