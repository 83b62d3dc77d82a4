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

/** A line that carries less than so many times what the picture takes is a narrow one. */
const SPARE_MIN = 2
/** What came faster than this tells nothing of the line, ms. */
const TOOK_MS_MIN = 20

/**
 * What the way to the viewer carries, by the last piece that came. hls.js asks what it carried in
 * the last half minute, in which a picture of a second ahead stands still again and again.
 */
export class Line {
  /** bit/s. */
  #carries = Number.POSITIVE_INFINITY

  note({ loaded, loading }: Load): void {
    const tookMs = loading.end - loading.first
    if (tookMs >= TOOK_MS_MIN) this.#carries = (loaded * 8_000) / tookMs
  }

  forget(): void {
    this.#carries = Number.POSITIVE_INFINITY
  }

  /** Whether even the least quality takes more. */
  isTooSlow({ levels }: Loader): boolean {
    return this.#carries < (levels[0]?.averageBitrate ?? 0)
  }

  /**
   * To be called when the picture stands still: lets hls.js choose by what the line carries now.
   *
   * @returns whether the line is so narrow that the next late piece is to be expected
   */
  noteStall(hls: Loader): boolean {
    const level = hls.levels[hls.loadLevel]
    if (level === undefined) return false
    if (hls.autoLevelEnabled && this.#carries < level.bitrate) {
      hls.bandwidthEstimate = this.#carries
    }
    return this.#carries < level.bitrate * SPARE_MIN
  }
}
