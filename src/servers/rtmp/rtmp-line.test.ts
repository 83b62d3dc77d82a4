import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { RtmpPublisher } from '../../../test/support/rtmp-publisher.ts'
import { frame, startRig } from '../../../test/support/rtmp-rig.ts'
import { TcpProxy } from '../../../test/support/tcp-proxy.ts'

test('[R28] a machine that lost its power is given up, and its streamer can come back before that', async () => {
  const rig = await startRig({ pingIntervalMs: 50, silenceMsMax: 300 })
  const proxy = await TcpProxy.open(rig.port)
  const publisher = await RtmpPublisher.publish(proxy.port, 'good')
  await publisher.send(frame(0))
  await rig.broadcasts[0]?.until(1)
  proxy.abandon()
  await publisher.closed
  const again = await RtmpPublisher.publish(rig.port, 'good')
  assert.deepEqual(rig.broadcasts[0]?.ended, [])
  await rig.broadcasts[0]?.until('ended')
  assert.deepEqual(rig.broadcasts[0]?.ended, ['lost'])
  assert.ok(rig.lines.some((line) => line.code === 'rtmp.peer-silent'))
  await again.stop()
  await proxy.close()
})

test('[R28] a line that stands still for less than that loses nothing', async () => {
  const rig = await startRig({ pingIntervalMs: 50, silenceMsMax: 10_000 })
  const proxy = await TcpProxy.open(rig.port)
  const publisher = await RtmpPublisher.publish(proxy.port, 'good')
  await publisher.send(frame(0))
  await rig.broadcasts[0]?.until(1)
  proxy.stall()
  for (let index = 1; index < 100; index += 1) await publisher.send(frame(index))
  void publisher.stop()
  await delay(100)
  assert.equal(rig.broadcasts[0]?.media.length, 1)
  proxy.resume()
  await rig.broadcasts[0]?.until('ended')
  assert.deepEqual(rig.broadcasts[0]?.ended, ['stopped'])
  assert.deepEqual(
    rig.broadcasts[0]?.media.map(({ timestampMs }) => timestampMs),
    Array.from({ length: 100 }, (_, index) => index),
  )
  await proxy.close()
})

for (const how of ['finish', 'reset'] as const) {
  test(`[R28] [R35] a line that breaks (${how}) is a loss, of which all that came before is kept`, async () => {
    const rig = await startRig()
    const proxy = await TcpProxy.open(rig.port)
    const publisher = await RtmpPublisher.publish(proxy.port, 'good')
    for (let index = 0; index < 20; index += 1) await publisher.send(frame(index))
    await rig.broadcasts[0]?.until(20)
    proxy[how]()
    await rig.broadcasts[0]?.until('ended')
    assert.deepEqual(rig.broadcasts[0]?.ended, ['lost'])
    await proxy.close()
  })
}
