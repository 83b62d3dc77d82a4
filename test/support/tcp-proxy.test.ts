import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { suite, test } from 'node:test'
import { TcpProxy } from './tcp-proxy.ts'

/** A server that sends back what it gets, a client of it, and the line between them. */
async function connected() {
  const accepted: Socket[] = []
  const ends: string[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket)
    socket.on('data', (bytes) => socket.write(bytes))
    socket.on('end', () => ends.push('fin'))
    socket.on('error', () => ends.push('rst'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const proxy = await TcpProxy.open(address.port)
  const client = createConnection({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => undefined)
  await once(client, 'connect')
  return {
    proxy,
    client,
    accepted,
    ends,
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      await proxy.close()
      for (const socket of accepted) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** As `once`, but an error is no failure: here connections break on purpose. */
async function when(socket: Socket | undefined, event: 'data' | 'end' | 'close'): Promise<void> {
  await new Promise<void>((resolve) => (socket ?? assert.fail()).once(event, () => resolve()))
}

async function echo(client: Socket, text: string): Promise<void> {
  client.write(text)
  let back = ''
  while (back.length < text.length) back += String((await once(client, 'data'))[0])
  assert.equal(back, text)
}

/** Bounded by the machine's timers, not by its speed. */
async function nothingComes(client: Socket, durationMs: number): Promise<void> {
  const seen: unknown[] = []
  const note = () => seen.push('something came')
  for (const event of ['data', 'end', 'close']) client.on(event, note)
  await new Promise((resolve) => setTimeout(resolve, durationMs))
  for (const event of ['data', 'end', 'close']) client.off(event, note)
  assert.deepEqual(seen, [])
}

suite('the bad line', () => {
  test('is a perfect one until told otherwise, whatever goes over it', async () => {
    await using rig = await connected()
    await echo(rig.client, 'a'.repeat(3_000_000))
    assert.equal(rig.proxy.carriedBytes('to-server'), 3_000_000)
    assert.equal(rig.proxy.carriedBytes('to-client'), 3_000_000)
    const ended = when(rig.accepted[0], 'end')
    rig.client.end()
    await ended
    const back = once(rig.client, 'data')
    rig.accepted[0]?.write('a FIN closes one direction only')
    assert.equal(String((await back)[0]), 'a FIN closes one direction only')
  })

  test('delays both ways, in order', async () => {
    await using rig = await connected()
    rig.proxy.setConditions({ delayMs: 100 })
    const startMs = performance.now()
    await echo(rig.client, 'there and back')
    assert.ok(performance.now() - startMs >= 199)
  })

  test('carries no more than it has room for', async () => {
    await using rig = await connected()
    rig.proxy.setConditions({ bytesPerSecondMax: 100_000 })
    const startMs = performance.now()
    await echo(rig.client, 'b'.repeat(40_000))
    assert.ok(performance.now() - startMs >= 390)
  })

  test('stalls without losing anything, the end of the connection included', async () => {
    await using rig = await connected()
    await echo(rig.client, 'before')
    rig.proxy.stall()
    rig.client.write('meanwhile')
    await nothingComes(rig.client, 50)
    const back = once(rig.client, 'data')
    rig.proxy.resume()
    assert.equal(String((await back)[0]), 'meanwhile')
    rig.proxy.stall()
    rig.client.end()
    await nothingComes(rig.client, 50)
    assert.deepEqual(rig.ends, [])
    const ended = when(rig.accepted[0], 'end')
    rig.proxy.resume()
    await ended
  })

  test('is cut with FIN or RST at both ends, or at the client alone', async () => {
    for (const [how, end] of [
      ['finish', 'fin'],
      ['reset', 'rst'],
    ] as const) {
      await using rig = await connected()
      await echo(rig.client, 'before')
      const event = how === 'finish' ? 'end' : 'close'
      const isOver = [when(rig.client, event), when(rig.accepted[0], event)]
      rig.proxy[how]()
      await Promise.all(isOver)
      assert.deepEqual(rig.ends, [end])
    }
    await using rig = await connected()
    await echo(rig.client, 'before')
    const isOver = when(rig.client, 'close')
    rig.proxy.abandon()
    await isOver
    rig.accepted[0]?.write('is anybody there?')
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(rig.ends, [])
    assert.equal(rig.proxy.connections, 1)
  })

  test('breaks after so many bytes, and lets nobody in while it is down', async () => {
    await using rig = await connected()
    await echo(rig.client, 'before')
    const isOver = when(rig.client, 'close')
    const broken = rig.proxy.resetAfter(100_000)
    for (let n = 0; n < 20; n += 1) rig.client.write('c'.repeat(10_000))
    await Promise.all([broken, isOver])
    rig.proxy.refuseNewcomers()
    const refused = createConnection({ port: rig.proxy.port, host: '127.0.0.1' })
    refused.on('error', () => undefined)
    await when(refused, 'close')
    assert.equal(rig.accepted.length, 1)
    rig.proxy.acceptNewcomers()
    const welcome = createConnection({ port: rig.proxy.port, host: '127.0.0.1' })
    await echo(welcome, 'after')
    welcome.destroy()
  })
})
