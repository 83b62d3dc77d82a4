import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { healthSchema, type WireHealth } from '../../src/servers/wire.ts'
import { ChatClient } from '../support/chat-client.ts'
import { type Clip, makeClip, type Publisher, publishFile } from '../support/publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

const SMALL = { width: 426, height: 240, frameRate: '30', seconds: 40 } as const
const CLIPS: Readonly<Record<string, Clip>> = {
  good: { ...SMALL, name: 'health-good' },
  bad: { ...SMALL, name: 'health-bad', keyframeFrames: 150, hasAudio: false },
}

let vibly: Vibly
const publishers: Publisher[] = []

before(async () => {
  vibly = await startVibly()
})

after(async () => {
  await Promise.all(publishers.map((publisher) => publisher.kill()))
  await dispose(vibly)
})

async function ask(token: string): Promise<WireHealth> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${vibly.url}/api/me/health`, { headers })
  assert.equal(response.status, 200)
  return healthSchema.parse(await response.json())
}

/** Health with figures in it, when all of `isThere` holds. */
function awaitHealth(streamer: Streamer, isThere: (health: WireHealth) => boolean) {
  return eventually(`the health of ${streamer.username}`, async () => {
    const health = await ask(streamer.token)
    return isThere(health) ? health : null
  })
}

async function goLive(name: 'good' | 'bad') {
  const streamer = await signUp(vibly, `health_${name}`)
  const offline = await ask(streamer.token)
  assert.deepEqual([offline.status, offline.ingest_kbps, offline.renditions], ['offline', 0, []])
  const path = await makeClip(CLIPS[name] ?? assert.fail(name))
  const publisher = publishFile(path, `${vibly.rtmpUrl}/${streamer.streamKey}`)
  publishers.push(publisher)
  return { streamer, publisher }
}

test('[O01] [O02] the owner sees the figures of a real encoder and is told what is wrong with it', async () => {
  const [good, bad] = await Promise.all([goLive('good'), goLive('bad')])
  const port = Number(new URL(vibly.url).port)
  const channelId = good.streamer.id
  const owner = await ChatClient.join(port, { channelId, token: good.streamer.token })
  const other = await ChatClient.join(port, { channelId, token: bad.streamer.token })

  const health = await awaitHealth(
    good.streamer,
    // What a busy machine sends and reads in bursts is counted in bursts.
    ({ renditions, keyframe_interval_s, frame_rate }) =>
      keyframe_interval_s !== null &&
      renditions.some(({ kbps }) => kbps > 0) &&
      Math.abs((frame_rate ?? 0) - 30) < 3,
  )
  const { width, height, keyframe_interval_s, codecs, warnings } = health
  assert.deepEqual([width, height, keyframe_interval_s, warnings], [426, 240, 2, []])
  assert.match(codecs ?? '', /^avc1\.[0-9a-f]{6},mp4a\.40\.2$/)
  assert.ok(health.ingest_kbps > 100 && health.ingest_kbps < 5000, `${health.ingest_kbps} kbit/s`)
  assert.deepEqual(
    health.renditions.map(({ name, copy }) => [name, copy]),
    [['240p', true]],
  )

  const frame = await owner.wait(({ type, width: pixels }) => type === 'health' && pixels === 426)
  assert.equal(healthSchema.parse(frame).status, 'live')
  assert.equal(other.frames.filter(({ type }) => type === 'health').length, 0)

  const told = await awaitHealth(bad.streamer, (now) => now.warnings.length === 2)
  assert.deepEqual(told.warnings, ['ingest.audio-missing', 'ingest.keyframes-far'])

  await good.publisher.kill()
  const cut = await awaitHealth(good.streamer, ({ status }) => status === 'interrupted')
  assert.deepEqual([cut.width, cut.renditions], [426, []])
  await bad.publisher.stop()
  await awaitHealth(bad.streamer, ({ status }) => status === 'offline')
  owner.ws.close()
  other.ws.close()
})
