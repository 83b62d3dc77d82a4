/** Bytes of FFmpeg's messages that are kept. [F03] */
export const TAIL_BYTES_MAX = 64 * 1024
/** Characters of the last lines that go into a fault. */
const LAST_WORDS_MAX = 500
const LAST_LINES = 3

/** The end of a text that may be endless: the newest bytes, the oldest are forgotten. */
export class Tail {
  #pieces: Uint8Array[] = []
  #bytes = 0

  push(piece: Uint8Array): void {
    const kept = piece.subarray(Math.max(0, piece.byteLength - TAIL_BYTES_MAX))
    this.#pieces.push(kept)
    this.#bytes += kept.byteLength
    while (this.#bytes > TAIL_BYTES_MAX) {
      this.#bytes -= this.#pieces.shift()?.byteLength ?? 0
    }
  }

  /** All that is kept. */
  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8')
  }

  /** The last lines in one, without control characters; `nothing` when there are none. */
  lastWords(): string {
    const lines = this.text().split(/[\r\n]+/)
    const words = lines.filter((line) => line.trim() !== '').slice(-LAST_LINES)
    const text = words.join(' / ').replaceAll(/\p{Cc}/gu, '')
    return text === '' ? 'nothing' : text.slice(-LAST_WORDS_MAX)
  }
}
