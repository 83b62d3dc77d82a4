import type { Listing, Moment, RenditionState, Row } from './listing/index.ts'
import { MediaText } from './media-text.ts'
import { formatMaster, PLAYLIST_END, type Variant } from './playlist/index.ts'

/** Text to add to the stored playlist of a rendition, in the order given. */
export interface JournalText {
  readonly rendition: string
  readonly text: string
}

/**
 * The playlists of one listing: as players are told, each made once per change however many ask,
 * and as they are stored.
 */
export class Playlists {
  readonly #listing: Listing
  readonly #hintOf: (rendition: string) => string | null
  readonly #media = new Map<string, MediaText>()
  readonly #texts = new Map<string, string>()
  readonly #listeners = new Set<() => void>()

  /**
   * `hintOf`: the name of the part that a rendition lists next; null when none is foreseen. [LL13]
   */
  constructor(listing: Listing, hintOf: (rendition: string) => string | null) {
    this.#listing = listing
    this.#hintOf = hintOf
  }

  /** Names of the renditions that have one. */
  get renditions(): readonly string[] {
    return this.#listing.renditions.begun().map(({ name }) => name)
  }

  /** Whether the live playlists begin later than the broadcast did. */
  get isTrimmed(): boolean {
    return this.#listing.moments.windowFrom > 0
  }

  /** Calls `listener` after each change, until the function it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Something else is listed or hinted at: all texts are of yesterday. */
  change(): void {
    this.#texts.clear()
    for (const listener of this.#listeners) listener()
  }

  /**
   * The media playlist; null while the rendition has nothing listed (or does not exist). Once the
   * broadcast has ended it is the recording's, if players know all of that: the live window had not
   * lost its beginning. [H04] [H22]
   */
  media(rendition: string): string | null {
    if (this.#isRecording()) return this.vod(rendition)
    return this.#text(`media ${rendition}`, () => this.#live(rendition, 'whole'))
  }

  /** As `media`, but what a player that asked a moment ago knows is left out. [LL19] [LL20] */
  delta(rendition: string): string | null {
    if (this.#listing.isEnded) return this.media(rendition)
    return this.#text(`delta ${rendition}`, () => this.#live(rendition, 'delta'))
  }

  /**
   * All segments ever listed, as a recording; null as for `media`. [H22] The stored form has a gap
   * where no store took the bytes.
   */
  vod(rendition: string, form: 'served' | 'stored' = 'served'): string | null {
    return this.#text(`vod ${form} ${rendition}`, () => {
      const state = this.#begun(rendition)
      if (state === null) return null
      const end = this.#listing.isEnded ? PLAYLIST_END : ''
      return `${this.#mediaText(state).vod(form)}${end}`
    })
  }

  /**
   * The multivariant playlist; null while nothing is listed. Live it has the renditions that are
   * being made, as a recording (asked for, or what an ended one has become) those that are whole.
   * [M13]
   *
   * @param prefix stands before `{rendition}/index.m3u8`: empty, or `/media/{broadcast}/`.
   */
  master(prefix: string, asked: 'live' | 'vod' = 'live'): string | null {
    const use = this.#isRecording() ? 'vod' : asked
    return this.#text(`master ${use} ${prefix}`, () => {
      const { made, renditions } = this.#listing
      const chosen = use === 'live' ? made : renditions.whole()
      if (chosen.length === 0) return null
      return formatMaster(
        chosen.map((state) => state.variant(`${prefix}${state.name}/index.m3u8`, use)),
      )
    })
  }

  /**
   * Renditions with segments in the newest run, with the figures of the live multivariant playlist.
   */
  variants(): readonly (Variant & { readonly name: string })[] {
    return this.#listing.made.map((state) => ({ name: state.name, ...state.variant('', 'live') }))
  }

  /** What the stored playlists are given of a row that is to be listed as `moment`. */
  journal(row: Row, moment: Moment): readonly JournalText[] {
    const { moments, renditions } = this.#listing
    return renditions
      .all()
      .filter(({ name, firstMsn }) => firstMsn !== null || row.has(name))
      .map((state) => {
        const stored = row.get(state.name)?.complete?.stored
        const text = this.#mediaText(state).journal(moments.length, moment, stored)
        return { rendition: state.name, text }
      })
  }

  /** What closes the stored playlists. */
  journalEnds(): readonly JournalText[] {
    return this.renditions.map((rendition) => ({ rendition, text: PLAYLIST_END }))
  }

  /** Whether what is listed is what always will be. */
  #isRecording(): boolean {
    return this.#listing.isEnded && !this.isTrimmed
  }

  #live(rendition: string, form: 'whole' | 'delta'): string | null {
    const state = this.#begun(rendition)
    return state === null ? null : this.#mediaText(state).live(form, this.#hintOf(rendition))
  }

  #begun(rendition: string): RenditionState | null {
    const state = this.#listing.renditions.get(rendition)
    return state === undefined || state.firstMsn === null ? null : state
  }

  #mediaText(state: RenditionState): MediaText {
    const known = this.#media.get(state.name)
    if (known !== undefined) return known
    const text = new MediaText(state, this.#listing)
    this.#media.set(state.name, text)
    return text
  }

  /** The text as it is until the next change; null, which is not kept, while there is none. */
  #text(key: string, format: () => string | null): string | null {
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    const text = format()
    if (text !== null) this.#texts.set(key, text)
    return text
  }
}
