import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { MediaMessage } from '../../src/rtmp/index.ts'
import { publishNeighbour } from '../support/bystander.ts'
import { fetchMaster, fetchMedia, type MediaPlaylist } from '../support/hls-client.ts'
import { FFPROBE } from '../support/make-media.ts'
import { type Clip, makeClip } from '../support/publisher.ts'
import { RtmpPublisher } from '../support/rtmp-publisher.ts'
import { readClip, type Sent, sendSpliced } from '../support/splicer.ts'
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
  name: 'spliced',
  width: 426,
  height: 240,
  frameRate: '25',
  keyframeFrames: 25,
}
const SENT_MS = 15_000
const FAULT_MS = 6000
/** How much longer or shorter than what was sent the broadcast may be. */
const EXTRA_S = 2
const APART_MS_MAX = 100

type Times = (tag: MediaMessage) => number

/** Every timestamp moved by `ms` from the fault on. */
const jump = (firstMs: number, ms: number): Times =>
  function jumped({ timestampMs }) {
    return firstMs + timestampMs + (timestampMs < FAULT_MS ? 0 : ms)
  }

const TIMES: Readonly<Record<string, Times>> = {
  'back by 98 s': jump(100_000, -98_000),
  'forward by 1 h': jump(0, 3_600_000),
  'over 2^24': jump(2 ** 24 - FAULT_MS, 0),
  'over 2^31': jump(2 ** 31 - FAULT_MS, 0),
  'over 2^32': jump(2 ** 32 - FAULT_MS, 0),
  'all equal for a second': ({ timestampMs }) =>
    timestampMs < FAULT_MS || timestampMs > FAULT_MS + 1000 ? timestampMs : FAULT_MS,
  'random for a second': ({ timestampMs }) =>
    timestampMs < FAULT_MS || timestampMs > FAULT_MS + 1000
      ? timestampMs
      : (timestampMs * 2_654_435_761) % 2 ** 32,
  'sound 10 s apart': ({ kind, timestampMs }) => timestampMs + (kind === 'audio' ? 10_000 : 0),
}

const packetsForm = z.object({
  packets: z.array(z.object({ codec_type: z.string(), pts_time: z.coerce.number() })),
})

describe('an encoder that changes its mind', { concurrency: true }, () => {
  let vibly: Vibly
  let endNeighbour: () => Promise<void>

  before(async () => {
    vibly = await startVibly({
      VIBLY_TRANSCODE_SLOTS_MAX: '32',
      // What a busy machine takes for long is not what these tests are about.
      VIBLY_LIVE_IDLE_MS_MAX: '30000',
    })
    endNeighbour = await publishNeighbour(vibly, await makeClip({ ...CLIP, seconds: 120 }))
  })

  after(async () => {
    try {
      await endNeighbour()
    } finally {
      await dispose(vibly)
    }
  })

  for (const [index, [name, times]] of Object.entries(TIMES).entries()) {
    test(`[X13] [F12] timestamps ${name}: the line goes on, sound and picture together`, async () => {
      const streamer = await signUp(vibly, `times_${index}`)
      const tags = await readClip(await makeClip({ ...CLIP, seconds: 120 }), SENT_MS)
      const publisher = await publishAs(vibly, streamer)
      const sent = await sendSpliced(publisher, tags, (tag) => ({
        ...tag,
        timestampMs: times(tag),
      }))
      await publisher.stop()
      const { playlist, shown } = await ended(vibly, streamer)
      const cuts = playlist.segments.filter(({ isDiscontinuity }) => isDiscontinuity).length
      assert.ok(cuts <= 1, `${cuts} discontinuities`)
      assert.ok(Math.abs(shown.duration_s - SENT_MS / 1000) <= EXTRA_S, `${shown.duration_s} s`)
      const apartMs = await endsApartMs(playlist, sent)
      assert.ok(Math.abs(apartMs) <= APART_MS_MAX, `${apartMs} ms apart`)
    })
  }

  const OTHERS: readonly (readonly [string, Partial<Clip>])[] = [
    ['size and frame rate', { width: 640, height: 360, frameRate: '30', keyframeFrames: 30 }],
    ['layout and rate of the sound', { extra: ['-ac', '1', '-ar', '44100'] }],
  ]
  for (const [index, [what, other]] of OTHERS.entries()) {
    test(`[X12] another ${what} on the way: the same renditions, one discontinuity at most`, async () => {
      const streamer = await signUp(vibly, `changes_${index}`)
      const second = await makeClip({ ...CLIP, name: `spliced_${index}`, seconds: 20, ...other })
      const publisher = await publishAs(vibly, streamer)
      await sendSpliced(publisher, await readClip(await makeClip({ ...CLIP, seconds: 120 }), 6000))
      const later = (tag: MediaMessage) => ({ ...tag, timestampMs: tag.timestampMs + 6000 })
      await sendSpliced(publisher, await readClip(second, 7000), later)
      await publisher.stop()
      const { playlist, shown, variants } = await ended(vibly, streamer)
      assert.equal(variants.length, 1)
      assert.equal(variants[0]?.attributes.get('RESOLUTION'), '426x240')
      assert.equal(shown.status, 'ended')
      const cuts = playlist.segments.filter(({ isDiscontinuity }) => isDiscontinuity).length
      assert.ok(cuts <= 1, `${cuts} discontinuities`)
      assert.ok(Math.abs(shown.duration_s - 13) <= EXTRA_S, `${shown.duration_s} s`)
    })
  }

  test('[X12] a codec on the way that is not taken ends that broadcast, with its name', async () => {
    const streamer = await signUp(vibly, 'changes_codec')
    const publisher = await publishAs(vibly, streamer)
    await sendSpliced(publisher, await readClip(await makeClip({ ...CLIP, seconds: 120 }), 6000))
    // E-RTMP v2: a VP9 sequence start.
    const payload = Buffer.from('907670303901000000010a', 'hex')
    await publisher.send({ kind: 'video', timestampMs: 6000, payload })
    const told = await publisher.status()
    assert.match(told.description, /vp0?9/i)
    await publisher.closed
    const { shown, playlist } = await ended(vibly, streamer)
    assert.equal(shown.status, 'failed')
    assert.ok(playlist.segments.length >= 4, 'what was sent before can be watched')
  })

  test('[X14] a picture that comes 10 s late, or has no key frame, costs nobody the sound', async () => {
    const tags = await readClip(await makeClip({ ...CLIP, seconds: 120 }), 14_000)
    const isKeyframe = (tag: MediaMessage) => (tag.payload[0] ?? 0) >> 4 === 1
    const isLate = (tag: MediaMessage) => tag.kind === 'video' && tag.timestampMs < 10_000
    const lacksKey = (tag: MediaMessage) =>
      tag.kind === 'video' && tag.payload[1] !== 0 && isKeyframe(tag)
    for (const [index, isMissing] of [isLate, lacksKey].entries()) {
      const streamer = await signUp(vibly, `late_${index}`)
      const publisher = await publishAs(vibly, streamer)
      const sending = sendSpliced(publisher, tags, (tag) => (isMissing(tag) ? null : tag))
      const master = `${vibly.url}/live/${streamer.id}/index.m3u8`
      const variants = await eventually('the sound can be heard', () => fetchMaster(master))
      assert.match(variants[0]?.attributes.get('CODECS') ?? '', /mp4a/)
      await sending
      await publisher.stop()
      const { shown } = await ended(vibly, streamer)
      assert.equal(shown.status, 'ended')
      assert.ok(shown.duration_s > 8, `${shown.duration_s} s`)
    }
  })

  test('[X14] a picture alone that has no key frame is refused with the reason', async () => {
    const streamer = await signUp(vibly, 'never')
    const tags = await readClip(await makeClip({ ...CLIP, seconds: 120 }), 20_000)
    const publisher = await publishAs(vibly, streamer)
    const sending = sendSpliced(publisher, tags, (tag) => {
      const isKept =
        tag.kind === 'video' && (tag.payload[1] === 0 || (tag.payload[0] ?? 0) >> 4 !== 1)
      return isKept ? tag : null
    })
    const { description } = await publisher.status()
    assert.match(description, /key frame/)
    await sending
  })
})

async function publishAs(vibly: Vibly, { streamKey }: Streamer): Promise<RtmpPublisher> {
  return await RtmpPublisher.publish(Number(new URL(vibly.rtmpUrl).port), streamKey)
}

const broadcastForm = z.object({
  id: z.string(),
  status: z.string(),
  duration_s: z.number(),
  playlist_url: z.string(),
})

/** The streamer's only broadcast, once it is over. */
async function ended(vibly: Vibly, streamer: Streamer) {
  const shown = await eventually('the broadcast is over', async () => {
    const response = await fetch(`${vibly.url}/api/channels/${streamer.id}/broadcasts`, {
      headers: { authorization: `Bearer ${streamer.token}` },
    })
    const found = z.object({ broadcasts: z.array(broadcastForm) }).parse(await response.json())
    const [newest] = found.broadcasts
    return newest?.status === 'ended' || newest?.status === 'failed' ? newest : null
  })
  const variants = (await fetchMaster(`${vibly.url}${shown.playlist_url}`)) ?? []
  const playlist = await fetchMedia(variants[0]?.url ?? assert.fail('there is no rendition'))
  return { shown, playlist, variants }
}

/**
 * How much later than the picture the sound has become on its way, ms: the last of each in the list
 * against the last of each that was sent.
 */
async function endsApartMs({ segments }: MediaPlaylist, sent: Sent): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'vibly-ends-'))
  try {
    const path = join(folder, 'end.ts')
    const newest = await Promise.all(
      segments
        .slice(-2)
        .map(async ({ url }) => Buffer.from(await (await fetch(url)).arrayBuffer())),
    )
    await writeFile(path, Buffer.concat(newest))
    const asked = [
      '-v',
      'error',
      '-show_entries',
      'packet=codec_type,pts_time',
      '-of',
      'json',
      path,
    ]
    const { packets } = packetsForm.parse(JSON.parse((await run(FFPROBE, asked)).stdout))
    const lastMs = (kind: string) =>
      Math.max(
        ...packets.flatMap(({ codec_type, pts_time }) =>
          codec_type === kind ? pts_time * 1000 : [],
        ),
      )
    const soundMs = lastMs('audio') - (sent.audioMs.at(-1) ?? 0)
    return soundMs - (lastMs('video') - (sent.videoMs.at(-1) ?? 0))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
