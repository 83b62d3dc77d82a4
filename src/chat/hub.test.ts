import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WebSocketServer } from 'ws'
import { FakeClock } from '../../test/support/fake-clock.ts'
import type { FaultCode } from '../base/index.ts'
import { Hub, type Member } from './hub.ts'
import { encodeJsonFrame, encodeTextFrame } from './messages/frame.ts'

const OPTIONS = { batchMs: 25, outboundBytesMax: 1000 }

/** A socket that takes what it is given, or nothing. */
class FakeMember implements Member {
  readonly speaker = null
  readonly taken: string[] = []
  outboundBytes = 0
  closed: FaultCode | null = null
  isReading = true

  send(frames: Uint8Array): void {
    this.taken.push(Buffer.from(frames).toString('latin1'))
    if (!this.isReading) this.outboundBytes += frames.byteLength
  }

  close(code: FaultCode): void {
    this.closed = code
  }

  get text(): string {
    return this.taken.join('')
  }
}

function frame(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

async function settle(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('the first goes out at once, what follows within the batch time in one piece', async () => {
  const clock = new FakeClock()
  const hub = new Hub(clock, OPTIONS, 0)
  const member = new FakeMember()
  hub.add(member, 0)
  hub.publish(1, frame('a'))
  await settle()
  deepEqual(member.taken, ['a'])
  hub.publish(2, frame('b'))
  hub.publish(null, frame('!'))
  hub.publish(3, frame('c'))
  await clock.advance(24)
  deepEqual(member.taken, ['a'])
  await clock.advance(1)
  await settle()
  deepEqual(member.taken, ['a', 'b!c'])
})

test('all see the same order, and who joined in between sees just what came after', async () => {
  const clock = new FakeClock()
  const hub = new Hub(clock, OPTIONS, 0)
  const [first, second] = [new FakeMember(), new FakeMember()]
  hub.add(first, 0)
  hub.publish(1, frame('1'))
  hub.publish(2, frame('2'))
  // Its history went up to 2, although 2 has not been sent yet.
  hub.add(second, 0)
  hub.publish(3, frame('3'))
  hub.publish(null, frame('!'))
  await settle()
  equal(first.text, '123!')
  equal(second.text, '3!')
})

test('who falls behind is closed; a history that was not taken yet is no falling behind', async () => {
  const clock = new FakeClock()
  const hub = new Hub(clock, OPTIONS, 0)
  const [slow, fresh] = [new FakeMember(), new FakeMember()]
  slow.isReading = false
  hub.add(slow, 0)
  fresh.outboundBytes = 5000
  hub.add(fresh, 5000)
  for (let seq = 1; seq <= 12; seq += 1) {
    hub.publish(seq, frame('x'.repeat(100)))
    await clock.advance(25)
    await settle()
  }
  equal(slow.closed, 'chat.slow-consumer')
  equal(slow.text.length, 1100, 'and nothing is sent to it any more')
  equal(fresh.closed, null)
  equal(fresh.text.length, 1200)
  equal(hub.size, 1)
  // Once it has taken its history it is as everyone else.
  fresh.outboundBytes = 0
  hub.publish(13, frame('x'))
  await clock.advance(25)
  await settle()
  fresh.outboundBytes = 1001
  hub.publish(14, frame('x'))
  await clock.advance(25)
  await settle()
  equal(fresh.closed, 'chat.slow-consumer')
})

test('closing sends what waits', async () => {
  const clock = new FakeClock()
  const hub = new Hub(clock, OPTIONS, 0)
  const member = new FakeMember()
  hub.add(member, 0)
  hub.publish(1, frame('a'))
  await settle()
  hub.publish(2, frame('b'))
  await hub.close()
  equal(member.text, 'ab')
})

test('thousands of sockets leave the event loop its turns', async () => {
  const hub = new Hub(new FakeClock(), OPTIONS, 0)
  const members = Array.from({ length: 5000 }, () => new FakeMember())
  for (const member of members) hub.add(member, 0)
  hub.publish(1, frame('a'))
  let turns = 0
  while (members.at(-1)?.text !== 'a') {
    await new Promise((resolve) => setImmediate(resolve))
    turns += 1
  }
  ok(turns >= 9, `${turns} turns`)
  ok(members.every(({ text }) => text === 'a'))
})

test('[C05] whoever joins whenever has every record once, in order', async () => {
  const step = fc.oneof(
    fc.constant('publish' as const),
    fc.constant('join' as const),
    fc.constant('wait' as const),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new FakeClock()
      const hub = new Hub(clock, OPTIONS, 0)
      const joined: { member: FakeMember; from: number }[] = []
      let seq = 0
      for (const one of steps) {
        if (one === 'publish') {
          seq += 1
          hub.publish(seq, frame(`${seq};`))
        } else if (one === 'join') {
          const member = new FakeMember()
          joined.push({ member, from: hub.publishedSeq })
          hub.add(member, 0)
        } else await clock.advance(10)
      }
      await hub.close()
      for (const { member, from } of joined) {
        const expected = Array.from({ length: seq - from }, (_, n) => `${from + 1 + n};`)
        equal(member.text, expected.join(''))
      }
    }),
    { numRuns: 200 },
  )
})

for (const byteCount of [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]) {
  test(`a frame of ${byteCount} bytes is what an outside reader takes it for`, async () => {
    const payload = 'x'.repeat(byteCount)
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
    server.on('connection', (_, request) => {
      request.socket.write(encodeTextFrame(Buffer.from(payload)))
      request.socket.write(encodeJsonFrame({ type: 'ack', nonce: 'Grüße' }))
    })
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const client = new WebSocket(`ws://127.0.0.1:${port}`)
    const received: unknown[] = []
    await new Promise<void>((resolve) => {
      client.addEventListener('message', ({ data }) => {
        received.push(data)
        if (received.length === 2) resolve()
      })
    })
    deepEqual(received, [payload, '{"type":"ack","nonce":"Grüße"}'])
    client.close()
    await new Promise((resolve) => server.close(resolve))
  })
}
