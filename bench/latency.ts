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
 * Glass to glass: FFmpeg publishes the wall clock as a picture, Vibly makes all renditions, and Chromium
 * reads the clock back from what it shows. First Vibly's own page, then hls.js without low latency.
 *
 *     bench/latency.ts [--height 1080] [--rate 30] [--seconds 60]
 */
const { values } = parseArgs({
  options: {
    height: { type: 'string', default: '1080' },
    rate: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '60' },
  },
})
const seconds = Number(values.seconds)
/** A player may take so long to reach the delay it aims at. */
const SETTLE_MS = 15_000
const LOW_LATENCY_GOAL_MS = { p50: 1200, p95: 1500 }
const PLAIN_GOAL_MS = 6000

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
  console.log(`${values.height}p${values.rate}, renditions ${names.join(', ')}, ${seconds} s each`)
  const low = await measure(browser, `${vibly.url}/${streamer.username}`)
  report('low latency, the watch page', low)
  report('plain, hls.js', await measure(browser, `${plain.url}#${master}`))
  console.log(
    `goals: low latency p50 <= ${LOW_LATENCY_GOAL_MS.p50}, p95 <= ${LOW_LATENCY_GOAL_MS.p95} ms; ` +
      `plain p50 <= ${PLAIN_GOAL_MS} ms`,
  )
} finally {
  plain.close()
  await browser.close()
  await publisher.stop()
  await dispose(vibly)
}

interface Measured {
  /** Ascending. */
  readonly delaysMs: readonly number[]
  readonly unreadable: number
  readonly stalls: number
  readonly lostRequests: readonly string[]
  readonly droppedFrames: number
}

/** Opens the page, lets it settle, then reads the clock off its video ten times a second. */
async function measure(browser: Browser, url: string): Promise<Measured> {
  await using opened = await visit(browser, url)
  const { page } = opened
  const lostRequests: string[] = []
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
  const droppedBefore = await droppedFrames(page)
  const delaysMs: number[] = []
  let unreadable = 0
  const untilMs = performance.now() + seconds * 1000
  while (performance.now() < untilMs) {
    const delayMs: unknown = await page.evaluate(`(${READ_CLOCK})(document.querySelector('video'))`)
    if (typeof delayMs === 'number') delaysMs.push(delayMs)
    else unreadable += 1
    await sleep(100)
  }
  return {
    delaysMs: delaysMs.toSorted((a, b) => a - b),
    unreadable,
    stalls: Number(await page.evaluate('window.stalls')),
    lostRequests,
    droppedFrames: (await droppedFrames(page)) - droppedBefore,
  }
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

/** A page of its own with hls.js as it is, without low latency; the playlist stands behind the `#`. */
async function servePlainPage() {
  const library = await readFile(new URL('../node_modules/hls.js/dist/hls.min.js', import.meta.url))
  const page = `<!doctype html><video muted width="1280" height="720"></video><script src="/hls.js"></script><script>
    const video = document.querySelector('video')
    const hls = new Hls({ lowLatencyMode: false })
    hls.attachMedia(video)
    hls.loadSource(location.hash.slice(1))
    hls.on(Hls.Events.MANIFEST_PARSED, () => video.play())
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
