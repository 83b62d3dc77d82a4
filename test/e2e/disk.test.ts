import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'
import { FFMPEG } from '../support/make-media.ts'
import { type Clip, makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const run = promisify(execFile)
const CLIP: Clip = { name: 'small', width: 426, height: 240, frameRate: '25', keyframeFrames: 50 }
/** 2 Mbit/s, whatever is in it: five seconds with their recording are 2.5 MB. */
const LARGE: Clip = {
  ...CLIP,
  name: 'large',
  extra: ['-vf', 'noise=alls=60:allf=t', '-b:v', '2000k', '-maxrate', '2000k', '-bufsize', '500k'],
}
const MEBIBYTE = Buffer.alloc(2 ** 20, 1)

const broadcastForm = z.object({
  id: z.string(),
  status: z.string(),
  duration_s: z.number(),
  recording_url: z.string().nullable(),
  storyboard_url: z.string().nullable(),
})

// Together: each has a server of its own and mostly waits for the time to pass.
describe('disks', { concurrency: true }, () => {
  test('[X05] [F16] [H13] a disk that fills up: who is live goes on, nothing empty is listed, nobody new is let in, and all recovers by itself', async (t) => {
    const dataDir = await mountSmallDisk(t)
    if (dataDir === null) return
    const vibly = await startVibly({ VIBLY_DATA_DIR: dataDir })
    const publishers: Publisher[] = []
    t.after(async () => {
      for (const publisher of publishers) await publisher.kill()
      await vibly.stop()
    })
    const [anna, bert, carl] = await Promise.all(
      ['anna', 'bert', 'carl'].map((name) => signUp(vibly, name)),
    )
    assert.ok(anna !== undefined && bert !== undefined && carl !== undefined)
    for (const streamer of [anna, bert]) publishers.push(await goLive(vibly, streamer))
    const watched = [await watch(vibly, anna), await watch(vibly, bert)]

    const filler = await fill(dataDir)
    const filledMs = performance.now()
    await eventually('it is noticed', async () => ((await isReady(vibly)) ? null : true), 5000)
    assert.ok(performance.now() - filledMs < 5000)
    for (const viewer of watched) {
      const seen = viewer.count
      await eventually('three more segments', async () => {
        await viewer.look()
        return viewer.count >= seen + 3 ? true : null
      })
    }
    await eventually('the owner is told', async () => {
      const warnings = await warningsOf(vibly, anna)
      return ['disk.full', 'recording.paused'].every((code) => warnings.includes(code)) || null
    })
    const refused = publishFile(await makeClip(CLIP), `${vibly.rtmpUrl}/${carl.streamKey}`)
    assert.notEqual(await refused.exit, 0)
    // The line is written once the connection is gone, the encoder may be gone before.
    await eventually('the log says why', () =>
      vibly.log.some((line) => JSON.stringify(line).includes('live.disk-full')) ? true : null,
    )
    assert.equal(await rename(vibly, anna, 'Nobody'), 507)
    assert.equal(await displayName(vibly, anna), 'anna')

    await unlink(filler)
    await eventually(
      'it serves everyone again',
      async () => ((await isReady(vibly)) ? true : null),
      15_000,
    )
    assert.equal(await rename(vibly, anna, 'Anna'), 200)
    publishers.push(await goLive(vibly, carl))
    await eventually('nobody is warned any more', async () => {
      const warnings = await warningsOf(vibly, anna)
      return warnings.some((code) => /disk|recording/.test(code)) ? null : true
    })
    for (const viewer of watched) {
      await viewer.look()
      assert.equal(viewer.discontinuities, 0)
    }
    for (const publisher of publishers) await publisher.stop()
    for (const streamer of [anna, bert]) await checkPast(vibly, streamer)
  })

  test('[X06] a disk that takes half a second for each write never blocks the server, and a broadcast goes on', async (t) => {
    const preload = new URL('../support/slow-disk.ts', import.meta.url).href
    const vibly = await startVibly({ NODE_OPTIONS: `--import=${preload}` })
    t.after(() => dispose(vibly))
    const streamer = await signUp(vibly, 'slow')
    const publisher = await goLive(vibly, streamer)
    t.after(() => publisher.kill())
    const viewer = await watch(vibly, streamer)
    await loopDelayP99(vibly)
    const seen = viewer.count
    await eventually('five more segments', async () => {
      await viewer.look()
      return viewer.count >= seen + 5 ? true : null
    })
    const delayS = await loopDelayP99(vibly)
    assert.ok(delayS < 0.4, `a write blocked the server: ${delayS} s`)
    assert.equal(viewer.discontinuities, 0)
    assert.equal((await warningsOf(vibly, streamer)).includes('recording.stopped'), false)
    await publisher.stop()
  })

  test('[F18] [F22] a live picture is never older than 15 s; the oldest broadcasts go when there is more than is to be kept', async (t) => {
    const vibly = await startVibly()
    const streamer = await signUp(vibly, 'limited')
    for (let at = 0; at < 2; at += 1) {
      const publisher = await goLive(vibly, streamer, LARGE)
      if (at === 0) await checkThumbs(vibly, streamer)
      await publisher.stop()
      await eventually('it is finished', async () => {
        const [newest] = await broadcastsOf(vibly, streamer)
        return newest?.storyboard_url == null ? null : true
      })
    }
    const [newest, oldest] = await broadcastsOf(vibly, streamer)
    await vibly.stop()
    const environment = { VIBLY_DATA_DIR: vibly.dataDir, VIBLY_RETENTION_CHANNEL_MB_MAX: '8' }
    const next = await startVibly(environment)
    t.after(() => dispose(next))
    await eventually('the older one is gone', async () =>
      (await broadcastsOf(next, streamer)).length === 1 ? true : null,
    )
    assert.equal((await broadcastsOf(next, streamer))[0]?.id, newest?.id)
    const gone = await fetch(`${next.url}/media/${oldest?.id}/recording.mp4`)
    assert.equal(gone.status, 404)
    await eventually('what is left is measured', async () => {
      const figures = await (await fetch(`${next.url}/metrics`)).text()
      const bytes = Number(/^vibly_media_bytes (\S+)$/m.exec(figures)?.[1])
      return bytes > 2_000_000 && bytes < 8_000_000 ? true : null
    })
  })
})

/** 64 MiB in memory, as a file system of its own; null: the test is skipped, and says why. */
async function mountSmallDisk(t: TestContext): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'vibly-disk-'))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder])
  } catch (thrown) {
    await rm(folder, { recursive: true })
    t.skip(`a disk of 64 MiB cannot be mounted here (it takes root): ${String(thrown)}`)
    return null
  }
  t.after(async () => {
    await run('umount', ['-l', folder])
    await rm(folder, { recursive: true })
  })
  return folder
}

/** Writes until there is not one byte left. */
async function fill(folder: string): Promise<string> {
  const path = join(folder, 'filler')
  const file = await open(path, 'w')
  try {
    for (const piece of [MEBIBYTE, MEBIBYTE.subarray(0, 4096)]) {
      for (;;) await file.writeFile(piece)
    }
  } catch (thrown) {
    assert.match(String(thrown), /ENOSPC/)
  } finally {
    await file.close()
  }
  return path
}

async function goLive(vibly: Vibly, streamer: Streamer, clip = CLIP): Promise<Publisher> {
  const publisher = publishFile(await makeClip(clip), `${vibly.rtmpUrl}/${streamer.streamKey}`)
  await eventually(`${streamer.username} is live`, async () => {
    const [newest] = await broadcastsOf(vibly, streamer)
    return newest?.status === 'live' && newest.duration_s > 5 ? true : null
  })
  return publisher
}

/** CONTRACT section 3: at most 15 s old, at least 640 pixels wide, and always a whole JPEG. */
async function checkThumbs(vibly: Vibly, streamer: Streamer): Promise<void> {
  const [newest] = await broadcastsOf(vibly, streamer)
  const seenMs = new Map<string, number>()
  await eventually('a third picture', async () => {
    const response = await fetch(`${vibly.url}/media/${newest?.id}/thumb.jpg`)
    const jpeg = Buffer.from(await response.arrayBuffer())
    assert.equal(jpeg.readUInt16BE(0), 0xffd8)
    assert.equal(jpeg.readUInt16BE(jpeg.byteLength - 2), 0xffd9)
    const tag = response.headers.get('etag') ?? assert.fail('it has no tag')
    if (!seenMs.has(tag)) {
      seenMs.set(tag, performance.now())
      assert.ok(widthOf(jpeg) >= 640, `${widthOf(jpeg)} pixels wide`)
    }
    return seenMs.size === 3 ? true : null
  })
  // The first was there before it was looked for.
  const [, second = 0, third = 0] = seenMs.values()
  assert.ok(third - second <= 15_000, `${third - second} ms between two pictures`)
}

/** From the frame header of a JPEG (ITU-T T.81 §B.2.2). */
function widthOf(jpeg: Buffer): number {
  const frame = [0xffc0, 0xffc2]
    .map((marker) => jpeg.indexOf(Buffer.from([marker >> 8, marker & 0xff])))
    .find((at) => at >= 0)
  return frame === undefined ? 0 : jpeg.readUInt16BE(frame + 7)
}

/** A viewer who fetches every segment that is new at each look. */
async function watch(vibly: Vibly, streamer: Streamer) {
  const [newest] = await broadcastsOf(vibly, streamer)
  const base = `${vibly.url}/media/${newest?.id}/240p`
  const seen = new Set<string>()
  let text = ''
  const viewer = {
    get count() {
      return seen.size
    },
    get discontinuities() {
      return (text.match(/#EXT-X-DISCONTINUITY\n/g) ?? []).length
    },
    look: async () => {
      text = await (await fetch(`${base}/index.m3u8`)).text()
      for (const name of text.match(/^\d+-\d+\.ts$/gm) ?? []) {
        if (seen.has(name)) continue
        seen.add(name)
        const segment = await fetch(`${base}/${name}`)
        assert.equal(segment.status, 200, `${name} is listed`)
        const bytes = (await segment.arrayBuffer()).byteLength
        assert.ok(bytes > 10_000, `${name} has ${bytes} bytes`)
      }
    },
  }
  await viewer.look()
  return viewer
}

/** What is left afterwards: nothing listed that is not there, and a recording that plays. */
async function checkPast(vibly: Vibly, streamer: Streamer): Promise<void> {
  const shown = await eventually('the recording is finished', async () => {
    const [newest] = await broadcastsOf(vibly, streamer)
    return newest?.recording_url == null ? null : newest
  })
  const base = `${vibly.url}/media/${shown.id}/240p`
  const list = await eventually('the list of the recording', async () => {
    const text = await (await fetch(`${base}/index.m3u8`)).text()
    return text.includes('#EXT-X-PLAYLIST-TYPE:VOD') || text.includes('#EXT-X-GAP') ? text : null
  })
  assert.match(list, /#EXT-X-ENDLIST\n$/)
  const entries = [...list.matchAll(/(#EXT-X-GAP\n)?#EXTINF:[^\n]+\n([^\n]+)\n/g)]
  assert.ok(
    entries.some(([, gap]) => gap !== undefined),
    'what was not stored is a gap',
  )
  for (const [, gap, name] of entries) {
    if (gap !== undefined) continue
    const segment = await fetch(`${base}/${name}`)
    assert.equal(segment.status, 200, name)
    assert.ok((await segment.arrayBuffer()).byteLength > 10_000, name)
  }
  const path = join(vibly.dataDir, 'media', shown.id, 'recording.mp4')
  const { stderr } = await run(FFMPEG, ['-v', 'error', '-i', path, '-f', 'null', '-'])
  assert.equal(stderr, '')
}

async function broadcastsOf(vibly: Vibly, streamer: Streamer) {
  const response = await fetch(`${vibly.url}/api/channels/${streamer.id}/broadcasts`)
  const form = z.object({ broadcasts: z.array(broadcastForm) })
  return form.parse(await response.json()).broadcasts
}

async function isReady(vibly: Vibly): Promise<boolean> {
  return (await fetch(`${vibly.url}/readyz`)).status === 200
}

async function warningsOf(vibly: Vibly, streamer: Streamer): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${streamer.token}` }
  const answer = await (await fetch(`${vibly.url}/api/me/health`, { headers })).json()
  return z.object({ warnings: z.array(z.string()) }).parse(answer).warnings
}

async function rename(vibly: Vibly, streamer: Streamer, name: string): Promise<number> {
  const response = await fetch(`${vibly.url}/api/me`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${streamer.token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ display_name: name }),
  })
  await response.arrayBuffer()
  return response.status
}

async function displayName(vibly: Vibly, streamer: Streamer): Promise<string> {
  const answer = await (await fetch(`${vibly.url}/api/channels/${streamer.id}`)).json()
  return z.object({ display_name: z.string() }).parse(answer).display_name
}

/** Of the time since it was asked for last, seconds. */
async function loopDelayP99(vibly: Vibly): Promise<number> {
  const figures = await (await fetch(`${vibly.url}/metrics`)).text()
  return Number(
    /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(figures)?.[1] ?? assert.fail(figures),
  )
}
