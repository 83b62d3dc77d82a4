import type { Clock } from '../../base/index.ts'
import {
  lastMsnOf,
  lastOf,
  type MediaList,
  mergeDelta,
  parseMediaList,
  type Variant,
} from '../reading/index.ts'
import type { Fetcher } from './fetcher.ts'
import { MediaDownloads } from './media-downloads.ts'
import type { Answer, DeltaSeen, PlaylistSeen, RenditionSeen } from './observation.ts'
import { isSameList } from './versions.ts'

export interface RenditionAddress {
  readonly name: string
  readonly url: string
  readonly variants: readonly Variant[]
  readonly group: string | null
}

/** Playlists: how long one is waited for beyond what it may block, and how large it may be. */
const ANSWER_MS_MAX = 10_000
export const PLAYLIST_BYTES_MAX = 16 * 2 ** 20
const TEXTS_MAX = 6
const VERSIONS_MAX = 20_000
const FAILURES_MAX = 5
/**
 * As many questions one after the other, to catch a playlist while it is being written. [8216bis
 * §6.2.1]
 */
const BURST_COUNT = 100
const BURST_PAUSE_MS_MIN = 15

/** Follows one media playlist as a player would, and downloads what it newly lists. */
export class RenditionWatch {
  readonly address: RenditionAddress
  readonly #fetcher: Fetcher
  readonly #clock: Clock
  readonly #downloads: MediaDownloads
  readonly #reload: PlaylistSeen[] = []
  readonly #burst: PlaylistSeen[] = []
  readonly #failures: Answer[] = []
  readonly #deltas: DeltaSeen[] = []
  #texts: string[] = []
  #latest: MediaList | null = null

  constructor(address: RenditionAddress, fetcher: Fetcher, clock: Clock) {
    this.address = address
    this.#fetcher = fetcher
    this.#clock = clock
    this.#downloads = new MediaDownloads(address.url, fetcher)
  }

  /** The newest version of the reload; null before the first. */
  get latest(): MediaList | null {
    return this.#latest
  }

  get downloads(): MediaDownloads {
    return this.#downloads
  }

  get targetMs(): number {
    return Math.max(1, this.#latest?.targetSeconds ?? 6) * 1000
  }

  /** Fetches the playlist once; whether there was one. */
  async open(): Promise<boolean> {
    return (await this.#ask('', this.#reload)) !== null
  }

  /**
   * Reloads until `untilMs` or the end of the broadcast: blocking where it is offered, else by
   * polls.
   */
  async follow(untilMs: number, signal: AbortSignal): Promise<void> {
    let failuresInRow = 0
    this.#downloads.take(this.#latest)
    while (this.#clock.monotonicMs() < untilMs && this.#latest?.isEnded === false) {
      const sentMs = this.#clock.monotonicMs()
      const canBlock = this.#latest.control?.canBlock === true
      const query = canBlock && failuresInRow === 0 ? nextQuery(this.#latest) : ''
      const list = await this.#ask(query, this.#reload, untilMs)
      failuresInRow = list === null ? failuresInRow + 1 : 0
      if (failuresInRow > FAILURES_MAX || this.#reload.length > VERSIONS_MAX) break
      this.#downloads.take(list)
      const pauseMs = query === '' ? sentMs + this.targetMs / 2 - this.#clock.monotonicMs() : 0
      const leftMs = untilMs - this.#clock.monotonicMs()
      await this.#clock.sleep(Math.max(0, Math.min(pauseMs, leftMs)), signal)
    }
    await this.#downloads.settle()
  }

  /** Many plain requests in a row over a bit more than a target, so that one meets every change. */
  async burst(untilMs: number, signal: AbortSignal): Promise<void> {
    const pauseMs = Math.max(BURST_PAUSE_MS_MIN, (1.2 * this.targetMs) / BURST_COUNT)
    for (let count = 0; count < BURST_COUNT; count += 1) {
      if (this.#clock.monotonicMs() >= untilMs) return
      await this.#ask('', this.#burst)
      await this.#clock.sleep(pauseMs, signal)
    }
  }

  /**
   * Asks for a delta update and the whole playlist at once; keeps them when they are one version.
   */
  async askDelta(): Promise<void> {
    if (this.#latest?.control?.canSkipUntil == null) return
    const [delta, whole] = await Promise.all([this.#load('_HLS_skip=YES'), this.#load('')])
    if (delta.list === null || whole.list === null || delta.list.skipped === null) return
    if (!isSameList(delta.list, whole.list)) return
    for (const { list: before } of this.#reload) {
      if (mergeDelta(before, delta.list) === null) continue
      this.#deltas.push({ before, delta: delta.list, whole: whole.list })
      return
    }
  }

  /** Asks the playlist once more, with directives; nothing is kept of it but what comes back. */
  async probe(query: string, headers: Readonly<Record<string, string>> = {}) {
    return await this.#load(query, 3 * this.targetMs + ANSWER_MS_MAX, headers)
  }

  seen(): RenditionSeen {
    return {
      ...this.address,
      tracks: [this.#reload, this.#burst],
      failures: this.#failures,
      texts: this.#texts,
      deltas: this.#deltas,
      ...this.#downloads.seen(),
    }
  }

  async #ask(query: string, track: PlaylistSeen[], untilMs?: number): Promise<MediaList | null> {
    const isBlocking = query !== ''
    // Whoever is blocked when the time is over has nothing to tell.
    const leftMs = (untilMs ?? Number.POSITIVE_INFINITY) - this.#clock.monotonicMs()
    const fullMs = (isBlocking ? 3 * this.targetMs : 0) + ANSWER_MS_MAX
    const timeoutMs = isBlocking ? Math.min(fullMs, Math.max(1000, leftMs)) : fullMs
    const { answer, list, text } = await this.#load(query, timeoutMs, GZIP)
    if (list === null) {
      const isCutByUs = answer.status === null && timeoutMs < fullMs
      if (!isCutByUs) this.#failures.push(answer)
      return null
    }
    track.push({ answer, isBlocking, list })
    if (track === this.#reload) this.#latest = list
    this.#keepText(text)
    return list
  }

  async #load(
    query: string,
    timeoutMs: number = ANSWER_MS_MAX,
    headers: Readonly<Record<string, string>> = GZIP,
  ): Promise<{
    readonly answer: Answer
    readonly bytes: Uint8Array
    readonly text: string
    readonly list: MediaList | null
  }> {
    const url = withQuery(this.address.url, query)
    const wish = { headers, timeoutMs, bytesMax: PLAYLIST_BYTES_MAX }
    const { answer, bytes } = await this.#fetcher.fetch(url, wish)
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const isList = answer.status === 200 && text.includes('#EXTM3U')
    return { answer, bytes, text, list: isList ? parseMediaList(text, this.#latest) : null }
  }

  /** The first ones and the last ones: what is in between is much the same. */
  #keepText(text: string): void {
    if (this.#texts.at(-1) === text) return
    if (this.#texts.length < TEXTS_MAX) this.#texts.push(text)
    else
      this.#texts = [
        ...this.#texts.slice(0, TEXTS_MAX / 2),
        ...this.#texts.slice(TEXTS_MAX / 2 + 1),
        text,
      ]
  }
}

const GZIP = { 'accept-encoding': 'gzip' }

/**
 * What a player asks next (8216bis §6.2.5.2): the part behind the last, or the segment behind it.
 */
function nextQuery(list: MediaList): string {
  if (list.partTarget === null) return `_HLS_msn=${lastMsnOf(list) + 1}`
  const { msn, part } = lastOf(list)
  return list.openMsn === null || part === null
    ? `_HLS_msn=${lastMsnOf(list) + 1}&_HLS_part=0`
    : `_HLS_msn=${msn}&_HLS_part=${part + 1}`
}

/** Directives go behind whatever query the address has. */
function withQuery(url: string, query: string): string {
  if (query === '') return url
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}
