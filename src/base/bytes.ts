import { ViblyError } from './errors.ts'

/**
 * Reads numbers off the front of a view, every access checked. Holds a view, never a copy; what it
 * hands out are views of the same memory.
 *
 * @throws ViblyError `bytes.out-of-range` from every method that would read past the end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#bytes.byteLength - this.#offset
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2))
  }

  /** Unsigned, 24 bits, big-endian. */
  u24(): number {
    const at = this.#advance(3)
    return this.#view.getUint16(at) * 0x100 + this.#view.getUint8(at + 2)
  }

  /** Signed, 24 bits, two's complement. */
  i24(): number {
    const value = this.u24()
    return value >= 0x800000 ? value - 0x1000000 : value
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  u32le(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8))
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
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  /** `capacity` is a first guess in bytes, not a limit. */
  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, value)
    return this
  }

  /** Unsigned, 24 bits; higher bits are cut off. */
  u24(value: number): this {
    const at = this.#grow(3)
    this.#view.setUint8(at, Math.trunc(value / 0x10000) % 0x100)
    this.#view.setUint16(at + 1, value % 0x10000)
    return this
  }

  /** Unsigned, modulo 2^32. */
  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value)
    return this
  }

  u32le(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
    return this
  }

  f64(value: number): this {
    const at = this.#grow(8)
    this.#view.setFloat64(at, value)
    return this
  }

  put(bytes: Uint8Array): this {
    const at = this.#grow(bytes.byteLength)
    this.#bytes.set(bytes, at)
    return this
  }

  /** What was written so far, as a view: write no more after taking it. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(count: number): number {
    const at = this.#length
    if (at + count > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(this.#bytes.byteLength * 2, at + count))
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = at + count
    return at
  }
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
