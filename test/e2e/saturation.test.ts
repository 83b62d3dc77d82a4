import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Bystander } from '../support/bystander.ts'
import { writeCalibration } from '../support/calibration.ts'
import { ChildCount, childrenOf } from '../support/children.ts'
import { fetchMaster, renditionNames } from '../support/hls-client.ts'
import { startHogs } from '../support/hogs.ts'
import { type Clip, makeClip } from '../support/publisher.ts'
import { RtmpPublisher } from '../support/rtmp-publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signIn,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const SLOTS = 3
const PUBLISHERS = 20
/** The whole ladder at 0.3 megapixels a frame: 1080p copied, 720p and 480p encoded. */
const TALL: Clip = { name: 'tall', width: 240, height: 1080, frameRate: '15', keyframeFrames: 30 }
/**
 * Pixels a second of its 720p and its 480p; three quarters of what the machine may use for both.
 */
const LADDER_PIXELS = (160 * 720 + 106 * 480) * 15
const MACHINE_PIXELS = LADDER_PIXELS / 0.75 / (7 / 8)

describe('more publishers than there is room for, on a busy machine', () => {
  let vibly: Vibly
  let streamers: readonly Streamer[]
  const publishers: RtmpPublisher[] = []

  before(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'vibly-test-'))
    writeCalibration(dataDir, MACHINE_PIXELS)
    vibly = await startVibly({
      VIBLY_DATA_DIR: dataDir,
      VIBLY_TRANSCODE_SLOTS_MAX: String(SLOTS),
      VIBLY_TRANSCODE_PRESET: 'auto',
    })
    const names = Array.from({ length: PUBLISHERS }, (_, index) => `crowd_${index}`)
    streamers = await Promise.all(names.map((name) => signUp(vibly, name)))
  })

  after(async () => {
    for (const publisher of publishers) publisher.cut()
    await dispose(vibly)
  })

  test('[X20] [R33] FFmpegs are never more than slots, ladders shrink, refusals say why, and everything else is served', async () => {
    const clip = await makeClip(TALL)
    const hogs = startHogs(availableParallelism())
    const watch = new ChildCount(vibly.pid)
    try {
      const answers: string[] = []
      for (const streamer of streamers) answers.push(await publish(streamer, clip))
      assert.deepEqual(
        answers.map((answer) => answer.split(':')[0]),
        streamers.map((_, at) => (at < SLOTS ? 'NetStream.Publish.Start' : 'NetStream.Failed')),
      )
      assert.match(answers[SLOTS] ?? '', /no place for another broadcast \(3 of 3 are taken\)/)
      const live = streamers.slice(0, SLOTS)
      const masters = live.map(({ id }) => `${vibly.url}/live/${id}/index.m3u8`)
      for (const master of masters) {
        await eventually('it is live', () => fetchMaster(master), 60_000)
      }
      // Whoever sends first starts first.
      const made = await Promise.all(masters.map(renditionNames))
      assert.deepEqual(
        made.toSorted((a, b) => b.length - a.length),
        [['1080p', '480p', '720p'], ['1080p', '480p'], ['1080p']],
      )
      const watchers = await Promise.all(masters.map((master) => Bystander.watch(master)))
      await assertServed(live[0])
      await eventually(
        'more of each',
        () => (watchers.every(({ seen }) => seen.segments >= 2) ? true : null),
        60_000,
      )
      for (const watcher of watchers) await watcher.assertUndisturbed()
    } finally {
      await hogs.stop()
      await watch.stop()
    }
    assert.ok(watch.samples > 20, `${watch.samples} samples`)
    assert.equal(watch.most, SLOTS)
    assert.deepEqual(childrenOf(vibly.pid, 'dead'), [])
  })

  /** The answer's code and words; one that may publish goes on until it is cut. */
  async function publish(streamer: Streamer, clip: string): Promise<string> {
    const publisher = await RtmpPublisher.connect(Number(new URL(vibly.rtmpUrl).port))
    publishers.push(publisher)
    const { code, description } = await publisher.publish(streamer.streamKey)
    if (code === 'NetStream.Publish.Start') void publisher.sendFlv(clip, { pace: 'real-time' })
    return `${code}: ${description}`
  }

  async function assertServed(streamer: Streamer | undefined): Promise<void> {
    assert.ok(streamer)
    await signIn(vibly, streamer.username)
    const paths = ['/', `/${streamer.username}`, '/api/channels?live=true', '/healthz', '/readyz']
    for (const path of paths) {
      const response = await fetch(`${vibly.url}${path}`)
      await response.arrayBuffer()
      assert.equal(response.status, 200, path)
    }
    const socket = new WebSocket(
      `${vibly.url.replace('http', 'ws')}/ws/chat?channelID=${streamer.id}`,
    )
    const first = await new Promise<MessageEvent>((resolve, reject) => {
      socket.onmessage = resolve
      socket.onerror = reject
    })
    assert.equal(JSON.parse(String(first.data)).type, 'history')
    socket.close()
  }
})
