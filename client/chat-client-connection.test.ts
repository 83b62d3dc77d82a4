import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatWorld, HISTORY, message, startChatClient } from '../test/support/chat-world.ts'
import { ChatClient } from './chat-client.ts'

test('the address names the channel, later also where the client left off', () => {
  const { client, world } = startChatClient()
  assert.equal(world.url, 'ws://chat.test/ws/chat?channelID=channel_1')
  world.history({ messages: [message(3), message(4)], lastSeq: 4 })
  world.events.onClose(1006)
  world.advance(30_000)
  assert.equal(world.url, 'ws://chat.test/ws/chat?channelID=channel_1&since=4&epoch=e1')
  client.close()
  const secure = startChatClient({ server: 'https://chat.test/deep?x=1' })
  assert.equal(secure.world.url, 'wss://chat.test/ws/chat?channelID=channel_1')
})

test('[X18] pauses: the first 0 to 5 s, then doubling, never over 30 s; a good connection starts over', () => {
  const { client, world } = startChatClient()
  world.history({})
  world.events.onClose(1012)
  const pauses: number[] = []
  for (let at = 0; at < 5; at += 1) {
    pauses.push(client.state.phase === 'waiting' ? client.state.pauseMs : -1)
    world.advance(30_000, 'refuse')
  }
  assert.deepEqual(pauses, [4995, 9990, 19980, 29970, 29970])
  world.advance(30_000)
  world.history({ recovered: true })
  world.advance(15_000)
  world.events.onClose(1006)
  assert.deepEqual(client.state, { phase: 'waiting', pauseMs: 4995 })
  const early = startChatClient({ random: 0 })
  early.world.events.onClose(1006)
  assert.deepEqual(early.client.state, { phase: 'waiting', pauseMs: 0 })
})

test('close codes say whether to come back', () => {
  const rows: readonly (readonly [number, 'waiting' | 'refused'])[] = [
    [1000, 'waiting'],
    [1001, 'waiting'],
    [1006, 'waiting'],
    [1011, 'waiting'],
    [1012, 'waiting'],
    [1013, 'waiting'],
    [4008, 'waiting'],
    [4500, 'waiting'],
    [4999, 'waiting'],
    [1002, 'refused'],
    [1008, 'refused'],
    [1009, 'refused'],
    [4000, 'refused'],
    [4001, 'refused'],
    [4004, 'refused'],
    [4029, 'refused'],
    [4401, 'refused'],
    [4499, 'refused'],
  ]
  for (const [code, phase] of rows) {
    const { client, world } = startChatClient()
    world.events.onClose(code)
    assert.equal(client.state.phase, phase, String(code))
  }
})

test('refused: what waits is given back with the reason, and open() tries again', async () => {
  const { client, world } = startChatClient()
  world.history({ messages: [message(1)], lastSeq: 1 })
  const said = client.say('hello')
  world.receive({ type: 'error', code: 'chat.signed-out', message: 'Sign in again.' })
  world.events.onClose(4401)
  await assert.rejects(said, { code: 'chat.signed-out', message: 'Sign in again.' })
  assert.equal(client.state.phase === 'refused' && client.state.error?.code, 'chat.signed-out')
  world.advance(60_000)
  assert.equal(world.opened, 1)
  client.open()
  assert.equal(world.opened, 2)
  assert.match(world.url, /since=1&epoch=e1/)
})

test('a server that never gives a history is left, and one that comes late is not listened to', () => {
  const { client, world, shown } = startChatClient()
  const late = world.events
  world.advance(15_000)
  assert.equal(client.state.phase, 'waiting')
  world.advance(30_000)
  late.onData(JSON.stringify({ ...HISTORY, messages: [message(1)] }))
  late.onClose(4004)
  assert.equal(client.state.phase, 'connecting')
  assert.deepEqual(shown(), [])
})

test('reconnect: at once, with the place where it was; nothing of the old socket counts', () => {
  const { client, world } = startChatClient()
  world.history({ lastSeq: 7 })
  const old = world.events
  client.reconnect()
  assert.match(world.url, /since=7/)
  old.onClose(1006)
  assert.equal(client.state.phase, 'connecting')
  assert.equal(world.closed, 1)
})

test('close: everything that waits is rejected, no timer is left', async () => {
  const { client, world } = startChatClient()
  const said = client.say('hello')
  client.close()
  await assert.rejects(said, { code: 'client.closed' })
  assert.equal(client.state.phase, 'idle')
  assert.equal(world.timers, 0)
})

test('a token is asked for before each connection; failing to get one is a lost connection', async () => {
  let count = 0
  const world = new ChatWorld(0.5)
  const client = new ChatClient({
    server: 'http://chat.test',
    channelId: 'channel_1',
    surroundings: world,
    token: async () => {
      count += 1
      if (count === 1) throw new TypeError('no network')
      return `token ${count}`
    },
  })
  client.open()
  await settled()
  assert.equal(client.state.phase, 'waiting')
  world.advance(5_000)
  await settled()
  assert.equal(world.token, 'token 2')
})

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
