import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatClient, type ChatEvents } from './chat-client.ts'
import type { ChatMessage, ChatRecord, ErrorFrame } from './chat-frames.ts'
import type { ChatError } from './chat-outbox.ts'
import type { ChatSocketEvents, ChatSurroundings } from './chat-surroundings.ts'

test('the address names the channel, later also where the client left off', () => {
  const { client, world } = start()
  assert.equal(world.url, 'ws://chat.test/ws/chat?channelID=channel_1')
  world.history({ messages: [message(3), message(4)], lastSeq: 4 })
  world.events.onClose(1006)
  world.advance(30_000)
  assert.equal(world.url, 'ws://chat.test/ws/chat?channelID=channel_1&since=4&epoch=e1')
  client.close()
  const secure = start({ server: 'https://chat.test/deep?x=1' })
  assert.equal(secure.world.url, 'wss://chat.test/ws/chat?channelID=channel_1')
})

test('a lost acknowledgement: the message is in what was missed and is not sent again', async () => {
  const { client, world, shown } = start()
  world.history({})
  const said = client.say('hello')
  const nonce = world.sentNonces[0]
  assert.ok(nonce)
  world.events.onClose(1006)
  world.advance(30_000)
  world.history({ recovered: true, messages: [message(1, { nonce })], lastSeq: 1 })
  assert.equal((await said)?.seq, 1)
  assert.deepEqual(world.sentNonces, [nonce])
  world.receive({ type: 'ack', nonce, id: 'm1', seq: 1 })
  assert.deepEqual(shown(), [1])
})

test('a lost message: it is sent again with its nonce, after the history, and shown once', async () => {
  const { client, world, shown } = start()
  world.history({})
  const said = client.say('hello', 'm0')
  world.events.onClose(1006)
  world.advance(30_000)
  assert.equal(world.sent.length, 1, 'nothing goes out before the history')
  world.history({ recovered: true })
  assert.deepEqual(world.sent[0], world.sent[1])
  const nonce = world.sentNonces[0] ?? ''
  world.receive(message(1, { nonce }))
  world.receive({ type: 'ack', nonce, id: 'm1', seq: 1 })
  assert.equal((await said)?.id, 'm1')
  assert.deepEqual(shown(), [1])
})

test('an answer that does not come: the connection is taken for dead and the message sent anew', async () => {
  const { client, world } = start()
  world.history({})
  const said = client.say('hello')
  world.advance(20_000)
  assert.equal(client.state.phase, 'waiting')
  world.advance(30_000)
  world.history({ recovered: true })
  assert.equal(world.sent.length, 2)
  world.receive({ type: 'ack', nonce: world.sentNonces[0], id: 'm1', seq: 1 })
  assert.equal((await said)?.id, 'm1')
})

test('a message too old for its nonce is given back, not sent again', async () => {
  const { client, world } = start()
  world.history({})
  const said = assert.rejects(client.say('hello'), { code: 'client.unconfirmed' })
  world.events.onClose(1006)
  for (let at = 0; at < 10; at += 1) world.advance(30_000, 'refuse')
  world.history({ recovered: true })
  await said
  assert.equal(world.sent.length, 1)
})

test('written without a connection: sent in order when there is one, at most 20', async () => {
  const { client, world } = start()
  const said = Array.from({ length: 20 }, (_, n) => client.say(`no ${n}`))
  await assert.rejects(client.say('one more'), { code: 'client.too-many' })
  assert.equal(world.sent.length, 0)
  world.history({})
  assert.deepEqual(
    world.sent.map(({ content }) => content),
    Array.from({ length: 20 }, (_, n) => `no ${n}`),
  )
  world.sentNonces.forEach((nonce, n) => {
    world.receive({ type: 'ack', nonce, id: `m${n}`, seq: n })
  })
  await Promise.all(said)
})

test('a refused message is rejected with the code, the sentence and the time to wait', async () => {
  const { client, world, events } = start()
  world.history({})
  const said = client.say('hello')
  const nonce = world.sentNonces[0] ?? ''
  world.receive({
    type: 'error',
    code: 'chat.slow-mode',
    message: 'Wait.',
    nonce,
    retry_after_ms: 4_000,
  })
  await assert.rejects(said, (error: ChatError) => {
    assert.deepEqual(
      [error.code, error.message, error.retryAfterMs],
      ['chat.slow-mode', 'Wait.', 4000],
    )
    return true
  })
  assert.deepEqual(events.error, [])
  world.receive({ type: 'error', code: 'chat.x', message: 'Of nothing in particular.' })
  assert.equal(events.error.length, 1)
})

test('duplicates and old records change nothing; numbers may be left out', () => {
  const { world, shown, events } = start()
  world.history({ messages: [message(3), message(5)], lastSeq: 6 })
  for (const seq of [5, 3, 6, 9, 9, 7, 12]) world.receive(message(seq))
  assert.deepEqual(shown(), [3, 5, 9, 12])
  assert.deepEqual(
    events.record.map(({ seq }) => seq),
    [9, 12],
  )
})

test('a gap: what was missed is told record by record, deletions too', () => {
  const { world, shown, events } = start()
  world.history({ messages: [message(1), message(2)], lastSeq: 2 })
  world.events.onClose(1012)
  world.advance(30_000)
  const gone = { type: 'delete', id: 'd4', seq: 4, target_id: 'm1' } as const
  world.history({ recovered: true, messages: [message(3), gone], lastSeq: 4 })
  assert.deepEqual(shown(), [2, 3])
  assert.deepEqual(
    events.record.map(({ seq }) => seq),
    [3, 4],
  )
  assert.deepEqual(events.replaced, [{ isFirst: true }])
})

test('not recovered: all that was there is replaced, and the application is told', () => {
  const rows = [
    { name: 'too far back', epoch: 'e1', recovered: false },
    { name: 'another log', epoch: 'e2', recovered: false },
    { name: 'another log that claims to know the old', epoch: 'e2', recovered: true },
  ]
  for (const { name, epoch, recovered } of rows) {
    const { world, shown, events } = start()
    world.history({ messages: [message(8), message(9)], lastSeq: 9 })
    world.events.onClose(1006)
    world.advance(30_000)
    world.history({ epoch, recovered, messages: [message(2)], lastSeq: 2 })
    assert.deepEqual(shown(), [2], name)
    assert.deepEqual(events.replaced, [{ isFirst: true }, { isFirst: false }], name)
    world.receive(message(3))
    assert.deepEqual(shown(), [2, 3], name)
  }
})

test('a deletion takes one message; a ban takes all that a user had said; quotes are emptied', () => {
  const quote = { id: 'm1', user_id: 'eve', username: 'eve', content: 'bad' }
  const rows = [
    { name: 'one', deletion: { target_id: 'm1' }, left: [2, 3, 4], isQuoteGone: true },
    { name: 'all of eve', deletion: { user_id: 'eve' }, left: [3, 4], isQuoteGone: true },
    { name: 'all of ann', deletion: { user_id: 'ann' }, left: [1, 2, 4], isQuoteGone: false },
    { name: 'nobody', deletion: { user_id: 'zoe' }, left: [1, 2, 3, 4], isQuoteGone: false },
  ]
  for (const { name, deletion, left, isQuoteGone } of rows) {
    const { client, world, shown } = start()
    world.history({
      messages: [message(1, { by: 'eve' }), message(2, { by: 'eve' }), message(3, { by: 'ann' })],
      lastSeq: 3,
    })
    world.receive({ ...message(4, { by: 'bob' }), parent_id: 'm1', thread_id: 'm1', parent: quote })
    world.receive({ type: 'delete', id: 'd5', seq: 5, ...deletion })
    assert.deepEqual(shown(), left, name)
    const reply = client.lines.find(({ seq }) => seq === 4)
    assert.ok(reply?.type === 'message')
    assert.deepEqual(
      [reply.parent?.content, reply.parent?.deleted],
      isQuoteGone ? ['', true] : ['bad', undefined],
      name,
    )
    world.receive(message(6, { by: 'eve' }))
    assert.ok(shown().includes(6), `${name}: what is said later is shown`)
  }
})

test('[X18] pauses: the first 0 to 5 s, then doubling, never over 30 s; a good connection starts over', () => {
  const { client, world } = start()
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
  const early = start({ random: 0 })
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
    const { client, world } = start()
    world.events.onClose(code)
    assert.equal(client.state.phase, phase, String(code))
  }
})

test('refused: what waits is given back with the reason, and open() tries again', async () => {
  const { client, world } = start()
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
  const { client, world, shown } = start()
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
  const { client, world } = start()
  world.history({ lastSeq: 7 })
  const old = world.events
  client.reconnect()
  assert.match(world.url, /since=7/)
  old.onClose(1006)
  assert.equal(client.state.phase, 'connecting')
  assert.equal(world.closed, 1)
})

test('commands are not repeated on another connection', async () => {
  const { client, world } = start()
  await assert.rejects(client.command({ type: 'unban', user_id: 'u' }), { code: 'client.offline' })
  world.history({})
  const done = client.command({ type: 'ban', user_id: 'u', duration_s: 60 })
  const lost = client.command({ type: 'delete', id: 'm1' })
  world.receive({ type: 'ack', nonce: world.sentNonces[0], durable: true })
  assert.equal(await done, null)
  world.events.onClose(1006)
  await assert.rejects(lost, { code: 'client.unconfirmed' })
})

test('close: everything that waits is rejected, no timer is left', async () => {
  const { client, world } = start()
  const said = client.say('hello')
  client.close()
  await assert.rejects(said, { code: 'client.closed' })
  assert.equal(client.state.phase, 'idle')
  assert.equal(world.timers, 0)
})

test('no frame of a server brings the client down', () => {
  const { client, world } = start()
  world.history({ messages: [message(1)], lastSeq: 1 })
  const frames: unknown[] = [
    '',
    '{',
    'null',
    '[]',
    '7',
    new Uint8Array(3),
    '{"type":"constructor"}',
    '{"type":"__proto__"}',
    '{"type":"message"}',
    '{"type":"message","id":"x","seq":"9","content":"x","user":{}}',
    '{"type":"message","id":"x","seq":9,"content":"x","user":null}',
    '{"type":"history","epoch":"e1","last_seq":1,"messages":{"length":9}}',
    '{"type":"history","epoch":"e1","last_seq":1,"recovered":true,"messages":[null,7,{"type":"ack"}]}',
    '{"type":"ack","nonce":"nobody"}',
    '{"type":"error"}',
    '{"type":"later","seq":3}',
  ]
  for (const data of frames) world.events.onData(data)
  assert.equal(client.state.phase, 'open')
})

test('lines are kept up to their limit, the latest', () => {
  const { world, shown } = start({ linesMax: 3 })
  world.history({})
  for (let seq = 1; seq <= 50; seq += 1) world.receive(message(seq))
  assert.deepEqual(shown(), [48, 49, 50])
})

test('a token is asked for before each connection; failing to get one is a lost connection', async () => {
  let count = 0
  const world = new World(0.5)
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

const HISTORY = { type: 'history', channel_id: 'channel_1', epoch: 'e1', last_seq: 0 } as const

interface Told {
  readonly record: ChatRecord[]
  readonly replaced: ChatEvents['replaced'][]
  readonly error: ErrorFrame[]
}

function start(options: { server?: string; random?: number; linesMax?: number } = {}) {
  const world = new World(options.random ?? 0.999)
  const client = new ChatClient({
    server: options.server ?? 'http://chat.test',
    channelId: 'channel_1',
    surroundings: world,
    linesMax: options.linesMax ?? 500,
  })
  const events: Told = { record: [], replaced: [], error: [] }
  client.on('record', (event) => events.record.push(event))
  client.on('replaced', (event) => events.replaced.push(event))
  client.on('error', (event) => events.error.push(event))
  client.open()
  return { client, world, events, shown: () => client.lines.map(({ seq }) => seq) }
}

function message(seq: number, facts: { nonce?: string; by?: string } = {}): ChatMessage {
  const id = facts.by ?? 'ann'
  return {
    type: 'message',
    id: `m${seq}`,
    seq,
    channel_id: 'channel_1',
    parent_id: null,
    thread_id: null,
    parent: null,
    content: `text ${seq}`,
    user: { id, username: id, display_name: id, roles: [] },
    created_at: '2026-01-01T00:00:00.000Z',
    ...(facts.nonce !== undefined && { nonce: facts.nonce }),
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A world whose clock is turned by hand and whose sockets are played by the test. */
class World implements ChatSurroundings {
  url = ''
  token: string | null = null
  opened = 0
  closed = 0
  readonly sent: { readonly nonce: string; readonly content?: string }[] = []
  events: ChatSocketEvents = { onOpen() {}, onData() {}, onClose() {} }
  readonly #random: number
  readonly #timers = new Map<number, { readonly run: () => void; readonly atMs: number }>()
  #made = 0
  #nowMs = 0

  constructor(random: number) {
    this.#random = random
  }

  get sentNonces(): readonly string[] {
    return this.sent.map(({ nonce }) => nonce)
  }

  get timers(): number {
    return this.#timers.size
  }

  openSocket: ChatSurroundings['openSocket'] = (url, token, events) => {
    this.url = url
    this.token = token
    this.events = events
    this.opened += 1
    return {
      send: (text) => this.sent.push(JSON.parse(text)),
      close: () => {
        this.closed += 1
      },
    }
  }
  random = () => this.#random
  nowMs = () => this.#nowMs
  createNonce = () => {
    this.#made += 1
    return `nonce_${this.#made}`
  }
  setTimer = (run: () => void, afterMs: number) => {
    this.#made += 1
    const id = this.#made
    this.#timers.set(id, { run, atMs: this.#nowMs + afterMs })
    return () => this.#timers.delete(id)
  }

  /** Turns the clock. `refuse`: connections opened on the way break at once. */
  advance(ms: number, sockets: 'accept' | 'refuse' = 'accept'): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const [id, next] = [...this.#timers].toSorted(([, a], [, b]) => a.atMs - b.atMs).at(0) ?? [
        0,
        null,
      ]
      if (next === null || next.atMs > untilMs) break
      this.#timers.delete(id)
      this.#nowMs = next.atMs
      const { opened } = this
      next.run()
      if (this.opened > opened) {
        // A connection is looked at before it gives up by itself.
        if (sockets === 'refuse') this.events.onClose(1006)
        return
      }
    }
    this.#nowMs = untilMs
  }

  receive(frame: object): void {
    this.events.onData(JSON.stringify(frame))
  }

  history(facts: {
    messages?: readonly ChatRecord[]
    lastSeq?: number
    recovered?: boolean
    epoch?: string
  }): void {
    const { messages = [], lastSeq = 0, recovered = false, epoch = 'e1' } = facts
    this.receive({ ...HISTORY, epoch, last_seq: lastSeq, recovered, messages })
  }
}
