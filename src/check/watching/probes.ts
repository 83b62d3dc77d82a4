import { digestOf, lastMsnOf, lastOf, type MediaList } from '../reading/index.ts'
import type { Fetcher } from './fetcher.ts'
import type { Probe, ProbeName } from './observation.ts'
import type { RenditionWatch } from './rendition-watch.ts'

const PROBE_MS_MAX = 10_000
const PROBE_BYTES_MAX = 64 * 2 ** 20
const SAME_COUNT = 5
/** What is asked for in place of a segment's file name. */
const UNKNOWN = [
  ['unknown-media', 'no-such-$1'],
  ['unknown-dotfile', '.env'],
  ['unknown-traversal', '..%2f..%2f..%2fetc%2fpasswd'],
] as const

/** What the server is asked out of turn; each answer is a `Probe`, judged elsewhere. */
export async function askProbes(
  watch: RenditionWatch,
  fetcher: Fetcher,
): Promise<readonly Probe[]> {
  const list = watch.latest
  if (list === null) return []
  const delivery = await askDelivery(watch, list, fetcher)
  const isBlocking = list.control?.canBlock === true && !list.isEnded
  const refused = isBlocking ? await askRefused(watch) : []
  const waiting = isBlocking ? await askWaiting(watch) : []
  const ended = list.isEnded ? [await askEnded(watch)] : []
  const skip = list.control?.canSkipUntil == null ? [await askSkip(watch)] : []
  return [...delivery, ...refused, ...waiting, ...ended, ...skip]
}

/** Directives to a playlist that has ended. [8216bis §6.2.5] */
export async function askEnded(watch: RenditionWatch): Promise<Probe> {
  const list = watch.latest
  const next = list === null ? 0 : lastMsnOf(list) + 1
  return await ask(watch, 'after-the-end', `_HLS_msn=${next}&_HLS_part=0&_HLS_skip=YES`, null)
}

async function askSkip(watch: RenditionWatch): Promise<Probe> {
  return await ask(watch, 'skip-not-offered', '_HLS_skip=YES', null)
}

/** Headers and methods. */
async function askDelivery(
  watch: RenditionWatch,
  list: MediaList,
  fetcher: Fetcher,
): Promise<readonly Probe[]> {
  const identity = { 'accept-encoding': 'identity' }
  const probes = [await ask(watch, 'plain', '', null, identity)]
  const newest = list.segments.findLast(({ isGap }) => !isGap)
  const send = async (
    name: ProbeName,
    url: string,
    headers: Readonly<Record<string, string>>,
    method: 'GET' | 'OPTIONS' = 'GET',
  ): Promise<void> => {
    const limits = { timeoutMs: PROBE_MS_MAX, bytesMax: PROBE_BYTES_MAX }
    const { answer, bytes } = await fetcher.fetch(url, { method, headers, ...limits })
    const asked = headers['range'] ?? `${method} ${new URL(url).pathname}`
    const before = lastOf(list)
    probes.push({ name, asked, answer, list: null, digest: digestOf(bytes), before, msn: null })
  }
  const preflight = {
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'range,if-none-match',
  }
  await send('preflight', watch.address.url, preflight, 'OPTIONS')
  if (newest === undefined) return probes
  const url = new URL(newest.uri, watch.address.url)
  await send('preflight', url.href, preflight, 'OPTIONS')
  await send('range-closed', url.href, { ...identity, range: 'bytes=0-99' })
  await send('range-open', url.href, { ...identity, range: 'bytes=100-' })
  await send('range-suffix', url.href, { ...identity, range: 'bytes=-100' })
  await send('range-beyond', url.href, { ...identity, range: 'bytes=999999999999-' })
  for (const [name, instead] of UNKNOWN) {
    const unknown = new URL(url)
    unknown.pathname = unknown.pathname.replace(/([^/]*)$/, instead)
    await send(name, unknown.href, identity)
  }
  return probes
}

/** What must be refused at once, or answered at once. */
async function askRefused(watch: RenditionWatch): Promise<readonly Probe[]> {
  const probes: Probe[] = [
    await ask(watch, 'part-alone', '_HLS_part=0', null),
    await ask(watch, 'msn-word', '_HLS_msn=next', null),
    await ask(watch, 'msn-negative', '_HLS_msn=-1', null),
    await ask(watch, 'msn-huge', '_HLS_msn=1000000000', null),
    await ask(watch, 'msn-twice', '_HLS_msn=1&_HLS_msn=2', null),
    await ask(watch, 'stale-msn', '_HLS_msn=0', 0),
  ]
  probes.push(
    await askFresh(watch, 'last-plus-3', (list) => ({ query: '', msn: lastMsnOf(list) + 3 })),
  )
  if (watch.latest?.partTarget != null) {
    probes.push(
      await askFresh(watch, 'part-beyond-limit', (list) => {
        const count = list.parts.get(lastMsnOf(list) + 1)?.length ?? 0
        const part = count + advanceLimit(list) + 4
        return { query: `&_HLS_part=${part}`, msn: lastMsnOf(list) + 1 }
      }),
    )
  }
  return probes
}

/** What must be waited for. All at once: they wait for different things. */
async function askWaiting(watch: RenditionWatch): Promise<readonly Probe[]> {
  const next = (list: MediaList) => ({ query: '', msn: lastMsnOf(list) + 1 })
  const same = Array.from({ length: SAME_COUNT }, () => askFresh(watch, 'same-request', next, 1))
  const asked = [
    askFresh(watch, 'next-msn', next),
    askFresh(watch, 'last-plus-2', (list) => ({ query: '', msn: lastMsnOf(list) + 2 })),
    ...(watch.latest?.partTarget == null
      ? []
      : [
          askFresh(watch, 'part-beyond-parent', (list) => ({
            query: '&_HLS_part=999',
            msn: lastMsnOf(list),
          })),
        ]),
  ]
  return await Promise.all([...asked, ...same])
}

/** Asks with a number that is counted from the very newest version, fetched right before. */
async function askFresh(
  watch: RenditionWatch,
  name: ProbeName,
  plan: (list: MediaList) => { readonly query: string; readonly msn: number },
  offset = 0,
): Promise<Probe> {
  const fresh = offset === 0 ? (await watch.probe('')).list : watch.latest
  const list = fresh ?? watch.latest
  const { query, msn } = list === null ? { query: '', msn: 0 } : plan(list)
  return await ask(watch, name, `_HLS_msn=${msn}${query}`, msn, {}, list)
}

async function ask(
  watch: RenditionWatch,
  name: ProbeName,
  query: string,
  msn: number | null,
  headers: Readonly<Record<string, string>> = {},
  known: MediaList | null = watch.latest,
): Promise<Probe> {
  const { answer, list, bytes } = await watch.probe(query, headers)
  const before = known === null ? { msn: -1, part: null } : lastOf(known)
  const asked = query === '' ? 'without directives' : query
  return { name, asked, answer, list, digest: digestOf(bytes), before, msn }
}

/** Advance Part Limit (8216bis §6.2.5.2). */
function advanceLimit({ partTarget }: MediaList): number {
  return partTarget !== null && partTarget < 1 ? Math.ceil(3 / partTarget) : 3
}
