import type { BroadcastRecord, Library, Space } from '../../archive/index.ts'
import type { BroadcastId, Clock, Logger } from '../../base/index.ts'
import type { JournalText, Presentation } from '../../hls/index.ts'
import type { Blobs } from '../../ports/index.ts'
import { isStoreFault } from './store-fault.ts'
import { StoredPlaylists } from './stored-playlists.ts'

export interface BroadcastFolderDeps {
  readonly blobs: Blobs
  readonly library: Library
  readonly clock: Clock
  readonly logger: Logger
  readonly space: Pick<Space, 'noteRefusal'>
  readonly presentation: Presentation
  /** What there is to be stored of the broadcast now. */
  describe(): BroadcastRecord
}

/**
 * A store that refused nothing for so long works again: several segments would have been due since.
 */
const REFUSED_MS = 15_000

/**
 * What is stored of a broadcast beside its media: playlists, multivariant playlist, record. A full
 * disk ends no broadcast that could go on, and keeps none from ending: what a store refuses is
 * logged, and written when there is room, or by the next start of the server. [F16] [X05]
 */
export class BroadcastFolder {
  readonly #id: BroadcastId
  readonly #deps: BroadcastFolderDeps
  readonly #playlists: StoredPlaylists
  /** Whether it can be read after a crash: since the first listed segment. */
  #isReadable: boolean
  /** Whether its record says what the present FFmpeg makes. */
  #isRecordFresh = false
  /** When something was refused last, monotonic. */
  #refusedAtMs = Number.NEGATIVE_INFINITY
  #isEndStored = true

  /** `found`: whether an earlier server left playlists and a record in it. */
  constructor(id: BroadcastId, deps: BroadcastFolderDeps, found: 'none' | 'some') {
    this.#id = id
    this.#deps = deps
    this.#isReadable = found === 'some'
    const { blobs, presentation } = deps
    const onUnstored = (reason: unknown): void => this.noteRefusal(reason)
    this.#playlists = new StoredPlaylists(id, { blobs, presentation, onUnstored }, found)
  }

  /** Whether media of the last seconds could not be stored. */
  get isRefusing(): boolean {
    return this.#deps.clock.monotonicMs() - this.#refusedAtMs < REFUSED_MS
  }

  /** Whether nothing of the broadcast is in memory alone, now that it is over. */
  get isEndStored(): boolean {
    return this.#isEndStored
  }

  /** Adds to the stored playlists, in the order of the calls. */
  async append(texts: readonly JournalText[]): Promise<void> {
    await this.#playlists.append(texts)
  }

  /** Puts in order what an earlier server left, before anything is added to it. */
  async repair(): Promise<void> {
    await this.#attempt('a playlist was not stored', () => this.#playlists.repair())
  }

  /** Another FFmpeg makes other renditions: what is stored does not say so yet. */
  expectChange(): void {
    this.#isRecordFresh = false
  }

  /**
   * The first time in each FFmpeg's life, what makes the folder readable after a crash is stored.
   */
  async keepReadable(): Promise<void> {
    if (this.#isReadable && this.#isRecordFresh) return
    try {
      await this.#playlists.saveMaster('live')
      await this.#saveRecord()
      this.#isReadable = true
      this.#isRecordFresh = true
    } catch (thrown) {
      this.noteRefusal(thrown)
    }
  }

  /** Stores what the owner changed, if anything is stored at all. @throws the store's fault. */
  async changeRecord(): Promise<void> {
    if (this.#isReadable) await this.#saveRecord()
  }

  /** Stores the record as it is now; says whether that worked. */
  async saveRecord(): Promise<boolean> {
    return await this.#attempt('the record of a broadcast was not stored', () => this.#saveRecord())
  }

  /** The broadcast is over; `texts` end its playlists. */
  async close(texts: readonly JournalText[]): Promise<void> {
    await this.#attempt('a playlist was not stored', () => this.#playlists.close(texts))
    await this.storeEnd()
  }

  /**
   * Stores what is not yet as it was when the broadcast ended. Says whether all is: then memory
   * need not know it any more. May be called again.
   */
  async storeEnd(): Promise<boolean> {
    await this.repair()
    const isMasterStored = await this.#attempt('a master playlist was not stored', () =>
      this.#playlists.saveMaster('vod'),
    )
    const isRecordStored = await this.saveRecord()
    this.#isEndStored = this.#playlists.isWhole && isMasterStored && isRecordStored
    return this.#isEndStored
  }

  /** Nobody could watch the broadcast: nothing of it is kept. */
  async remove(): Promise<void> {
    await this.#attempt('the media of a broadcast were not removed', () =>
      this.#deps.library.remove(this.#id),
    )
  }

  /** The store did not take media or their playlists. @throws what is no fault of the store. */
  noteRefusal(reason: unknown): void {
    if (!isStoreFault(reason)) throw reason
    if (reason.code === 'blobs.full') this.#deps.space.noteRefusal()
    if (!this.isRefusing) {
      const words = 'media cannot be stored: the broadcast goes on from memory'
      this.#deps.logger.error(words, reason)
    }
    this.#refusedAtMs = this.#deps.clock.monotonicMs()
  }

  async #saveRecord(): Promise<void> {
    await this.#deps.library.save(this.#deps.describe())
  }

  /** Says whether it worked. */
  async #attempt(failed: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (thrown) {
      this.#deps.logger.error(failed, thrown)
      return false
    }
  }
}
