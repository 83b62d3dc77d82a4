import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import type { MediaMessage } from '../../src/rtmp/index.ts'
import { numberIn, openBrowser, visit, waitFor } from '../support/browser.ts'
import { publishNeighbour } from '../support/bystander.ts'
import { fetchMaster, fetchMedia } from '../support/hls-client.ts'
import { FFPROBE } from '../support/make-media.ts'
import { VIDEO } from '../support/page-parts.ts'
import { type Clip, makeClip } from '../support/publisher.ts'
import { RtmpPublisher } from '../support/rtmp-publisher.ts'
import { readClip, sendSpliced } from '../support/splicer.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const CLIP = {
  name: 'spliced',
  width: 426,
  height: 240,
  frameRate: '25',
  keyframeFrames: 25,
  seconds: 120,
} satisfies Clip
const FRAME_MS = 40
/** Of each of the two connections. */
const SENT_MS = 6000
const CUTS_S = [1, 5, 30, 59]
/**
 * Well beyond the longest cut: how exactly the grace is kept is a matter of
 * `src/live/broadcast.test.ts`.
 */
const GRACE_MS = 90_000
/** Shorter than the idle limit. */
const STALLS_S = [3, 8]
/** A picture, a block of sound, and rounding, at the seam and at the end. */
const APART_S_MAX = 0.3

const broadcastForm = z.object({
  id: z.string(),
  status: z.string(),
  duration_s: z.number(),
  playlist_url: z.string(),
  recording_url: z.string().nullable(),
})

describe('a line to the encoder that is lost', { concurrency: true }, () => {
  let vibly: Vibly
  let browser: Browser
  let endNeighbour: () => Promise<void>
  let tags: readonly MediaMessage[]

  before(async () => {
    vibly = await startVibly({
      VIBLY_TRANSCODE_SLOTS_MAX: '32',
      VIBLY_LIVE_RECONNECT_GRACE_MS: String(GRACE_MS),
    })
    browser = await openBrowser()
    const path = await makeClip(CLIP)
    tags = await readClip(path, SENT_MS)
    endNeighbour = await publishNeighbour(vibly, path)
  })

  after(async () => {
    try {
      await endNeighbour()
    } finally {
      await browser.close()
      await dispose(vibly)
    }
  })

  for (const seconds of CUTS_S) {
    test(`[X11] [R34] cut for ${seconds} s: one broadcast, one discontinuity, a recording of all that was sent`, async (t) => {
      const streamer = await signUp(vibly, `cut_${seconds}`)
      const first = await publishTo(portOf(vibly), streamer)
      const sent = sendSpliced(first, tags)
      const { url, id } = await awaitLive(vibly, streamer)
      await using visited = await visit(browser, `${vibly.url}/${streamer.username}`)
      await waitFor(visited.page, `${VIDEO}?.readyState > 1`, 'the player has a picture')
      await visited.page.evaluate('window.wasLoadedOnce = true')
      await sent
      first.cut()
      const before = await eventually('it is interrupted', async () =>
        (await findBroadcast(vibly, streamer))?.status === 'interrupted'
          ? await fetchMedia(url)
          : null,
      )
      await delay(seconds * 1000)
      const backMs = performance.now()
      const second = await publishTo(portOf(vibly), streamer)
      const sending = sendSpliced(second, tags)
      await eventually('new media', async () => {
        const { text } = await fetchMedia(url)
        return text.includes('#EXT-X-DISCONTINUITY\n') && text !== before.text ? true : null
      })
      t.diagnostic(`new media ${Math.round(performance.now() - backMs)} ms after the reconnect`)
      const fromS = await numberIn(visited.page, `${VIDEO}.currentTime`)
      await waitFor(visited.page, `${VIDEO}.currentTime > ${fromS + 1}`, 'the player plays on')
      assert.equal(await visited.page.evaluate('window.wasLoadedOnce'), true, 'without a reload')
      await sending
      await second.stop()
      await assertWhole(vibly, streamer, { id, sentS: (2 * SENT_MS) / 1000, discontinuities: 1 })
    })
  }

  for (const seconds of STALLS_S) {
    test(`[X10] stalled for ${seconds} s, nothing is lost and nothing is cut, and who watches watches on`, async (t) => {
      const { streamer, proxy, stop, id } = await onBadLine(t, `stalled_${seconds}`)
      await using visited = await visit(browser, `${vibly.url}/${streamer.username}`)
      const { page } = visited
      await waitFor(page, `${VIDEO}?.readyState > 1`, 'the player has a picture')
      await page.evaluate('window.wasLoadedOnce = true')
      proxy.stall()
      await delay(seconds * 1000)
      const stoodS = await numberIn(page, `${VIDEO}.currentTime`)
      proxy.resume()
      await waitFor(page, `${VIDEO}.currentTime > ${stoodS + 2}`, 'the player plays on')
      assert.equal(await page.evaluate('window.wasLoadedOnce'), true, 'without a reload')
      const sentS = await stop()
      await assertWhole(vibly, streamer, { id, sentS, discontinuities: 0 })
    })
  }

  const ENDS: Readonly<Record<string, (proxy: TcpProxy) => void>> = {
    'that goes silent': (proxy) => proxy.stall(),
    'of which the server is told nothing': (proxy) => proxy.abandon(),
    'that is reset': (proxy) => proxy.reset(),
    'that is closed without a word': (proxy) => proxy.finish(),
  }
  for (const [index, [name, end]] of Object.entries(ENDS).entries()) {
    test(`[X10] [R28] [H08] a line ${name} is noted, and another one goes on`, async (t) => {
      const { streamer, proxy, publisher, id } = await onBadLine(t, `end_${index}`)
      const endMs = performance.now()
      end(proxy)
      await eventually('it is interrupted', async () =>
        (await findBroadcast(vibly, streamer))?.status === 'interrupted' ? true : null,
      )
      t.diagnostic(`interrupted after ${Math.round(performance.now() - endMs)} ms`)
      publisher.cut()
      const back = await publishTo(portOf(vibly), streamer)
      await sendSpliced(back, tags)
      await back.stop()
      await assertWhole(vibly, streamer, { id, sentS: null, discontinuities: 1 })
    })
  }

  /** Publishes over a line of its own until told to stop; resolves when it is live. */
  async function onBadLine(t: TestContext, username: string) {
    const streamer = await signUp(vibly, username)
    const proxy = await TcpProxy.open(portOf(vibly))
    t.after(() => proxy.close())
    const publisher = await publishTo(proxy.port, streamer)
    let isOver = false
    const all = await readClip(await makeClip(CLIP), CLIP.seconds * 1000)
    const sending = sendSpliced(publisher, all, (tag) => (isOver ? null : tag))
    const { id } = await awaitLive(vibly, streamer)
    /** In order; how many seconds were sent. */
    const stop = async (): Promise<number> => {
      isOver = true
      await publisher.stop()
      const { videoMs } = await sending
      return (Math.max(...videoMs) + FRAME_MS) / 1000
    }
    return { streamer, proxy, publisher, stop, id }
  }
})

function portOf(vibly: Vibly): number {
  return Number(new URL(vibly.rtmpUrl).port)
}

async function publishTo(port: number, { streamKey }: Streamer): Promise<RtmpPublisher> {
  return await RtmpPublisher.publish(port, streamKey)
}

async function awaitLive(vibly: Vibly, streamer: Streamer) {
  const variants = await eventually('the channel is live', () =>
    fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`),
  )
  const url = variants[0]?.url ?? assert.fail('there is no rendition')
  return { url, id: String(url.split('/').at(-3)) }
}

/** The streamer's only broadcast, over and recorded, is as long as what was sent. */
async function assertWhole(
  vibly: Vibly,
  streamer: Streamer,
  meant: { readonly id: string; readonly sentS: number | null; readonly discontinuities: number },
): Promise<void> {
  const shown = await eventually('the recording is offered', async () => {
    const newest = await findBroadcast(vibly, streamer)
    return newest?.recording_url == null ? null : newest
  })
  assert.equal(shown.id, meant.id)
  const [variant] = (await fetchMaster(`${vibly.url}${shown.playlist_url}`)) ?? []
  const { segments, isEnded } = await fetchMedia(String(variant?.url))
  assert.ok(isEnded)
  const cuts = segments.filter(({ isDiscontinuity }) => isDiscontinuity).length
  assert.equal(cuts, meant.discontinuities, `${cuts} discontinuities`)
  const recordedS = await lengthOf(new URL(shown.recording_url ?? '', vibly.url).href)
  const sentS = meant.sentS ?? shown.duration_s
  assert.ok(Math.abs(recordedS - sentS) < APART_S_MAX, `${recordedS} s recorded of ${sentS}`)
}

async function findBroadcast(vibly: Vibly, streamer: Streamer) {
  const response = await fetch(`${vibly.url}/api/channels/${streamer.id}/broadcasts`)
  const found = z.object({ broadcasts: z.array(broadcastForm) }).parse(await response.json())
  return found.broadcasts[0] ?? null
}

/** Seconds, as ffprobe reads it over HTTP. */
async function lengthOf(url: string): Promise<number> {
  const asked = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', url]
  const { stdout } = await promisify(execFile)(FFPROBE, asked)
  return Number(stdout)
}
