import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { numberIn, openBrowser, visit, waitFor } from '../support/browser.ts'
import { fetchMaster, fetchMedia } from '../support/hls-client.ts'
import { VIDEO } from '../support/page-parts.ts'
import { PlaylistWatch } from '../support/playlist-rules.ts'
import { type Clip, keepPublishing, makeClip } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startAgain,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const CLIP: Clip = {
  name: 'resume',
  width: 426,
  height: 240,
  frameRate: '25',
  // Too far apart for a copy, which the server that goes on knows of the one before.
  keyframeFrames: 100,
}
const GRACE = { VIBLY_LIVE_RECONNECT_GRACE_MS: '60000' }

const broadcastForm = z.object({
  id: z.string(),
  status: z.string(),
  duration_s: z.number(),
  recording_url: z.string().nullable(),
})

describe('a server that is killed and started again', () => {
  let vibly: Vibly
  let browser: Browser

  before(async () => {
    vibly = await startVibly(GRACE)
    browser = await openBrowser()
  })

  after(async () => {
    await browser.close()
    await dispose(vibly)
  })

  test('[X02] [R34] [R36] [H05] [F19] its broadcasts go on, twice over, for players, chat and recording', async () => {
    const streamer = await signUp(vibly, 'returner')
    const clip = await makeClip(CLIP)
    const encoder = keepPublishing(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
    const url = await awaitSegments(vibly, streamer, 3)
    const id = String(url.split('/').at(-3))
    await using watch = watchPlaylist(url)
    await using visited = await visit(browser, `${vibly.url}/returner`)
    const { page } = visited
    await waitFor(page, `${VIDEO}?.currentTime > 0`, 'the player starts')
    await page.evaluate('window.wasLoadedOnce = true')

    for (const discontinuities of [1, 2]) {
      const before = await fetchMedia(url)
      await vibly.kill()
      vibly = await startAgain(vibly, GRACE)
      const interrupted = await fetchMedia(url)
      assert.ok(interrupted.segments.length > before.segments.length, 'a number is used up')
      assert.equal(interrupted.isEnded, false)
      const shown = await findBroadcast(vibly, streamer)
      assert.equal(shown?.id, id)
      await eventually('the broadcast goes on', async () => {
        const { segments } = await fetchMedia(url)
        const seen = segments.filter(({ isDiscontinuity }) => isDiscontinuity).length
        return seen === discontinuities && segments.length > before.segments.length + 3
          ? true
          : null
      })
      const fromS = await numberIn(page, `${VIDEO}.currentTime`)
      await waitFor(page, `${VIDEO}.currentTime > ${fromS + 3}`, 'the player plays on', 30_000)
    }
    assert.equal(await page.evaluate('window.wasLoadedOnce'), true, 'without a reload')
    assert.deepEqual(watch.faults(), [])

    await encoder.stop()
    const shown = await recorded(vibly, streamer)
    assert.equal(shown.id, id)
    const folder = join(vibly.dataDir, 'media', id)
    await eventually('what it was made of is gone', async () => {
      const names = (await readdir(folder)).filter((name) => name.startsWith('recording'))
      return names.join() === 'recording.mp4' ? true : null
    })
    const chat = await readFile(join(vibly.dataDir, `chat_${streamer.id}.json`), 'utf8')
    assert.equal(chat.match(/The broadcast goes on/g)?.length, 2)
    assert.equal(chat.match(/The broadcast has started/g)?.length, 1)
  })
})

/** Reads a playlist all the time, from whatever server is there. */
function watchPlaylist(url: string): AsyncDisposable & { faults(): readonly string[] } {
  const watch = new PlaylistWatch()
  const over = new AbortController()
  const reading = (async () => {
    while (!over.signal.aborted) {
      const text = await fetch(url, { signal: over.signal })
        .then((response) => (response.ok ? response.text() : null))
        // There is no server at the moment, or it went in the middle of its answer.
        .catch(() => null)
      if (text !== null) watch.see(withoutParts(text))
      await delay(50)
    }
  })()
  return {
    faults: () => watch.faults,
    [Symbol.asyncDispose]: async () => {
      over.abort()
      await reading
    },
  }
}

/** Parts of the segment that was being made go with a server that is killed. */
function withoutParts(text: string): string {
  return text.replace(/^#EXT-X-(PART|PRELOAD-HINT|PART-INF|SERVER-CONTROL):.*\n/gm, '')
}

async function awaitSegments(vibly: Vibly, streamer: Streamer, count: number): Promise<string> {
  const variants = await eventually('the channel is live', () =>
    fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`),
  )
  const url = variants[0]?.url ?? assert.fail('there is no rendition')
  await eventually(`${count} segments`, async () =>
    (await fetchMedia(url)).segments.length >= count ? true : null,
  )
  return url
}

async function recorded(vibly: Vibly, streamer: Streamer) {
  return await eventually('the recording is offered', async () => {
    const shown = await findBroadcast(vibly, streamer)
    return shown?.recording_url == null ? null : shown
  })
}

async function findBroadcast(vibly: Vibly, streamer: Streamer) {
  const response = await fetch(`${vibly.url}/api/channels/${streamer.id}/broadcasts`)
  const { broadcasts } = z
    .object({ broadcasts: z.array(broadcastForm) })
    .parse(await response.json())
  return broadcasts[0] ?? null
}
