import { joinBytes, ViblyError } from '../../base/index.ts'

/** ITU-T T.81 §B.1.1.3, table B.1. The first byte of every marker is FF. */
const START_OF_IMAGE = 0xd8
const END_OF_IMAGE = 0xd9
const START_OF_SCAN = 0xda
const RESTART_FIRST = 0xd0
const RESTART_LAST = 0xd7

/** Bytes of one thumbnail: 640 wide, so 4 MiB is never reached by a real one. */
export const PICTURE_BYTES_MAX = 4 * 1024 * 1024

/**
 * Cuts FFmpeg's `image2pipe` into whole JPEGs: one follows the other without a frame of its own.
 * Segments are walked by their lengths (ITU-T T.81 §B.1.1.4); behind the scan header the next
 * marker that is neither stuffing nor a restart ends it, since FF inside a scan is followed by 00.
 */
export class PictureCutter {
  #bytes: Uint8Array = new Uint8Array()

  /**
   * The pictures that `bytes` completes.
   *
   * @throws ViblyError `transcode.thumbnail-broken` on anything but JPEG, or over
   *   PICTURE_BYTES_MAX.
   */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    // A copy for each read: some 40 kB every ten seconds.
    this.#bytes = joinBytes([this.#bytes, bytes])
    const pictures: Uint8Array[] = []
    for (;;) {
      const pictureBytes = measurePicture(this.#bytes)
      if (pictureBytes === null) break
      pictures.push(this.#bytes.subarray(0, pictureBytes))
      this.#bytes = this.#bytes.subarray(pictureBytes)
    }
    if (this.#bytes.byteLength > PICTURE_BYTES_MAX) {
      throw new ViblyError('transcode.thumbnail-broken', { reason: 'too large' })
    }
    return pictures
  }
}

/** The length of the JPEG at the front, or null when it is not whole yet. */
function measurePicture(bytes: Uint8Array): number | null {
  let at = 0
  let isInScan = false
  while (at + 1 < bytes.byteLength) {
    const marker = bytes[at + 1] ?? 0
    if (isInScan && (bytes[at] !== 0xff || isScanData(marker))) {
      at += 1
      continue
    }
    if (bytes[at] !== 0xff || (at === 0 && marker !== START_OF_IMAGE)) {
      throw new ViblyError('transcode.thumbnail-broken', { reason: 'not a JPEG' })
    }
    if (marker === END_OF_IMAGE) return at + 2
    if (marker === START_OF_IMAGE) {
      at += 2
      continue
    }
    const high = bytes[at + 2]
    const low = bytes[at + 3]
    if (high === undefined || low === undefined) return null
    isInScan = marker === START_OF_SCAN
    at += 2 + high * 0x100 + low
  }
  return null
}

/** Stuffing, a restart, or a fill byte before a marker (ITU-T T.81 §B.1.1.2). */
function isScanData(marker: number): boolean {
  return marker === 0 || marker === 0xff || (marker >= RESTART_FIRST && marker <= RESTART_LAST)
}

/**
 * The newest value only: who reads slowly misses the older ones, so nobody has to wait for a
 * reader. For one reader. After `end()` the last value is still given.
 */
export class Latest<T> implements AsyncIterable<T> {
  #value: { readonly value: T } | null = null
  #then: 'wait' | 'end' = 'wait'
  #wake: () => void = () => {}

  put(value: T): void {
    this.#value = { value }
    this.#wake()
  }

  end(): void {
    this.#then = 'end'
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const held = this.#value
      this.#value = null
      if (held !== null) yield held.value
      else if (this.#then === 'end') return
      else await this.#woken()
    }
  }

  #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    return promise
  }
}
