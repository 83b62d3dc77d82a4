import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { RtmpPublisher } from '../../../test/support/rtmp-publisher.ts'
import { frame, startRig } from '../../../test/support/rtmp-rig.ts'
import { encodeMessage } from '../../rtmp/index.ts'

const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
})

async function raw(port: number, bytes: Uint8Array | string): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  const pieces: Buffer[] = []
  socket.on('data', (bytes: Buffer) => pieces.push(bytes))
  // `once` of node:events would reject when the server resets the connection, which is fine here.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(pieces).toString('latin1')
}

test('media arrives as sent, and stays valid after the next reads', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.publish(rig.port, 'good')
  const sent = Array.from({ length: 200 }, (_, index) => ({
    kind: index % 3 === 0 ? ('audio' as const) : ('video' as const),
    timestampMs: index * 10,
    payload: Uint8Array.from({ length: 1 + index * 17 }, (__, at) => (index + at) % 256),
  }))
  for (const message of sent) await publisher.send(message)
  await publisher.stop()
  const [broadcast] = rig.broadcasts
  await broadcast?.until('ended')
  assert.deepEqual(broadcast?.ended, ['stopped'])
  const received = broadcast.media.map((message) => ({
    ...message,
    payload: Uint8Array.from(message.payload),
  }))
  assert.deepEqual(received, sent)
  assert.equal(broadcast.request.address, '127.0.0.1')
})

test('[R35] a cut is a loss, told once', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.publish(rig.port, 'good')
  await publisher.send(frame(0))
  const [broadcast] = rig.broadcasts
  await broadcast?.until(1)
  publisher.cut()
  await broadcast?.until('ended')
  await rig.close()
  assert.deepEqual(broadcast?.ended, ['lost'])
})

test('[R32] a wrong key hears BadName and the sentence, and is closed', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.connect(rig.port)
  const answer = await publisher.publish('wrong_key_1234')
  assert.equal(answer.code, 'NetStream.Publish.BadName')
  assert.match(answer.description, /no such account/)
  await publisher.closed
  await rig.close()
  assert.ok(!rig.lines.some((line) => line.text.includes('wrong_key_1234')))
})

test('[R33] a full server says so with another code', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.connect(rig.port)
  const answer = await publisher.publish('full')
  assert.equal(answer.code, 'NetStream.Failed')
  assert.match(answer.description, /at this moment/)
  await publisher.closed
})

test('[R26] the eleventh guess in a minute is not looked at; a good key takes no guess', async () => {
  const rig = await startRig()
  for (let run = 0; run < 12; run += 1) {
    const publisher = await RtmpPublisher.publish(rig.port, 'good')
    await publisher.stop()
  }
  const answers: string[] = []
  for (let run = 0; run < 11; run += 1) {
    const publisher = await RtmpPublisher.connect(rig.port)
    answers.push((await publisher.publish(`guess${run}`)).description)
  }
  assert.equal(answers.filter((text) => text.includes('no such account')).length, 10)
  assert.match(answers.at(-1) ?? '', /Too many wrong/)
  const late = await RtmpPublisher.connect(rig.port)
  assert.match((await late.publish('good')).description, /Too many wrong/)
})

test('without limits on rates guesses are not counted', async () => {
  const rig = await startRig({ limits: 'off' })
  for (let run = 0; run < 15; run += 1) {
    const publisher = await RtmpPublisher.connect(rig.port)
    assert.match((await publisher.publish('guess')).description, /no such account/)
  }
})

test('[R01] HTTP and TLS are told what this is, everything else is closed', async () => {
  const rig = await startRig()
  const http = await readAll(await raw(rig.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
  assert.match(http, /^HTTP\/1\.1 400 .*RTMP/s)
  const tls = await readAll(await raw(rig.port, Uint8Array.of(0x16, 3, 1, 2, 0, 1)))
  assert.equal(Buffer.from(tls, 'latin1').toString('hex'), '15030100020246')
  for (let first = 0; first < 256; first += 1) {
    if (first === 3) continue
    await readAll(await raw(rig.port, Uint8Array.of(first)))
  }
  assert.ok(!rig.lines.some((line) => line.code === 'base.bug'))
})

test('[R20] who does not get on with it is closed, at each step', async () => {
  const short = { handshakeMsMax: 100, connectMsMax: 100, publishMsMax: 100 }
  const rig = await startRig(short)
  await readAll(await raw(rig.port, Uint8Array.of(3)))
  const shaken = await raw(rig.port, new Uint8Array(3073).fill(3))
  await readAll(shaken)
  const idle = await RtmpPublisher.connect(rig.port)
  await idle.closed
  await rig.close()
  const phases = rig.lines.map((line) => /handshake|connecting|connected/.exec(line.text)?.[0])
  assert.deepEqual(phases, ['handshake', 'connecting', 'connected'])
  assert.ok(rig.lines.every((line) => line.code === 'rtmp.too-slow'))
})

test('[R20] hundreds that drip keep no publisher out, and are gone at the deadline', async (t) => {
  const rig = await startRig({ limits: 'off', handshakeMsMax: 3000 })
  const drips = await Promise.all(
    Array.from({ length: 400 }, () => raw(rig.port, Uint8Array.of(3))),
  )
  const dripping = setInterval(() => {
    for (const socket of drips) if (socket.writable) socket.write(Uint8Array.of(0))
  }, 200)
  t.after(() => clearInterval(dripping))
  const publisher = await RtmpPublisher.publish(rig.port, 'good')
  assert.ok(drips.some((socket) => !socket.closed))
  await Promise.all(drips.map((socket) => readAll(socket)))
  await publisher.send(frame(0))
  await rig.broadcasts[0]?.until(1)
  await publisher.stop()
})

test('[R26] one more than the limit: the oldest that does not publish has to go', async () => {
  const rig = await startRig({ connectionsPerAddressMax: 3 })
  const publisher = await RtmpPublisher.publish(rig.port, 'good')
  const oldest = await raw(rig.port, Uint8Array.of(3))
  const newer = await raw(rig.port, Uint8Array.of(3))
  const second = await RtmpPublisher.publish(rig.port, 'good')
  await readAll(oldest)
  assert.equal(newer.closed, false)
  const third = await RtmpPublisher.publish(rig.port, 'good')
  await readAll(newer)
  const refused = await raw(rig.port, Uint8Array.of(3))
  await readAll(refused)
  await publisher.send(frame(0))
  await Promise.all([publisher, second, third].map((one) => one.stop()))
  assert.equal(rig.broadcasts.length, 3)
})

test('a broadcast that is slow stops the reading; nothing is lost when it goes on', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.publish(rig.port, 'good')
  const [broadcast] = rig.broadcasts
  assert.ok(broadcast)
  const gate = Promise.withResolvers<void>()
  broadcast.gate = gate.promise
  const count = 400
  const sending = (async () => {
    for (let index = 0; index < count; index += 1) await publisher.send(frame(index, 50_000))
  })()
  await broadcast.until(1)
  await delay(200)
  assert.equal(broadcast.media.length, 1)
  broadcast.gate = null
  gate.resolve()
  await sending
  await publisher.stop()
  await broadcast.until('ended')
  assert.deepEqual(
    broadcast.media.map((message) => message.timestampMs),
    Array.from({ length: count }, (_, index) => index),
  )
  assert.deepEqual(broadcast.ended, ['stopped'])
})

test('[R28] a close is noticed while the broadcast takes nothing', async () => {
  for (const [frames, how] of [
    [1, 'fin'],
    [1, 'rst'],
    [400, 'rst'],
  ] as const) {
    const rig = await startRig({ pingIntervalMs: 50, lingerMs: 100 })
    const publisher = await RtmpPublisher.publish(rig.port, 'good')
    const [broadcast] = rig.broadcasts
    assert.ok(broadcast)
    broadcast.gate = Promise.withResolvers<void>().promise
    for (let index = 0; index < frames; index += 1) void publisher.send(frame(index, 50_000))
    await broadcast.until(1)
    await delay(50)
    if (how === 'rst') publisher.cut()
    else void publisher.stop()
    await broadcast.until('ended')
    assert.deepEqual(broadcast.ended, ['lost'], `${frames} frames, then ${how}`)
  }
})

test('[R28] a peer that says nothing at all, not even to pings, is given up', async () => {
  const rig = await startRig({ pingIntervalMs: 50, silenceMsMax: 200 })
  const alive = await RtmpPublisher.publish(rig.port, 'good_alive')
  const recorded = await RtmpPublisher.publish(rig.port, 'good_dead')
  recorded.ignorePings()
  const [living, dead] = rig.broadcasts
  await dead?.until('ended')
  assert.deepEqual(dead?.ended, ['lost'])
  assert.deepEqual(living?.ended, [])
  await alive.stop()
  assert.ok(rig.lines.some((line) => line.code === 'rtmp.peer-silent'))
})

test('what live ends, the encoder is told; the connection closes', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.publish(rig.port, 'good')
  rig.broadcasts[0]?.abort('accounts.disabled')
  const status = await publisher.status()
  assert.equal(status.code, 'NetStream.Publish.BadName')
  assert.match(status.description, /disabled/)
  await publisher.closed
  await rig.close()
  assert.deepEqual(rig.broadcasts[0]?.ended, ['lost'])
})

test('a publisher that leaves before its answer ends the broadcast it got', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.connect(rig.port)
  void publisher.publish('good_late')
  await delay(100)
  publisher.cut()
  while (rig.broadcasts.length === 0) await delay(10)
  await rig.broadcasts[0]?.until('ended')
  assert.deepEqual(rig.broadcasts[0]?.ended, ['lost'])
})

test('[R25] garbage of one publisher ends that one, with the reason in the log', async () => {
  const rig = await startRig()
  const healthy = await RtmpPublisher.publish(rig.port, 'good_1')
  const broken = await RtmpPublisher.publish(rig.port, 'good_2')
  broken.write(new Uint8Array(64).fill(0xff))
  const status = await broken.status()
  assert.match(status.description, /chunk stream/)
  await broken.closed
  await healthy.send(frame(0))
  await rig.broadcasts[0]?.until(1)
  await rig.broadcasts[1]?.until('ended')
  assert.deepEqual(rig.broadcasts[1]?.ended, ['lost'])
  await healthy.stop()
  await rig.close()
  assert.ok(rig.lines.some((line) => line.code === 'rtmp.chunk-orphan'))
})

test('[R23] chunks of one byte hold nobody up', async () => {
  const rig = await startRig()
  const attacker = await RtmpPublisher.publish(rig.port, 'good_attacker')
  const other = await RtmpPublisher.publish(rig.port, 'good_other')
  const setSize = {
    type: 1,
    messageStreamId: 0,
    timestampMs: 0,
    payload: Uint8Array.of(0, 0, 0, 1),
  }
  attacker.write(encodeMessage(setSize, 2, 128))
  const payload = new Uint8Array(512 * 1024)
  const wire = encodeMessage({ type: 9, messageStreamId: 1, timestampMs: 0, payload }, 4, 1)
  for (let run = 0; run < 8; run += 1) attacker.write(wire)

  let answered = 0
  const theirs = rig.broadcasts[1]
  const ours = rig.broadcasts[0]
  while ((ours?.media.length ?? 8) < 8) {
    await other.send(frame(answered))
    answered += 1
    await theirs?.until(answered)
  }
  // Were the attacker's 8 MiB worked off at a stretch, next to none would get through meanwhile.
  assert.ok(answered > 20, String(answered))
  attacker.cut()
  await other.stop()
})

test('closing the server tells publishers, and resolves when all are gone', async () => {
  const rig = await startRig()
  const publisher = await RtmpPublisher.publish(rig.port, 'good')
  const idle = await raw(rig.port, Uint8Array.of(3))
  const closing = rig.close()
  assert.match((await publisher.status()).description, /being stopped/)
  await Promise.all([closing, publisher.closed, readAll(idle)])
  assert.deepEqual(rig.broadcasts[0]?.ended, ['lost'])
})

test('a port that is taken is a fault with its number', async () => {
  const rig = await startRig()
  const taken = startRig({ port: rig.port })
  await assert.rejects(taken, { code: 'rtmp.port-unavailable' })
})

const TEST_PICTURE = [
  '-f',
  'lavfi',
  '-i',
  'testsrc=size=160x120:rate=10',
  '-f',
  'lavfi',
  '-i',
  'sine',
]

function ffmpeg(url: string, seconds: number): ChildProcess {
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  const input = ['-hide_banner', '-loglevel', 'error', '-re', ...TEST_PICTURE]
  const args = [...input, '-t', String(seconds), ...encode, '-f', 'flv', url]
  const child = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  return child
}

async function exitOf(
  child: ChildProcess,
): Promise<{ code: unknown; text: string; afterMs: number }> {
  const startMs = performance.now()
  let text = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  const [code] = await once(child, 'close')
  return { code, text, afterMs: performance.now() - startMs }
}

test('FFmpeg publishes; it needs the digests of the handshake to be right', async () => {
  const rig = await startRig()
  const { code, text } = await exitOf(ffmpeg(`rtmp://127.0.0.1:${rig.port}/live/good`, 1))
  assert.equal(code, 0, text)
  const [broadcast] = rig.broadcasts
  await broadcast?.until('ended')
  assert.deepEqual(broadcast?.ended, ['stopped'])
  const kinds = broadcast.media.map((message) => message.kind)
  for (const kind of ['data', 'audio', 'video'] as const) assert.ok(kinds.includes(kind), kind)
  assert.match(broadcast.request.encoder ?? '', /Lavf/)
})

for (const path of ['live/wrong', 'live/', 'other/good', 'live/full']) {
  test(`[R32] FFmpeg gives up /${path} at once, long before its 10 s are sent`, async () => {
    const rig = await startRig()
    const { code, text, afterMs } = await exitOf(ffmpeg(`rtmp://127.0.0.1:${rig.port}/${path}`, 10))
    assert.notEqual(code, 0)
    assert.ok(afterMs < 8000, String(afterMs))
    assert.match(text, /account|stream key|address|moment/)
  })
}

const GSTREAMER_SINKS = ['rtmp2sink', 'rtmpsink'] as const

for (const sink of GSTREAMER_SINKS) {
  const what = sink === 'rtmpsink' ? 'librtmp, which OBS has too,' : 'GStreamer'
  const missing = spawnSync('gst-inspect-1.0', [sink]).status === 0 ? {} : { skip: `no ${sink}` }

  test(`${what} publishes, and hears a refusal`, missing, async () => {
    const rig = await startRig({ pingIntervalMs: 100 })
    const picture =
      'videotestsrc num-buffers=10 is-live=true ! video/x-raw,width=160,framerate=10/1'
    const run = async (key: string) => {
      const address = `location=rtmp://127.0.0.1:${rig.port}/live/${key}`
      const line = `-q ${picture} ! x264enc tune=zerolatency ! flvmux streamable=true ! ${sink} ${address}`
      const child = spawn('gst-launch-1.0', line.split(' '), {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      children.push(child)
      return await exitOf(child)
    }
    const { code, text } = await run('good')
    assert.equal(code, 0, text)
    const [broadcast] = rig.broadcasts
    await broadcast?.until('ended')
    assert.equal(broadcast?.ended[0], 'stopped')
    assert.ok(broadcast.media.filter((message) => message.kind === 'video').length >= 10)
    assert.ok(!rig.lines.some((line) => line.code !== undefined), rig.lines.at(-1)?.text)

    const refused = await run('wrong')
    assert.notEqual(refused.code, 0)
  })
}
