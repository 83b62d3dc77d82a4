import { type Clock, ViblyError } from '../../base/index.ts'
import { type MasterList, parseMasterList } from '../reading/index.ts'
import { Fetcher } from './fetcher.ts'
import type { Observation, Probe } from './observation.ts'
import { askEnded, askProbes } from './probes.ts'
import { PLAYLIST_BYTES_MAX, type RenditionAddress, RenditionWatch } from './rendition-watch.ts'
import { askTransport } from './transport.ts'

export interface ObserveOptions {
  /** How long to watch a live broadcast, and the longest a recording may take. Default 30,000. */
  readonly durationMs?: number
  /** All bodies together. Default 1 GiB. */
  readonly bytesMax?: number
  /** Default 12. */
  readonly renditionsMax?: number
  readonly clock: Clock
  /** Ends the watching early; then what was seen so far is judged by nobody. */
  readonly signal: AbortSignal
}

const FIRST_ANSWER_MS_MAX = 15_000
/** Time for the first blocking answers, before anything odd is asked. */
const SETTLING_MS = 1500

/**
 * Watches the HLS presentation at `url`, a multivariant or a media playlist: a live one for the
 * time given, a recording once through.
 *
 * @throws ViblyError `check.unreachable` when nothing can be had there, `check.not-a-playlist` when
 *   what is there is none.
 */
export async function observe(url: string, options: ObserveOptions): Promise<Observation> {
  const { clock, signal } = options
  const untilMs = clock.monotonicMs() + (options.durationMs ?? 30_000)
  const fetcher = new Fetcher(clock, options.bytesMax ?? 2 ** 30, signal)
  const start = await openAddress(url, fetcher)
  const transport = await askTransport(url)
  const master = start.list === null ? null : { ...start, list: start.list }
  const notes: string[] = []
  const addresses = addressesOf(url, master?.list ?? null)
  const chosen = addresses.slice(0, options.renditionsMax ?? 12)
  if (chosen.length < addresses.length) {
    notes.push(`${addresses.length - chosen.length} more renditions than are followed at once`)
  }
  const watches = chosen.map((address) => new RenditionWatch(address, fetcher, clock))
  const opened = await Promise.all(watches.map((watch) => watch.open()))
  if (!opened.some((isOpen) => isOpen)) {
    throw new ViblyError('check.unreachable', { url: shown(url), reason: 'no media playlist' })
  }
  const isLive = watches.some(({ latest }) => latest?.isEnded === false)
  const probes = isLive
    ? await watchLive(watches, fetcher, { clock, signal, untilMs })
    : await readThrough(watches, fetcher, { clock, untilMs, notes })
  notes.push(...notesOf(watches, fetcher))
  const renditions = watches.map((watch) => watch.seen())
  return { url: shown(url), master, transport, isLive, renditions, probes, notes }
}

async function openAddress(url: string, fetcher: Fetcher) {
  const { answer, bytes } = await fetcher.fetch(url, {
    headers: { 'accept-encoding': 'gzip' },
    timeoutMs: FIRST_ANSWER_MS_MAX,
    bytesMax: PLAYLIST_BYTES_MAX,
  })
  if (answer.status !== 200) {
    const reason = answer.status === null ? (answer.failure ?? '') : `status ${answer.status}`
    throw new ViblyError('check.unreachable', { url: shown(url), reason })
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  if (!/^\ufeff?#EXTM3U/.test(text))
    throw new ViblyError('check.not-a-playlist', { url: shown(url) })
  return { answer, text, list: parseMasterList(text) }
}

/** Every media playlist once, with the variants that name it. */
function addressesOf(url: string, master: MasterList | null): readonly RenditionAddress[] {
  if (master === null) return [{ name: nameOf(url), url, variants: [], group: null }]
  const addresses = new Map<string, RenditionAddress>()
  for (const variant of master.variants) {
    const address = new URL(variant.uri, url).href
    const variants = [...(addresses.get(address)?.variants ?? []), variant]
    addresses.set(address, { name: nameOf(address), url: address, variants, group: null })
  }
  for (const { uri, type, group } of master.alternatives) {
    const address = new URL(uri, url).href
    // Subtitles have no pictures, no sound and their own rules.
    if (type === 'SUBTITLES' || addresses.has(address)) continue
    addresses.set(address, { name: nameOf(address), url: address, variants: [], group })
  }
  return withOwnNames([...addresses.values()])
}

/** Where two have one name, their whole path says which. */
function withOwnNames(addresses: readonly RenditionAddress[]): readonly RenditionAddress[] {
  return addresses.map((address) => {
    const isShared = addresses.some((other) => other !== address && other.name === address.name)
    return isShared ? { ...address, name: new URL(address.url).pathname } : address
  })
}

/** The last folder, or the file where the folder says nothing: what people call the rendition. */
function nameOf(url: string): string {
  const steps = new URL(url).pathname.split('/').filter((step) => step !== '')
  const file = steps.at(-1) ?? ''
  return /^(index|playlist|master|chunklist|media)\b/.test(file) ? (steps.at(-2) ?? file) : file
}

/** Without query and sign-in: both may be secret, and this is printed. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

interface Until {
  readonly clock: Clock
  readonly untilMs: number
}

async function watchLive(
  watches: readonly RenditionWatch[],
  fetcher: Fetcher,
  { clock, signal, untilMs }: Until & { readonly signal: AbortSignal },
): Promise<readonly Probe[]> {
  const aside = async (): Promise<readonly Probe[]> => {
    await clock.sleep(SETTLING_MS, signal)
    const [first] = watches
    const probes = first === undefined ? [] : await askProbes(first, fetcher)
    for (const watch of watches) {
      // One after the other: the bursts together would measure this machine.
      await watch.burst(untilMs, signal)
      await watch.askDelta()
      await watch.askDelta()
    }
    return probes
  }
  const follow = watches.map((watch) => watch.follow(untilMs, signal))
  const [probes] = await Promise.all([aside(), ...follow])
  const ended = watches.find(({ latest }) => latest?.isEnded === true)
  return ended === undefined ? probes : [...probes, await askEnded(ended)]
}

/**
 * All renditions side by side, segment by segment, so that twins are there however soon it stops.
 */
async function readThrough(
  watches: readonly RenditionWatch[],
  fetcher: Fetcher,
  { clock, untilMs, notes }: Until & { readonly notes: string[] },
): Promise<readonly Probe[]> {
  const [first] = watches
  const probes = first === undefined ? [] : await askProbes(first, fetcher)
  const longest = Math.max(...watches.map(({ latest }) => latest?.segments.length ?? 0))
  for (let at = 0; at < longest; at += 1) {
    if (clock.monotonicMs() > untilMs || !fetcher.hasBudget) {
      notes.push(`${longest - at} of ${longest} segments of the recording: no time or bytes left`)
      break
    }
    await Promise.all(
      watches.map(async ({ latest, downloads }) => {
        const segment = latest?.segments[at]
        if (latest == null || segment === undefined || segment.isGap) return
        await downloads.segment(segment, latest)
      }),
    )
  }
  // Whether a finished playlist is really finished.
  await Promise.all(watches.map((watch) => watch.open()))
  return probes
}

function notesOf(watches: readonly RenditionWatch[], fetcher: Fetcher): readonly string[] {
  const skipped = watches.reduce((sum, { downloads }) => sum + downloads.skippedCount, 0)
  const segments = watches.flatMap(({ downloads }) => downloads.seen().segments)
  return [
    ...(skipped > 0 ? [`${skipped} listed things: the line or the budget was too small`] : []),
    ...(fetcher.hasBudget ? [] : ['whatever came after the byte budget was used up']),
    ...(segments.some(({ container }) => container === 'other')
      ? ['samples of fMP4 and packed audio: only their playlists were checked']
      : []),
  ]
}
