import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { numberIn, openBrowser, visit, waitFor } from '../test/support/browser.ts'
import { makeClip, publishFile } from '../test/support/publisher.ts'
import { PAGE_SOURCES, scriptBytes } from '../test/support/script-bytes.ts'
import { dispose, eventually, type Streamer, signUp, startVibly } from '../test/support/vibly.ts'

/**
 * What a viewer waits for and what a busy chat costs: the time from opening a live page to its
 * first frame, in fresh visits without any cache; the size of the scripts; and frames and long
 * tasks while a hundred messages a second come in.
 *
 *     bench/web.ts [--visits 15] [--seconds 15]
 */
const { values } = parseArgs({
  options: {
    visits: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '15' },
  },
})
const FIRST_FRAME_GOAL_MS = 800
const HOME_GOAL_BYTES = 40 * 1024
const WATCH_GOAL_BYTES = 180 * 1024
const MESSAGES_PER_SECOND = 100
const SPEAKERS = 10
/** A page that draws sixty times a second has a frame in 17 ms; twice that is one lost. */
const FRAME_MS_MAX = 34

/** Milliseconds since the navigation began, when the first picture was shown. */
const NOTE_FIRST_FRAME = `
  new MutationObserver((_, observer) => {
    const video = document.querySelector('video')
    if (video === null) return
    observer.disconnect()
    video.requestVideoFrameCallback((now) => { window.firstFrameMs = now })
  }).observe(document, { subtree: true, childList: true })`

const NODES = `document.querySelectorAll('.chat-line').length`
const DROPPED = 'document.querySelector("video").getVideoPlaybackQuality().droppedVideoFrames'

const dist = join(import.meta.dirname, '..', 'web', 'dist')
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`
console.log(
  `script, gzip: home ${kib(await scriptBytes(dist, PAGE_SOURCES.home))}, at most ${kib(HOME_GOAL_BYTES)}`,
)
console.log(
  `script, gzip: watch ${kib(await scriptBytes(dist, PAGE_SOURCES.watch))}, at most ${kib(WATCH_GOAL_BYTES)}`,
)

const vibly = await startVibly()
const streamer = await signUp(vibly, 'streamer')
const clip = await makeClip({ name: 'bench-web', width: 854, height: 480, keyframeFrames: 30 })
const publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
const browser = await openBrowser()
try {
  const url = `${vibly.url}/streamer`
  await eventually('the channel is live', async () => {
    const { live } = JSON.parse(await (await fetch(`${vibly.url}/api/channels/streamer`)).text())
    return live === true ? true : null
  })
  // Long enough for a playlist as it is in the middle of a broadcast.
  await sleep(8_000)
  await firstFrames(browser, url)
  await busyChat(browser, url)
} finally {
  await browser.close()
  await publisher.stop()
  await dispose(vibly)
}

async function firstFrames(from: Browser, url: string): Promise<void> {
  const times: number[] = []
  for (let at = 0; at < Number(values.visits); at += 1) {
    await using opened = await visit(from, url, { initScript: NOTE_FIRST_FRAME })
    await waitFor(opened.page, 'window.firstFrameMs !== undefined', 'a first frame')
    times.push(await numberIn(opened.page, 'window.firstFrameMs'))
  }
  const sorted = times.toSorted((a, b) => a - b)
  const share = (part: number) => sorted[Math.floor(sorted.length * part)]?.toFixed(0)
  console.log(
    `first frame after opening a live page, ${sorted.length} fresh visits: p50 ${share(0.5)} ms, ` +
      `p95 ${share(0.95)} ms, min ${share(0)} ms; p50 at most ${FIRST_FRAME_GOAL_MS} ms`,
  )
}

async function busyChat(from: Browser, url: string): Promise<void> {
  await using opened = await visit(from, url)
  const { page } = opened
  await waitFor(page, 'document.querySelector("video")?.currentTime > 2', 'it plays')
  report('nothing is said', await watchFrames(page, Number(values.seconds)))
  const isOver = new AbortController()
  const talking = talk(isOver.signal)
  await sleep(2_000)
  report(
    `${MESSAGES_PER_SECOND} messages a second`,
    await watchFrames(page, Number(values.seconds)),
  )
  isOver.abort()
  console.log(`  ${await talking} messages said, ${await numberIn(page, NODES)} lines on the page`)
}

interface Watched {
  readonly frames: number
  readonly late: number
  readonly longestMs: number
  readonly longTasks: number
  readonly droppedPictures: number
}

async function watchFrames(page: Page, seconds: number): Promise<Watched> {
  const before = await numberIn(page, DROPPED)
  await page.evaluate(`{
    const seen = (window.seen = { frames: 0, late: 0, longestMs: 0, longTasks: 0, isOver: false })
    let last = performance.now()
    const look = (now) => {
      if (seen.isOver) return
      seen.frames += 1
      if (now - last > ${FRAME_MS_MAX}) seen.late += 1
      seen.longestMs = Math.max(seen.longestMs, now - last)
      last = now
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
    new PerformanceObserver((list) => { seen.longTasks += list.getEntries().length })
      .observe({ type: 'longtask' })
  }`)
  await sleep(seconds * 1_000)
  await page.evaluate('window.seen.isOver = true')
  return {
    frames: await numberIn(page, 'window.seen.frames'),
    late: await numberIn(page, 'window.seen.late'),
    longestMs: await numberIn(page, 'window.seen.longestMs'),
    longTasks: await numberIn(page, 'window.seen.longTasks'),
    droppedPictures: (await numberIn(page, DROPPED)) - before,
  }
}

function report(name: string, watched: Watched): void {
  const { frames, late, longestMs, longTasks, droppedPictures } = watched
  console.log(
    `${name}: ${frames} frames, ${late} later than ${FRAME_MS_MAX} ms (longest ${longestMs.toFixed(0)} ms), ` +
      `${longTasks} tasks over 50 ms, ${droppedPictures} pictures of the video not drawn`,
  )
}

/** Ten people write in turn until the end; resolves with the number of their messages. */
async function talk(isOver: AbortSignal): Promise<number> {
  const people: Streamer[] = []
  for (let at = 0; at < SPEAKERS; at += 1) people.push(await signUp(vibly, `speaker_${at}`))
  const sockets = people.map(
    ({ token }) =>
      new WebSocket(`${vibly.url.replace('http', 'ws')}/ws/chat?channelID=${streamer.id}`, {
        headers: { authorization: `Bearer ${token}` },
      }),
  )
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('open', resolve))))
  let said = 0
  const startMs = performance.now()
  while (!isOver.aborted) {
    while (said < ((performance.now() - startMs) / 1_000) * MESSAGES_PER_SECOND) {
      const content = `message ${said} of a busy evening @speaker_${said % SPEAKERS} https://example.org/${said}`
      const frame = { type: 'message', content, nonce: `bench-${said}` }
      sockets[said % SPEAKERS]?.send(JSON.stringify(frame))
      said += 1
    }
    await sleep(10)
  }
  for (const socket of sockets) socket.close()
  return said
}
