import { HANDSHAKE_BYTES } from './handshake.ts'

/** Collects C0, C1 and C2 (RTMP 1.0 §5.2), 3073 bytes in all, however they are cut. */
export class HandshakeInput {
  readonly #bytes = new Uint8Array(1 + 2 * HANDSHAKE_BYTES)
  #length = 0

  /** C0; null before it has come. */
  get version(): number | null {
    return this.#length === 0 ? null : (this.#bytes[0] ?? null)
  }

  /** null until all of it is there. */
  get c1(): Uint8Array | null {
    return this.#length > HANDSHAKE_BYTES ? this.#bytes.subarray(1, 1 + HANDSHAKE_BYTES) : null
  }

  get isComplete(): boolean {
    return this.#length === this.#bytes.byteLength
  }

  /** What is left of `bytes` when the handshake is complete. */
  push(bytes: Uint8Array): Uint8Array {
    const count = Math.min(bytes.byteLength, this.#bytes.byteLength - this.#length)
    this.#bytes.set(bytes.subarray(0, count), this.#length)
    this.#length += count
    return bytes.subarray(count)
  }
}
