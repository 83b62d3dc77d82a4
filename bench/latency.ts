import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, visit, waitFor } from '../test/support/browser.ts'
import { fetchMaster } from '../test/support/hls-client.ts'
import { dispose, eventually, signUp, startVibly } from '../test/support/vibly.ts'
import { publishClock, READ_CLOCK } from './clock-picture.ts'

/**
 * Glass to glass: FFmpeg publishes the wall clock as a picture, Vibly makes all renditions, and
 * Chromium reads the clock back from what it shows. First Vibly's own page, then players without
 * low latency: Chromium's own, and hls.js, two segments behind, as one may set it, and as it comes.
 * Both players begin three targets behind when so much is listed, as the standard asks. With
 * `--minutes` the page alone, minute by minute, with the memory of server and page.
 *
 *     bench/latency.ts [--height 1080] [--rate 30] [--seconds 60] [--minutes 10]
 */
const { values } = parseArgs({
  options: {
    height: { type: 'string', default: '1080' },
    rate: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '60' },
    minutes: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
/** A player may take so long to reach the delay it aims at. */
const SETTLE_MS = 15_000
/** The plain rows have nothing to do but to stand still. */
const PLAIN_SECONDS = 20
const LOW_LATENCY_GOAL_MS = { p50: 1200, p95: 1500 }
const PLAIN_GOAL_MS = 6000
const DRIFT_GOAL_MS = 300
const PLAIN = [
  ["plain, Chromium's own HLS", ''],
  ['plain, hls.js two segments behind', '{ lowLatencyMode: false, liveSyncDurationCount: 2 }'],
  ['plain, hls.js as it is', '{ lowLatencyMode: false }'],
] as const

const vibly = await startVibly()
const streamer = await signUp(vibly, 'clockmaker')
const publisher = publishClock(
  Number(values.height),
  Number(values.rate),
  `${vibly.rtmpUrl}/${streamer.streamKey}`,
)
const browser = await openBrowser()
const plain = await servePlainPage()
try {
  const master = `${vibly.url}/live/${streamer.id}/index.m3u8`
  const variants = await eventually('the channel is live', () => fetchMaster(master))
  const names = variants.map(({ url }) => url.split('/').at(-2))
  console.log(`${values.height}p${values.rate}, renditions ${names.join(', ')}`)
  const page = `${vibly.url}/${streamer.username}`
  if (values.minutes === undefined) {
    report('low latency, the watch page', await measure(browser, page, seconds))
    for (const [name, config] of PLAIN) {
      const url = `${plain.url}?${encodeURIComponent(config)}#${master}`
      report(name, await measure(browser, url, PLAIN_SECONDS))
    }
    console.log(
      `goals: low latency p50 <= ${LOW_LATENCY_GOAL_MS.p50}, p95 <= ${LOW_LATENCY_GOAL_MS.p95} ms; ` +
        `plain p50 <= ${PLAIN_GOAL_MS} ms`,
    )
  } else {
    await endure(page, Number(values.minutes))
  }
} finally {
  plain.close()
  await browser.close()
  await publisher.stop()
  await dispose(vibly)
}

/** Watches for so many minutes; what grows or drifts shows from one line to the next. */
async function endure(url: string, minutes: number): Promise<void> {
  await using watched = await watch(browser, url)
  const medians: number[] = []
  for (let minute = 1; minute <= minutes; minute += 1) {
    const measured = await watched.read(60)
    medians.push(measured.delaysMs[Math.floor(measured.delaysMs.length / 2)] ?? Number.NaN)
    report(`minute ${minute}`, measured)
    console.log(
      `  server ${await residentMb(vibly.pid)} MB resident, page heap ${await heapMb(watched.page)} MB`,
    )
  }
  const driftMs = Math.max(...medians) - Math.min(...medians)
  console.log(`drift of the median ${driftMs} ms (goal ${DRIFT_GOAL_MS})`)
}

/** After a collection of what nobody uses any more. */
async function heapMb(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return (usedSize / 1e6).toFixed(1)
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

interface Measured {
  /** Ascending. */
  readonly delaysMs: readonly number[]
  readonly unreadable: number
  readonly stalls: number
  readonly lostRequests: readonly string[]
  readonly droppedFrames: number
}

async function measure(browser: Browser, url: string, seconds: number): Promise<Measured> {
  await using watched = await watch(browser, url)
  return await watched.read(seconds)
}

/** Opens the page and lets it settle; `read` reads the clock off its video ten times a second. */
async function watch(browser: Browser, url: string) {
  const opened = await visit(browser, url)
  const { page } = opened
  let lostRequests: string[] = []
  page.on('response', (response) => {
    if (response.url().endsWith('.ts') && response.status() >= 400)
      lostRequests.push(response.url())
  })
  await waitFor(page, 'document.querySelector("video")?.currentTime > 0', 'it plays', 30_000)
  await sleep(SETTLE_MS)
  await page.evaluate(`{
    window.stalls = 0
    document.querySelector('video').addEventListener('waiting', () => { window.stalls += 1 })
  }`)
  const read = async (seconds: number): Promise<Measured> => {
    lostRequests = []
    const droppedBefore = await droppedFrames(page)
    const stallsBefore = Number(await page.evaluate('window.stalls'))
    const delaysMs: number[] = []
    let unreadable = 0
    const untilMs = performance.now() + seconds * 1000
    while (performance.now() < untilMs) {
      const delayMs: unknown = await page.evaluate(
        `(${READ_CLOCK})(document.querySelector('video'))`,
      )
      if (typeof delayMs === 'number') delaysMs.push(delayMs)
      else unreadable += 1
      await sleep(100)
    }
    return {
      delaysMs: delaysMs.toSorted((a, b) => a - b),
      unreadable,
      stalls: Number(await page.evaluate('window.stalls')) - stallsBefore,
      lostRequests,
      droppedFrames: (await droppedFrames(page)) - droppedBefore,
    }
  }
  return { page, read, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

async function droppedFrames(page: Page): Promise<number> {
  const dropped = 'document.querySelector("video").getVideoPlaybackQuality().droppedVideoFrames'
  return Number(await page.evaluate(dropped))
}

function report(name: string, measured: Measured): void {
  const { delaysMs } = measured
  const at = (share: number) => delaysMs[Math.floor(delaysMs.length * share)] ?? Number.NaN
  console.log(
    `${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, min ${at(0)}, max ${delaysMs.at(-1)}; ` +
      `${measured.stalls} stalls, ${measured.lostRequests.length} lost segments or parts, ` +
      `${measured.droppedFrames} frames not drawn, ${delaysMs.length} readings, ` +
      `${measured.unreadable} unreadable`,
  )
  for (const url of measured.lostRequests) console.log(`  lost: ${url}`)
}

/**
 * A page with a player and nothing else: hls.js's config behind the `?`, without one the browser's
 * own.
 */
async function servePlainPage() {
  const library = await readFile(new URL('../node_modules/hls.js/dist/hls.min.js', import.meta.url))
  const page = `<!doctype html><video muted crossorigin width="1280" height="720"></video>
  <script src="/hls.js"></script><script>
    const video = document.querySelector('video')
    const config = decodeURIComponent(location.search.slice(1))
    const playlist = location.hash.slice(1)
    video.addEventListener('canplay', () => video.play(), { once: true })
    if (config === '') video.src = playlist
    else {
      const hls = new Hls(new Function('return ' + config)())
      hls.attachMedia(video)
      hls.loadSource(playlist)
    }
  </script>`
  const server = createServer((request, response) => {
    const isLibrary = request.url === '/hls.js'
    response.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html')
    response.end(isLibrary ? library : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A listening server has an address with a port.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() }
}
