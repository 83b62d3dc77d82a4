import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { fetchMaster } from './hls-client.ts'
import { PlaylistWatch, parseListed } from './playlist-rules.ts'
import { publishFile } from './publisher.ts'
import { eventually, signUp, type Vibly } from './vibly.ts'

/** Much more than any list that is fed goes without a new segment, even on a busy machine. */
const STALL_TARGETS = 4
const POLL_MS = 200

/**
 * Publishes the clip at `path` beside what a test does harm to, and has somebody watch it. The
 * function it gives ends both, and fails when that one noticed anything.
 */
export async function publishNeighbour(vibly: Vibly, path: string): Promise<() => Promise<void>> {
  const streamer = await signUp(vibly, 'neighbour')
  const publisher = publishFile(path, `${vibly.rtmpUrl}/${streamer.streamKey}`)
  const master = `${vibly.url}/live/${streamer.id}/index.m3u8`
  await eventually('the neighbour is live', () => fetchMaster(master))
  const bystander = await Bystander.watch(master)
  return async () => {
    try {
      await bystander.assertUndisturbed()
    } finally {
      await publisher.kill()
    }
  }
}

/** What somebody saw who watched a broadcast from outside. */
export interface Seen {
  /** Everything against the rules of playlists: what may follow what, numbers, dates, durations. */
  readonly faults: readonly string[]
  /** Times that a list gained nothing for `STALL_TARGETS`, and media that could not be had. */
  readonly stalls: readonly string[]
  /** Discontinuities within what was listed, the most of any rendition. */
  readonly discontinuities: number
  /** New segments of the rendition that gained least. */
  readonly segments: number
}

/**
 * Watches every rendition of a live broadcast as a player does: reads the lists over and over, and
 * each new segment once. Made for the broadcast beside the one to which a test does harm.
 */
export class Bystander {
  readonly #over = new AbortController()
  readonly #renditions: readonly Rendition[]
  readonly #watching: Promise<unknown>

  private constructor(urls: readonly string[]) {
    this.#renditions = urls.map((url) => new Rendition(url))
    this.#watching = Promise.all(this.#renditions.map((one) => one.watch(this.#over.signal)))
  }

  /** Watches what the master at `url` lists now. */
  static async watch(url: string): Promise<Bystander> {
    const variants = (await fetchMaster(url)) ?? assert.fail(`${url} is not live`)
    return new Bystander(variants.map((variant) => variant.url))
  }

  /** What was seen so far; goes on watching. */
  get seen(): Seen {
    const all = this.#renditions
    return {
      faults: all.flatMap((one) => one.faults),
      stalls: all.flatMap((one) => one.stalls),
      discontinuities: Math.max(...all.map((one) => one.discontinuities)),
      segments: Math.min(...all.map((one) => one.segments)),
    }
  }

  /** Stops watching; fails when it noticed anything, or saw fewer than two new segments. */
  async assertUndisturbed(): Promise<void> {
    const { segments, ...seen } = await this.stop()
    assert.deepEqual(seen, { faults: [], stalls: [], discontinuities: 0 })
    assert.ok(segments >= 2, `only ${segments} new segments were seen`)
  }

  async stop(): Promise<Seen> {
    this.#over.abort()
    await this.#watching
    return this.seen
  }
}

class Rendition {
  readonly stalls: string[] = []
  segments = 0
  discontinuities = 0
  readonly #url: string
  readonly #rules = new PlaylistWatch()
  #newestMsn: number | null = null
  #firstDiscontinuity: number | null = null

  constructor(url: string) {
    this.#url = url
  }

  get faults(): readonly string[] {
    return this.#rules.faults
  }

  async watch(signal: AbortSignal): Promise<void> {
    let gainedMs = performance.now()
    while (!signal.aborted) {
      const response = await fetch(this.#url)
      const text = await response.text()
      // It has ended, and ended lists are somebody else's to judge.
      if (response.status === 404 || text.includes('#EXT-X-ENDLIST')) return
      this.#rules.see(text)
      const listed = parseListed(text)
      const newest = listed.segments.at(-1)
      const before = this.#newestMsn
      if (newest !== undefined && newest.msn !== before) {
        gainedMs = performance.now()
        this.#newestMsn = newest.msn
        this.#firstDiscontinuity ??= newest.discontinuity
        this.discontinuities = newest.discontinuity - this.#firstDiscontinuity
        if (before !== null) this.segments += newest.msn - before
        if (!newest.isGap) await this.#read(newest.uri)
      }
      const idleMs = performance.now() - gainedMs
      if (idleMs > STALL_TARGETS * listed.targetSeconds * 1000) {
        this.stalls.push(`${this.#url} gained nothing for ${Math.round(idleMs)} ms`)
        gainedMs = performance.now()
      }
      await delay(POLL_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #read(uri: string): Promise<void> {
    const response = await fetch(new URL(uri, this.#url))
    const bytes = (await response.arrayBuffer()).byteLength
    if (response.status !== 200 || bytes === 0) {
      this.stalls.push(`${uri} was listed and is not there (${response.status}, ${bytes} bytes)`)
    }
  }
}
