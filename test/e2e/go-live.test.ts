import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { numberIn, openBrowser, visit, waitFor } from '../support/browser.ts'
import {
  fetchMaster,
  fetchMedia,
  type ListedSegment,
  type MediaPlaylist,
  probeSegment,
  type Variant,
} from '../support/hls-client.ts'
import { type Clip, makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const CLIPS: readonly (Clip & { readonly renditions: readonly string[] })[] = [
  { name: 'hd', width: 1920, height: 1080, frameRate: '30', renditions: ['1080p', '720p', '480p'] },
  {
    name: 'bframes',
    width: 1280,
    height: 720,
    frameRate: '25',
    keyframeFrames: 50,
    bFrames: 2,
    renditions: ['720p', '480p'],
  },
  { name: 'small', width: 480, height: 360, frameRate: '30', renditions: ['360p'] },
  { name: 'sound', hasVideo: false, renditions: ['audio'] },
  { name: 'silent', hasAudio: false, renditions: ['720p', '480p'] },
]

const PLAYED_S = 15

describe('going live, from an encoder to a browser', () => {
  let vibly: Vibly
  let browser: Browser

  before(async () => {
    vibly = await startVibly()
    browser = await openBrowser()
  })

  after(async () => {
    await browser.close()
    await dispose(vibly)
  })

  for (const clip of CLIPS) {
    test(`[F15] [M13] ${clip.name}: plays ${PLAYED_S} s in Chromium, and every segment stands alone`, async () => {
      const path = await makeClip(clip)
      const streamer = await signUp(vibly, `streamer_${clip.name}`)
      const publisher = publishFile(path, `${vibly.rtmpUrl}/${streamer.streamKey}`)
      try {
        const variants = await awaitMaster(vibly, streamer)
        assert.deepEqual(renditionNames(variants).toSorted(), clip.renditions.toSorted())
        await watch(browser, vibly, streamer, clip.hasVideo ?? true)
        await checkSegments(variants, clip)
      } finally {
        await publisher.stop()
      }
    })
  }
})

describe('the life of a broadcast', () => {
  let vibly: Vibly
  const publishers: Publisher[] = []

  before(async () => {
    vibly = await startVibly({ VIBLY_LIVE_RECONNECT_GRACE_MS: '20000' })
  })

  after(async () => {
    await Promise.all(publishers.map((publisher) => publisher.kill()))
    await dispose(vibly)
  })

  /** A new streamer who publishes the clip. */
  async function goLive(username: string, clip: Clip) {
    const streamer = await signUp(vibly, username)
    const publisher = publishFile(await makeClip(clip), `${vibly.rtmpUrl}/${streamer.streamKey}`)
    publishers.push(publisher)
    return { streamer, publisher, variants: await awaitMaster(vibly, streamer) }
  }

  const CLIP: Clip = {
    name: 'bframes',
    width: 1280,
    height: 720,
    frameRate: '25',
    keyframeFrames: 50,
    bFrames: 2,
  }

  test('[H20] an encoder with its key frames 250 apart still gives segments of 2 s', async () => {
    const { variants, publisher } = await goLive('obs_defaults', {
      name: 'obs',
      width: 1280,
      height: 720,
      frameRate: '30',
      keyframeFrames: 250,
      extra: [
        '-preset',
        'veryfast',
        '-b:v',
        '2500k',
        '-maxrate',
        '2500k',
        '-bufsize',
        '2500k',
        '-b:a',
        '160k',
      ],
    })
    for (const variant of variants) {
      const playlist = await awaitSegments(variant, 4)
      for (const { durationS } of playlist.segments)
        assert.ok(Math.abs(durationS - 2) < 0.05, `${durationS}`)
      assert.ok(playlist.segments.every((segment) => !segment.isDiscontinuity))
    }
    await publisher.stop()
  })

  test('[H09] [H22] a stop ends the list, and the whole broadcast can be watched again', async () => {
    const { streamer, publisher, variants } = await goLive('stopper', CLIP)
    await awaitSegments(variants[0], 3)
    const id = await broadcastId(vibly, streamer)
    await publisher.stop()
    const ended = await eventually('the broadcast ends', async () => {
      const broadcast = await getJson(`${vibly.url}/api/broadcasts/${id}`)
      return broadcast['status'] === 'ended' ? broadcast : null
    })
    assert.equal((await fetch(`${vibly.url}/live/${streamer.id}/index.m3u8`)).status, 404)
    const vod = await fetchMaster(`${vibly.url}${ended['playlist_url']}`)
    assert.equal(vod?.length, 2)
    for (const variant of vod ?? []) {
      const playlist = await fetchMedia(variant.url)
      assert.ok(playlist.isEnded)
      assert.match(playlist.text, /^#EXT-X-PLAYLIST-TYPE:VOD$/m)
      assert.ok(playlist.segments.length >= 3)
      for (const segment of playlist.segments)
        assert.equal((await probeSegment(segment.url)).errors, '')
    }
    for (const file of ['index.m3u8', '720p/index.m3u8', 'thumb.jpg', 'broadcast.json']) {
      assert.ok((await stat(join(vibly.dataDir, 'media', id, file))).size > 0, file)
    }
  })

  test('[R34] a lost connection that comes back goes on in the same broadcast', async () => {
    const { streamer, publisher, variants } = await goLive('returner', CLIP)
    await awaitSegments(variants[0], 2)
    const id = await broadcastId(vibly, streamer)
    await publisher.kill()
    await eventually('the broadcast is interrupted', async () => {
      const broadcast = await getJson(`${vibly.url}/api/broadcasts/${id}`)
      return broadcast['status'] === 'interrupted' ? true : null
    })
    const again = publishFile(await makeClip(CLIP), `${vibly.rtmpUrl}/${streamer.streamKey}`)
    publishers.push(again)
    const playlist = await eventually('segments after the reconnect', async () => {
      const now = await fetchMedia(String(variants[0]?.url))
      return now.segments.some((segment) => segment.isDiscontinuity) ? now : null
    })
    assert.equal(playlist.segments.filter((segment) => segment.isDiscontinuity).length, 1)
    assert.equal(await broadcastId(vibly, streamer), id)
    await again.stop()
  })

  test('[R31] a second encoder with the same key takes over, the first is told and gone', async () => {
    const { streamer, publisher, variants } = await goLive('switcher', CLIP)
    await awaitSegments(variants[0], 1)
    const id = await broadcastId(vibly, streamer)
    const newcomer = publishFile(await makeClip(CLIP), `${vibly.rtmpUrl}/${streamer.streamKey}`)
    publishers.push(newcomer)
    assert.notEqual(await publisher.exit, 0)
    await eventually('the newcomer is on', async () => {
      const now = await fetchMedia(String(variants[0]?.url))
      return now.segments.some((segment) => segment.isDiscontinuity) ? true : null
    })
    assert.equal(await broadcastId(vibly, streamer), id)
    assert.equal(newcomer.process.exitCode, null)
    await newcomer.stop()
  })

  test('[R32] a rotated key cuts its publisher, and is refused from then on', async () => {
    const { streamer, publisher } = await goLive('rotator', CLIP)
    const response = await fetch(`${vibly.url}/api/me/stream-key`, {
      method: 'POST',
      headers: { authorization: `Bearer ${streamer.token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    assert.equal(response.status, 200)
    assert.notEqual(await publisher.exit, 0)
    const refused = publishFile(await makeClip(CLIP), `${vibly.rtmpUrl}/${streamer.streamKey}`)
    assert.notEqual(await refused.exit, 0)
  })

  test('[W20] no stream key stands in any file, log line or command line', async () => {
    const { streamer, publisher } = await goLive('secretive', CLIP)
    const id = await broadcastId(vibly, streamer)
    const secret = streamer.streamKey
    assert.ok(!JSON.stringify(vibly.log).includes(secret))
    const pid = ffmpegPid(vibly, id)
    for (const file of ['cmdline', 'environ']) {
      assert.ok(!(await readFile(`/proc/${pid}/${file}`, 'latin1')).includes(secret), file)
    }
    const media = join(vibly.dataDir, 'media', id)
    await eventually('the broadcast is on disk', async () =>
      (await readdir(media)).includes('broadcast.json') ? true : null,
    )
    const files = ['users.json', `media/${id}/broadcast.json`, `media/${id}/index.m3u8`]
    for (const file of files) {
      assert.ok(!(await readFile(join(vibly.dataDir, file), 'utf8')).includes(secret), file)
    }
    await publisher.stop()
  })
})

test('[F07] [X02] a killed server leaves no FFmpeg, and the next one closes what nobody may come back to', async () => {
  const vibly = await startVibly()
  const streamer = await signUp(vibly, 'unlucky')
  const clip = await makeClip({ name: 'small', width: 480, height: 360, frameRate: '30' })
  const publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
  const variants = await awaitMaster(vibly, streamer)
  await awaitSegments(variants[0], 2)
  const id = await broadcastId(vibly, streamer)
  const pid = ffmpegPid(vibly, id)
  await vibly.kill()
  await eventually('the FFmpeg is gone', async () => ((await isRunning(pid)) ? null : true), 2000)
  await publisher.exit

  const next = await startVibly({
    VIBLY_DATA_DIR: vibly.dataDir,
    VIBLY_LIVE_RECONNECT_GRACE_MS: '0',
  })
  const broadcast = await getJson(`${next.url}/api/broadcasts/${id}`)
  assert.equal(broadcast['status'], 'ended')
  const [variant] = (await fetchMaster(`${next.url}/media/${id}/index.m3u8`)) ?? []
  const playlist = await fetchMedia(String(variant?.url))
  assert.ok(playlist.isEnded)
  assert.ok(playlist.segments.length >= 2)
  for (const segment of playlist.segments)
    assert.equal((await probeSegment(segment.url)).errors, '')
  await dispose(next)
})

test('[X03] SIGTERM ends what is live in order, within 10 s', async () => {
  const vibly = await startVibly()
  const streamer = await signUp(vibly, 'goodnight')
  const clip = await makeClip({ name: 'small', width: 480, height: 360, frameRate: '30' })
  const publisher = publishFile(clip, `${vibly.rtmpUrl}/${streamer.streamKey}`)
  const variants = await awaitMaster(vibly, streamer)
  await awaitSegments(variants[0], 1)
  const id = await broadcastId(vibly, streamer)
  const startMs = performance.now()
  assert.equal(await vibly.stop(), 0)
  assert.ok(performance.now() - startMs < 10_000)
  await publisher.exit
  const stored = await readFile(join(vibly.dataDir, 'media', id, '360p', 'index.m3u8'), 'utf8')
  assert.match(stored, /#EXT-X-ENDLIST\n$/)
  await dispose(await startVibly({ VIBLY_DATA_DIR: vibly.dataDir }))
})

/** The master of the streamer's live broadcast, as soon as there is one. */
function awaitMaster(vibly: Vibly, streamer: Streamer): Promise<readonly Variant[]> {
  return eventually('the channel is live', () =>
    fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`),
  )
}

function awaitSegments(variant: Variant | undefined, count: number): Promise<MediaPlaylist> {
  assert.ok(variant)
  return eventually(
    `${count} segments`,
    async () => {
      const playlist = await fetchMedia(variant.url)
      return playlist.segments.length >= count ? playlist : null
    },
    40_000,
  )
}

/** Opens the channel's page and plays; no fault, and the picture moves. */
async function watch(browser: Browser, vibly: Vibly, streamer: Streamer, hasVideo: boolean) {
  await using opened = await visit(browser, `${vibly.url}/${streamer.username}`)
  const { page } = opened
  await waitFor(
    page,
    'document.querySelector("video")?.currentTime > 0',
    'the player starts',
    30_000,
  )
  const fromS = await numberIn(page, 'document.querySelector("video").currentTime')
  const framesBefore = await numberIn(page, decodedFrames)
  await waitFor(
    page,
    `document.querySelector("video").currentTime > ${fromS + PLAYED_S}`,
    `${PLAYED_S} s are played`,
    60_000,
  )
  const frames = (await numberIn(page, decodedFrames)) - framesBefore
  if (hasVideo) assert.ok(frames > PLAYED_S * 10, `only ${frames} frames were decoded`)
  assert.deepEqual(opened.faults, [])
  assert.deepEqual(opened.strangers, [])
}

const decodedFrames = 'document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames'

/** Each listed segment of each rendition alone, and all renditions beside each other. */
async function checkSegments(variants: readonly Variant[], clip: Clip): Promise<void> {
  const keyframes = new Map<number, Set<string>>()
  for (const variant of variants) {
    const playlist = await fetchMedia(variant.url)
    assertGapless(playlist.segments)
    for (const segment of playlist.segments) {
      assert.ok(Math.round(segment.durationS) <= playlist.targetDurationS)
      const report = await probeSegment(segment.url)
      assert.equal(report.errors, '', segment.url)
      if (clip.hasVideo === false) continue
      assert.ok(report.startsWithKeyframe, `${segment.url} starts with a key frame`)
      const times = keyframes.get(segment.mediaSequence) ?? new Set()
      keyframes.set(segment.mediaSequence, times.add(report.keyframePts.join(' ')))
    }
  }
  for (const [mediaSequence, times] of keyframes) {
    assert.equal(times.size, 1, `key frames of ${mediaSequence} differ: ${[...times].join(' | ')}`)
  }
}

function assertGapless(segments: readonly ListedSegment[]): void {
  for (const [index, segment] of segments.entries()) {
    assert.equal(segment.mediaSequence, (segments[0]?.mediaSequence ?? 0) + index)
  }
}

function renditionNames(variants: readonly Variant[]): readonly string[] {
  return variants.map(({ url }) => url.split('/').at(-2) ?? '')
}

async function broadcastId(vibly: Vibly, streamer: Streamer): Promise<string> {
  const channel = await getJson(`${vibly.url}/api/channels/${streamer.username}`)
  return String(channel['broadcast_id'])
}

async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url)
  assert.equal(response.status, 200, url)
  return JSON.parse(await response.text())
}

/** The newest FFmpeg of a broadcast, as the log tells. */
function ffmpegPid(vibly: Vibly, broadcast: string): number {
  const line = vibly.log.findLast(
    (one) => one['msg'] === 'FFmpeg started' && one['broadcast_id'] === broadcast,
  )
  assert.ok(line)
  return Number(line['pid'])
}

/** A zombie whose parent has not looked yet is not running. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return status !== null && !/\) Z /.test(status)
}
