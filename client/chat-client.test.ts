import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message, startChatClient } from '../test/support/chat-world.ts'
import type { ChatError } from './chat-outbox.ts'

test('a lost acknowledgement: the message is in what was missed and is not sent again', async () => {
  const { client, world, shown } = startChatClient()
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
  const { client, world, shown } = startChatClient()
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
  const { client, world } = startChatClient()
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
  const { client, world } = startChatClient()
  world.history({})
  const said = assert.rejects(client.say('hello'), { code: 'client.unconfirmed' })
  world.events.onClose(1006)
  for (let at = 0; at < 10; at += 1) world.advance(30_000, 'refuse')
  world.history({ recovered: true })
  await said
  assert.equal(world.sent.length, 1)
})

test('written without a connection: sent in order when there is one, at most 20', async () => {
  const { client, world } = startChatClient()
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
  const { client, world, events } = startChatClient()
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
  const { world, shown, events } = startChatClient()
  world.history({ messages: [message(3), message(5)], lastSeq: 6 })
  for (const seq of [5, 3, 6, 9, 9, 7, 12]) world.receive(message(seq))
  assert.deepEqual(shown(), [3, 5, 9, 12])
  assert.deepEqual(
    events.record.map(({ seq }) => seq),
    [9, 12],
  )
})

test('a gap: what was missed is told record by record, deletions too', () => {
  const { world, shown, events } = startChatClient()
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
    const { world, shown, events } = startChatClient()
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
    const { client, world, shown } = startChatClient()
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

test('commands are not repeated on another connection', async () => {
  const { client, world } = startChatClient()
  await assert.rejects(client.command({ type: 'unban', user_id: 'u' }), { code: 'client.offline' })
  world.history({})
  const done = client.command({ type: 'ban', user_id: 'u', duration_s: 60 })
  const lost = client.command({ type: 'delete', id: 'm1' })
  world.receive({ type: 'ack', nonce: world.sentNonces[0], durable: true })
  assert.equal(await done, null)
  world.events.onClose(1006)
  await assert.rejects(lost, { code: 'client.unconfirmed' })
})

test('no frame of a server brings the client down', () => {
  const { client, world } = startChatClient()
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
  const { world, shown } = startChatClient({ linesMax: 3 })
  world.history({})
  for (let seq = 1; seq <= 50; seq += 1) world.receive(message(seq))
  assert.deepEqual(shown(), [48, 49, 50])
})
