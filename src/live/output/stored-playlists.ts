import type { BroadcastId } from '../../base/index.ts'
import type { JournalText, Presentation } from '../../hls/index.ts'
import type { Blobs } from '../../ports/index.ts'

export interface StoredPlaylistsDeps {
  readonly blobs: Blobs
  readonly presentation: Presentation
  /** The store refused something. Throws what is no fault of the store. */
  onUnstored(reason: unknown): void
}

/**
 * The playlists of one broadcast as they are stored: entry by entry while it is live, so that
 * whatever kills the server leaves them, and whole where a store refused an entry.
 */
export class StoredPlaylists {
  readonly #id: BroadcastId
  readonly #deps: StoredPlaylistsDeps
  #isWhole: boolean

  /** `found`: whether playlists of an earlier server are there, which may be torn. */
  constructor(id: BroadcastId, deps: StoredPlaylistsDeps, found: 'none' | 'some') {
    this.#id = id
    this.#deps = deps
    this.#isWhole = found === 'none'
  }

  /**
   * Adds entries. What cannot be stored keeps nobody from watching: all of it is written again with
   * the next entries. Those are counted, so none is added behind one that is missing. [F16]
   */
  async append(texts: readonly JournalText[]): Promise<void> {
    if (!this.#isWhole) await this.repair()
    if (!this.#isWhole) return
    const appends = texts.map(({ rendition, text }) => {
      const bytes = new TextEncoder().encode(text)
      return this.#deps.blobs.append(`${this.#id}/${rendition}/index.m3u8`, bytes)
    })
    for (const outcome of await Promise.allSettled(appends)) {
      if (outcome.status === 'fulfilled') continue
      this.#isWhole = false
      this.#deps.onUnstored(outcome.reason)
    }
  }

  /** Whether what is stored says all that is listed. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** Adds their ends. */
  async close(texts: readonly JournalText[]): Promise<void> {
    if (this.#isWhole) await this.append(texts)
    await this.repair()
  }

  /** Makes them say all that is listed, if they do not, and if they can be written. */
  async repair(): Promise<void> {
    if (this.#isWhole) return
    const { blobs, presentation } = this.#deps
    try {
      for (const name of presentation.playlists.renditions) {
        const text = presentation.playlists.vod(name, 'stored') ?? ''
        await blobs.put(`${this.#id}/${name}/index.m3u8`, new TextEncoder().encode(text))
      }
      this.#isWhole = true
    } catch (thrown) {
      this.#deps.onUnstored(thrown)
    }
  }

  async saveMaster(use: 'live' | 'vod'): Promise<void> {
    const text = this.#deps.presentation.playlists.master('', use)
    if (text === null) return
    await this.#deps.blobs.put(`${this.#id}/index.m3u8`, new TextEncoder().encode(text))
  }
}
