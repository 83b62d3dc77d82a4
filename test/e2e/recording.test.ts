import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'
import { FFMPEG, FFPROBE } from '../support/make-media.ts'
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

const CLIP: Clip = {
  name: 'recorded',
  width: 640,
  height: 360,
  frameRate: '25',
  keyframeFrames: 25,
  bFrames: 2,
}
const OTHER_SIZE: Clip = { ...CLIP, name: 'recorded-larger', width: 960, height: 540 }
const GOP_S = 1

const broadcastForm = z.object({
  id: z.string(),
  status: z.string(),
  duration_s: z.number(),
  recording_url: z.string().nullable(),
  thumb_url: z.string().nullable(),
  storyboard_url: z.string().nullable(),
})
type Shown = z.infer<typeof broadcastForm>

const probeForm = z.object({
  format: z.object({ duration: z.coerce.number() }),
  streams: z.array(
    z.object({ codec_type: z.string(), codec_name: z.string(), nb_read_frames: z.coerce.number() }),
  ),
})

// Together: each has a server of its own and mostly waits for the time to pass.
describe('a broadcast leaves one recording', { concurrency: true }, () => {
  test('[F19] [F21] [R34] cut for 2 s and come back: one file of all that was sent, faststart, in ranges; then its pictures', async () => {
    const vibly = await startVibly()
    try {
      const streamer = await signUp(vibly, 'cut')
      const first = await goLive(vibly, streamer, CLIP, 4)
      await first.kill()
      await new Promise((resolve) => setTimeout(resolve, 2000))
      const second = await goLive(vibly, streamer, CLIP, 7)
      await second.stop()
      const shown = await recorded(vibly, streamer)
      const { bytes, media } = await download(vibly, shown)
      // What was listed is what was sent, up to the gap that lists leave out as well.
      assert.ok(
        Math.abs(media.format.duration - shown.duration_s) < 0.5,
        describeTimes(media, shown),
      )
      assert.deepEqual(media.streams.map((stream) => stream.codec_name).toSorted(), ['aac', 'h264'])
      const frames = media.streams.find((stream) => stream.codec_type === 'video')?.nb_read_frames
      assert.ok(Math.abs((frames ?? 0) / 25 - media.format.duration) < 0.2, `${frames} frames`)
      assert.deepEqual(topBoxes(bytes).slice(0, 2), ['ftyp', 'moov'], 'the index comes first')
      const part = await fetch(new URL(shown.recording_url ?? '', vibly.url), {
        headers: { range: 'bytes=1000-1999' },
      })
      assert.equal(part.status, 206)
      assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(1000, 2000))
      await checkPictures(vibly, streamer, shown.duration_s)
      const left = await readdir(join(vibly.dataDir, 'media', shown.id))
      assert.deepEqual(
        left.filter((name) => name.startsWith('recording')),
        ['recording.mp4'],
      )
      assert.deepEqual(await readdir(join(vibly.dataDir, 'work', 'recordings')), [])
    } finally {
      await dispose(vibly)
    }
  })

  test('[F19] another size after a reconnect is in the same file, every picture of it', async () => {
    const vibly = await startVibly()
    try {
      const streamer = await signUp(vibly, 'sizes')
      const first = await goLive(vibly, streamer, CLIP, 3)
      await first.kill()
      const second = await goLive(vibly, streamer, OTHER_SIZE, 5)
      await second.stop()
      const { media, sizes } = await download(vibly, await recorded(vibly, streamer))
      assert.deepEqual(sizes, ['640,360', '960,540'])
      assert.ok(media.format.duration > 4.5, `${media.format.duration}`)
    } finally {
      await dispose(vibly)
    }
  })

  test('[F19] [X02] [X03] what a killed server left is finished by the next, which stops within 10 s', async () => {
    const vibly = await startVibly()
    const environment = { VIBLY_DATA_DIR: vibly.dataDir, VIBLY_LIVE_RECONNECT_GRACE_MS: '0' }
    const streamer = await signUp(vibly, 'killed')
    const publisher = await goLive(vibly, streamer, CLIP, 4)
    const { duration_s: listedS } = await broadcastOf(vibly, streamer)
    await vibly.kill()
    await publisher.kill()
    const next = await startVibly(environment)
    try {
      const shown = await recorded(next, streamer)
      const { media } = await download(next, shown)
      assert.ok(media.format.duration > listedS - 2 * GOP_S, describeTimes(media, shown))
      const again = await goLive(next, streamer, CLIP, 2)
      const startedMs = performance.now()
      assert.equal(await next.stop(), 0)
      assert.ok(performance.now() - startedMs < 10_000, 'SIGTERM is obeyed in time')
      await again.kill()
    } finally {
      await next.stop()
      await rm(vibly.dataDir, { recursive: true, force: true })
    }
  })
})

/** Publishes; resolves when the broadcast lists more than `seconds`, those before included. */
async function goLive(
  vibly: Vibly,
  streamer: Streamer,
  clip: Clip,
  seconds: number,
): Promise<Publisher> {
  const publisher = publishFile(await makeClip(clip), `${vibly.rtmpUrl}/${streamer.streamKey}`)
  await eventually(`${seconds} s are listed`, async () => {
    const shown = await findBroadcast(vibly, streamer)
    return shown !== null && shown.status === 'live' && shown.duration_s > seconds ? shown : null
  })
  return publisher
}

/** Poster and storyboard come by themselves, over the whole length. */
async function checkPictures(vibly: Vibly, streamer: Streamer, durationS: number): Promise<void> {
  const { thumb_url, storyboard_url } = await eventually('it has its pictures', async () => {
    const shown = await findBroadcast(vibly, streamer)
    return shown?.storyboard_url == null ? null : shown
  })
  assert.match(thumb_url ?? '', /\/poster\.jpg$/)
  const base = new URL(storyboard_url ?? '', vibly.url)
  const storyboard = await fetch(base)
  assert.equal(storyboard.headers.get('content-type'), 'text/vtt; charset=utf-8')
  const text = await storyboard.text()
  const lastS = Number(/ --> 00:00:(\d\d\.\d{3})\n[^>]*$/.exec(text)?.[1])
  assert.ok(Math.abs(lastS - durationS) < 0.01, `${lastS} s of ${durationS} s`)
  for (const url of [new URL('storyboard-0.jpg', base), new URL(thumb_url ?? '', vibly.url)]) {
    const picture = await fetch(url)
    assert.equal(picture.headers.get('content-type'), 'image/jpeg')
    assert.equal(Buffer.from(await picture.arrayBuffer()).readUInt16BE(0), 0xffd8)
  }
}

/** The newest broadcast, once its recording is offered. */
async function recorded(vibly: Vibly, streamer: Streamer): Promise<Shown> {
  return await eventually('the recording is offered', async () => {
    const shown = await findBroadcast(vibly, streamer)
    return shown?.recording_url == null ? null : shown
  })
}

async function broadcastOf(vibly: Vibly, streamer: Streamer): Promise<Shown> {
  return (await findBroadcast(vibly, streamer)) ?? assert.fail('there is no broadcast')
}

async function findBroadcast(vibly: Vibly, streamer: Streamer): Promise<Shown | null> {
  const response = await fetch(`${vibly.url}/api/channels/${streamer.id}/broadcasts`)
  const { broadcasts } = z
    .object({ broadcasts: z.array(broadcastForm) })
    .parse(await response.json())
  return broadcasts[0] ?? null
}

/** Decodes all of it, too: what FFmpeg has to say about that fails the test. */
async function download(vibly: Vibly, shown: Shown) {
  const url = new URL(shown.recording_url ?? assert.fail('it has no recording'), vibly.url)
  const response = await fetch(url)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'video/mp4')
  const bytes = Buffer.from(await response.arrayBuffer())
  const path = join(vibly.dataDir, 'media', shown.id, 'recording.mp4')
  assert.deepEqual(bytes, await readFile(path))
  const { stderr } = await run(FFMPEG, ['-v', 'error', '-i', path, '-f', 'null', '-'])
  assert.equal(stderr, '')
  const entries = 'format=duration:stream=codec_type,codec_name,nb_read_frames'
  const asked = ['-v', 'error', '-count_frames', '-show_entries', entries, '-of', 'json', path]
  const media = probeForm.parse(JSON.parse((await run(FFPROBE, asked)).stdout))
  const frames = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=width,height']
  const { stdout } = await run(FFPROBE, [...frames, '-of', 'csv=p=0', path])
  const lines = stdout.split('\n').map((line) => line.replace(/,$/, ''))
  const sizes = [...new Set(lines.filter((line) => line !== ''))]
  return { bytes, media, sizes }
}

/** The names of an MP4's outermost boxes (ISO 14496-12 §4.2). */
function topBoxes(bytes: Buffer): readonly string[] {
  const names: string[] = []
  for (let at = 0; at + 8 <= bytes.byteLength; ) {
    names.push(bytes.toString('latin1', at + 4, at + 8))
    const size = bytes.readUInt32BE(at)
    if (size < 8) break
    at += size
  }
  return names
}

function describeTimes(media: z.infer<typeof probeForm>, shown: Shown): string {
  return `${media.format.duration} s recorded, ${shown.duration_s} s listed`
}
