import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { numberIn, openBrowser, visit, waitFor } from '../support/browser.ts'
import { fetchMaster, type Variant } from '../support/hls-client.ts'
import { VIDEO } from '../support/page-parts.ts'
import { type Listed, PlaylistWatch, parseListed } from '../support/playlist-rules.ts'
import { type Clip, makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const CLIP: Clip = { name: 'll', width: 1280, height: 720, frameRate: '30' }
const RATES = ['24', '30', '60000/1001'] as const
const PLAYED_S = 15

describe('low latency, from an encoder to players', () => {
  let vibly: Vibly
  let browser: Browser
  const publishers: Publisher[] = []

  before(async () => {
    vibly = await startVibly({ VIBLY_LIVE_RECONNECT_GRACE_MS: '60000' })
    browser = await openBrowser()
  })

  after(async () => {
    await browser.close()
    await Promise.all(publishers.map((publisher) => publisher.kill()))
    await dispose(vibly)
  })

  async function goLive(username: string, clip: Clip) {
    const streamer = await signUp(vibly, username)
    const publisher = await publishAs(streamer, clip)
    const variants = await eventually('the channel is live', () =>
      fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`),
    )
    return { streamer, publisher, variants }
  }

  async function publishAs(streamer: Streamer, clip: Clip): Promise<Publisher> {
    const publisher = publishFile(await makeClip(clip), `${vibly.rtmpUrl}/${streamer.streamKey}`)
    publishers.push(publisher)
    return publisher
  }

  for (const rate of RATES) {
    test(`[LL01] [LL02] [LL03] [LL04] [LL13] [LL18] ${rate} fps: parts of every rendition, as they come`, async () => {
      const name = `rate_${rate.replace('/', '_')}`
      const { publisher, variants } = await goLive(name, { ...CLIP, name, frameRate: rate })
      const followers = await Promise.all(variants.map((variant) => follow(variant, 24)))
      for (const { faults, last } of followers) {
        assert.deepEqual(faults, [])
        assert.ok((last.partTarget ?? 9) <= 0.254)
      }
      // Parts of old segments are not listed any more, and the lists are not of the same moment.
      const partCounts = new Map<number, Set<number>>()
      for (const { msn, parts } of followers.flatMap(({ last }) => last.segments)) {
        if (parts.length === 0) continue
        partCounts.set(msn, (partCounts.get(msn) ?? new Set()).add(parts.length))
      }
      assert.ok(partCounts.size > 0)
      for (const [msn, counts] of partCounts) assert.equal(counts.size, 1, `parts of ${msn}`)
      await publisher.stop()
    })
  }

  test(`[LL23] the page plays within 3 s of live, and for ${PLAYED_S} s without a stall`, async () => {
    const { streamer, publisher } = await goLive('quick', CLIP)
    await using opened = await visit(browser, `${vibly.url}/${streamer.username}`)
    const { page } = opened
    await waitFor(page, `${VIDEO}?.currentTime > 2`, 'the player starts', 30_000)
    // Where a machine is too busy for its streams a page may stall, but not again and again.
    await page.evaluate(`{
      window.calmFromS = ${VIDEO}.currentTime
      ${VIDEO}.addEventListener('waiting', () => { window.calmFromS = ${VIDEO}.currentTime })
    }`)
    await waitFor(page, `${VIDEO}.currentTime > calmFromS + ${PLAYED_S}`, 'it plays on', 120_000)
    const shown = await page.evaluate(`document.querySelector('.player-behind').textContent`)
    assert.match(String(shown), /^\d\.\d s$/)
    assert.ok(Number.parseFloat(String(shown)) < 3, String(shown))
    assert.deepEqual(opened.faults, [])
    await publisher.stop()
  })

  test('[H04] [LL15] an FFmpeg that dies between two parts takes back nothing that was listed', async () => {
    const { streamer, publisher, variants } = await goLive('mortal', CLIP)
    const [variant] = variants
    assert.ok(variant)
    const following = follow(variant, 40)
    await eventually('parts of a segment that is not complete', async () => {
      const text = await (await fetch(variant.url)).text()
      return (parseListed(text).open?.parts.length ?? 0) >= 3 ? true : null
    })
    process.kill(newestFfmpeg(vibly, streamer), 'SIGKILL')
    const { faults, last } = await following
    assert.deepEqual(faults, [])
    assert.equal(last.segments.at(-1)?.discontinuity, 1)
    await publisher.stop()
  })

  test('[H08] [R34] a page survives 20 s without its encoder, and goes on by itself', async () => {
    const { streamer, publisher } = await goLive('leaver', CLIP)
    await using opened = await visit(browser, `${vibly.url}/${streamer.username}`)
    const { page } = opened
    await waitFor(page, `${VIDEO}?.currentTime > 2`, 'the player starts', 30_000)
    await publisher.kill()
    await new Promise((resolve) => setTimeout(resolve, 20_000))
    const stoodS = await numberIn(page, `${VIDEO}.currentTime`)
    const again = await publishAs(streamer, CLIP)
    await waitFor(page, `${VIDEO}.currentTime > ${stoodS + 5}`, 'it goes on', 30_000)
    await waitFor(
      page,
      `Number.parseFloat(document.querySelector('.player-behind').textContent) < 3`,
      'it is at the live edge again',
      30_000,
    )
    await again.stop()
  })
})

/**
 * Follows one rendition over `rounds` parts as a player of low latency does: waits for the next
 * part by the playlist and by its hint at once, and judges all that comes.
 */
async function follow(
  variant: Variant,
  rounds: number,
): Promise<{ readonly faults: readonly string[]; readonly last: Listed }> {
  const watch = new PlaylistWatch()
  const faults: string[] = []
  const parts = new Map<string, Buffer>()
  let text = await (await fetch(variant.url)).text()
  watch.see(text)
  for (let round = 0; round < rounds; round += 1) {
    const known = parseListed(text)
    const msn = known.mediaSequence + known.segments.length
    const part = known.open?.parts.length ?? 0
    const hinted = known.hint === null ? null : download(new URL(known.hint, variant.url))
    const response = await fetch(`${variant.url}?_HLS_msn=${msn}&_HLS_part=${part}`)
    text = await response.text()
    if (response.status !== 200) {
      faults.push(`asked for ${msn}.${part}, got ${response.status}`)
      text = await (await fetch(variant.url)).text()
    }
    watch.see(text)
    const bytes = await hinted
    if (known.hint !== null && bytes) parts.set(known.hint, bytes)
  }
  const last = parseListed(text)
  for (const segment of last.segments) {
    const loaded = segment.parts.map(({ uri }) => parts.get(uri))
    if (segment.parts.length === 0 || loaded.some((bytes) => bytes === undefined)) continue
    const whole = await download(new URL(segment.uri, variant.url))
    const joined = Buffer.concat(loaded.map((bytes) => bytes ?? Buffer.alloc(0)))
    if (!whole?.equals(joined)) faults.push(`the parts of ${segment.uri} are not it [LL04]`)
  }
  return { faults: [...watch.faults, ...faults], last }
}

/** null: it is not there (any more). */
async function download(url: URL): Promise<Buffer | null> {
  const response = await fetch(url)
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.status !== 200) return null
  assert.equal(response.headers.get('content-length'), String(bytes.byteLength))
  return bytes
}

function newestFfmpeg(vibly: Vibly, streamer: Streamer): number {
  const line = vibly.log.findLast(
    (one) => one['msg'] === 'FFmpeg started' && one['channel_id'] === streamer.id,
  )
  assert.ok(line)
  return Number(line['pid'])
}
