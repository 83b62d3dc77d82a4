import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { numberIn, openBrowser, visit, waitFor } from '../support/browser.ts'
import { Bystander } from '../support/bystander.ts'
import { fetchMaster, fetchMedia, renditionNames } from '../support/hls-client.ts'
import { VIDEO } from '../support/page-parts.ts'
import { type Listed, parseListed } from '../support/playlist-rules.ts'
import { type Clip, makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const SMALL: Clip = {
  name: 'survivor',
  width: 426,
  height: 240,
  frameRate: '25',
  keyframeFrames: 50,
}
/** A tall, narrow picture has the whole ladder, and costs next to nothing. */
const TALL: Clip = { name: 'tall', width: 240, height: 1080, frameRate: '15', keyframeFrames: 30 }

/** A single key frame, as encoders that were not told otherwise send one in ten seconds. */
const FAR: Clip = { ...SMALL, name: 'far', keyframeFrames: 1000, seconds: 16 }

/** Nothing else here has thumbnails of this height, by which its FFmpeg is known. */
const POISON: Clip = { ...SMALL, name: 'poison', width: 320, height: 300 }

/**
 * Once `slow` is there it reads at 0.8 of real time whenever it encodes two renditions, whatever
 * the machine is; it dies of `POISON` as soon as there is input.
 */
const SLOW_FFMPEG = `#!/bin/sh
case "$*" in
  *scale=640:600*) head -c 20000 > /dev/null; exit 1 ;;
  *libx264*libx264*) if test -e "$(dirname "$0")/slow"; then exec ffmpeg -readrate 0.8 "$@"; fi ;;
esac
exec ffmpeg "$@"
`

describe('an FFmpeg in trouble', { concurrency: 4 }, () => {
  let folder: string
  let vibly: Vibly
  let bystander: Bystander
  let browser: Browser
  const publishers: Publisher[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vibly-survival-'))
    await chmod(folder, 0o755)
    const ffmpeg = join(folder, 'slow-ffmpeg')
    await writeFile(ffmpeg, SLOW_FFMPEG, { mode: 0o755 })
    vibly = await startVibly({
      VIBLY_TRANSCODE_SLOTS_MAX: '8',
      VIBLY_FFMPEG: ffmpeg,
      VIBLY_TRANSCODE_WHEN_BEHIND: 'drop',
    })
    browser = await openBrowser()
    const { master } = await goLive('neighbour', SMALL)
    bystander = await Bystander.watch(master)
  })

  after(async () => {
    try {
      await bystander.assertUndisturbed()
    } finally {
      await browser.close()
      await Promise.all(publishers.map((publisher) => publisher.kill()))
      await dispose(vibly)
      await rm(folder, { recursive: true })
    }
  })

  /** A new streamer who publishes the clip, once there is a segment to be watched. */
  async function goLive(username: string, clip: Clip, loops = -1) {
    const streamer = await signUp(vibly, username)
    const url = `${vibly.rtmpUrl}/${streamer.streamKey}`
    const publisher = publishFile(await makeClip(clip), url, loops)
    publishers.push(publisher)
    const master = `${vibly.url}/live/${streamer.id}/index.m3u8`
    await eventually('the channel is live', () => fetchMaster(master), 40_000)
    return { streamer, publisher, master, broadcastId: await broadcastIdOf(vibly, streamer) }
  }

  /**
   * Waits until a watcher has seen segments behind one discontinuity; then there was no second one.
   */
  async function assertOneBreak(watcher: Bystander): Promise<void> {
    await eventually(
      'media behind the break',
      () => (watcher.seen.discontinuities > 0 ? true : null),
      40_000,
    )
    const { segments } = watcher.seen
    await eventually(
      'two more segments',
      () => (watcher.seen.segments >= segments + 2 ? true : null),
      40_000,
    )
    const { faults, discontinuities } = await watcher.stop()
    assert.deepEqual({ faults, discontinuities }, { faults: [], discontinuities: 1 })
  }

  for (const [title, username, signal] of [
    ['[X01] one that is killed is replaced behind one discontinuity', 'killed', 'SIGKILL'],
    ['[X09] one that hangs is replaced behind one discontinuity', 'hanging', 'SIGSTOP'],
  ] as const) {
    test(title, async () => {
      const { streamer, master, broadcastId } = await goLive(username, SMALL)
      const watcher = await Bystander.watch(master)
      await eventually('a segment', () => (watcher.seen.segments > 0 ? true : null))
      process.kill(ffmpegPid(vibly, broadcastId), signal)
      await assertOneBreak(watcher)
      assert.equal(await broadcastIdOf(vibly, streamer), broadcastId)
    })
  }

  test('[X01] however far the key frames are apart, nothing is shown twice and nothing is lost when one is killed', async () => {
    const { master, broadcastId } = await goLive('far_apart', FAR, 0)
    const watcher = await Bystander.watch(master)
    await eventually('a segment', () => (watcher.seen.segments > 0 ? true : null))
    process.kill(ffmpegPid(vibly, broadcastId), 'SIGKILL')
    await assertOneBreak(watcher)
    const url = `${vibly.url}/media/${broadcastId}/240p/index.m3u8`
    const segments = await eventually('the end', async () => {
      const { isEnded, segments } = await fetchMedia(url)
      return isEnded ? segments : null
    })
    const shownS = segments.reduce((sum, { durationS }) => sum + durationS, 0)
    assert.ok(Math.abs(shownS - 16) < 0.2, `16 s were sent, ${shownS} s are shown`)
  })

  test('[F13] a stream of which every FFmpeg dies is ended with a reason, and frees its slot', async () => {
    const streamer = await signUp(vibly, 'poisonous')
    const url = `${vibly.rtmpUrl}/${streamer.streamKey}`
    const publisher = publishFile(await makeClip(POISON), url)
    publishers.push(publisher)
    assert.notEqual(await publisher.exit, 0)
    const [ended] = vibly.log.filter(({ code }) => code === 'live.encoder-failed')
    assert.equal(ended?.['failures'], 6)
    const id = ended?.['broadcast_id']
    const starts = vibly.log.filter((one) => one['msg'] === 'FFmpeg started')
    assert.equal(starts.filter((one) => one['broadcast_id'] === id).length, 6)
    await eventually('it is over', () =>
      vibly.log.some((one) => one['msg'] === 'broadcast ended' && one['broadcast_id'] === id)
        ? true
        : null,
    )
  })

  test('[X26] a server that stood still for three seconds says so, and nobody sees a break', async () => {
    const { master } = await goLive('standstill', SMALL)
    const watcher = await Bystander.watch(master)
    await eventually('a segment', () => (watcher.seen.segments > 0 ? true : null))
    process.kill(vibly.pid, 'SIGSTOP')
    await delay(3000)
    process.kill(vibly.pid, 'SIGCONT')
    await eventually('it is said', () =>
      vibly.log.some(({ msg }) => msg === 'the event loop was blocked') ? true : null,
    )
    const { segments } = watcher.seen
    await eventually('more', () => (watcher.seen.segments > segments + 1 ? true : null), 40_000)
    await watcher.assertUndisturbed()
  })

  test('[X23] one that falls behind is replaced by one that makes less; who watched what is gone plays on', async () => {
    const { streamer, master, broadcastId } = await goLive('too_dear', TALL)
    assert.deepEqual(await renditionNames(master), ['1080p', '480p', '720p'])
    await using opened = await visit(browser, `${vibly.url}/${streamer.username}`)
    const { page } = opened
    await chooseQuality(page, '720p')
    const watcher = await Bystander.watch(master)
    await writeFile(join(folder, 'slow'), '')
    process.kill(ffmpegPid(vibly, broadcastId), 'SIGKILL')
    await eventually(
      'a rendition less',
      async () => ((await renditionNames(master)).length === 2 ? true : null),
      60_000,
    )
    assert.deepEqual(await renditionNames(master), ['1080p', '480p'])
    const told = vibly.log.find(
      (line) => line['msg'] === 'FFmpeg falls behind' && line['broadcast_id'] === broadcastId,
    )
    assert.equal(told?.['left_out'], '720p')

    await waitFor(page, `${VIDEO}.videoHeight !== 720`, 'another rendition is shown')
    const leftS = await numberIn(page, `${VIDEO}.currentTime`)
    await waitFor(page, `${VIDEO}.currentTime > ${leftS + 4}`, 'it plays on')
    assert.equal(await page.evaluate('window.isSame'), true, 'the page was not loaded again')
    assert.deepEqual(opened.faults, [])
    const { faults, discontinuities } = await watcher.stop()
    assert.deepEqual({ faults, discontinuities }, { faults: [], discontinuities: 2 })

    const gone = await listOf(`${vibly.url}/media/${broadcastId}/720p/index.m3u8`)
    const kept = await listOf(`${vibly.url}/media/${broadcastId}/480p/index.m3u8`)
    assert.ok(gone.segments.at(-1)?.isGap, 'what is not made any more is a gap')
    assert.ok(!kept.segments.some((segment) => segment.isGap))
    assert.ok(gone.segments.length >= kept.segments.length - 1, 'its numbers stay in step')
  })
})

/** Plays, and waits until it is this quality that is shown; marks the page. */
async function chooseQuality(page: Page, quality: string): Promise<void> {
  await waitFor(page, `${VIDEO}?.currentTime > 0`, 'the player starts')
  await page.evaluate('window.isSame = true')
  const { width = 0, height = 0 } = page.viewportSize() ?? {}
  await page.mouse.move(width / 3, height / 3)
  await page.getByRole('button', { name: 'Quality' }).click()
  await page.getByRole('menuitemradio', { name: quality, exact: true }).click()
  await waitFor(page, `${VIDEO}.videoHeight === ${Number.parseInt(quality, 10)}`, quality)
}

async function listOf(url: string): Promise<Listed> {
  return parseListed(await (await fetch(url)).text())
}

async function broadcastIdOf(vibly: Vibly, streamer: Streamer): Promise<string> {
  const response = await fetch(`${vibly.url}/api/channels/${streamer.username}`)
  const channel: Record<string, unknown> = JSON.parse(await response.text())
  return String(channel['broadcast_id'])
}

/** The newest FFmpeg of a broadcast, as the log tells. */
function ffmpegPid(vibly: Vibly, broadcast: string): number {
  const line = vibly.log.findLast(
    (one) => one['msg'] === 'FFmpeg started' && one['broadcast_id'] === broadcast,
  )
  return Number(line?.['pid'] ?? assert.fail('no FFmpeg was started'))
}
