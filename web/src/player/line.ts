/** What hls.js notes of each piece: its bytes, and when the first and the last came, ms. */
export interface Load {
  readonly loaded: number
  readonly loading: { readonly first: number; readonly end: number }
}

/** What is asked of hls.js, worst quality first. */
export interface Loader {
  readonly levels: readonly { readonly bitrate: number; readonly averageBitrate: number }[]
  readonly loadLevel: number
  readonly autoLevelEnabled: boolean
  bandwidthEstimate: number
}

/** A piece that took a larger share of its own length to come came over a narrow line. */
const SHARE_MAX = 0.5
/** What came faster than this does not tell how much the line carries, ms. */
const TOOK_MS_MIN = 20

/**
 * What the way to the viewer carries, by the last piece that came. hls.js asks what it carried in
 * the last half minute, in which a picture of a second ahead stands still again and again.
 *
 * A piece of a still picture is small, so what it says of the line is rough: by itself it is no
 * sign of a narrow one, only when it took long for its length.
 */
export class Line {
  /** bit/s. */
  #carries = Number.POSITIVE_INFINITY
  /** How long the piece took to come, of how long it plays. */
  #share = 0

  note({ loaded, loading }: Load, durationS: number): void {
    const tookMs = loading.end - loading.first
    this.#share = tookMs / (durationS * 1_000)
    if (tookMs >= TOOK_MS_MIN) this.#carries = (loaded * 8_000) / tookMs
  }

  forget(): void {
    this.#carries = Number.POSITIVE_INFINITY
    this.#share = 0
  }

  /** Whether even the least quality takes more. */
  isTooSlow({ levels }: Loader): boolean {
    return this.#share > 1 && this.#carries < (levels[0]?.averageBitrate ?? 0)
  }

  /**
   * To be called when the picture stands still: lets hls.js choose by what the line carries now.
   *
   * @returns whether the line is so narrow that the next late piece is to be expected
   */
  noteStall(hls: Loader): boolean {
    const level = hls.levels[hls.loadLevel]
    if (level === undefined) return false
    if (hls.autoLevelEnabled && this.#share > 1 && this.#carries < level.bitrate) {
      hls.bandwidthEstimate = this.#carries
    }
    return this.#share > SHARE_MAX
  }
}
