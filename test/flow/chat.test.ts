import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ChatClient, messagesOf, type ServerFrame } from '../support/chat-client.ts'
import { CHANNEL, openChatSite } from '../support/chat-site.ts'

const OWNER = 'channel-1.owner'
const ANN = 'ann-00001.s1'
const BOB = 'bob-00001.s2'

/** Without rates, so that a test may talk as fast as the disk takes it. */
const FAST = {
  chat: { limits: 'off' },
  server: { limits: 'off', commandsWaitingMax: 1000 },
} as const

test('the first frame is the history, then the stream; a message is stored, seen by all, acknowledged', async (context) => {
  const site = await openChatSite(context)
  const reader = await ChatClient.join(site.port)
  const ann = await ChatClient.join(site.port, { token: ANN })
  const { epoch, ...history } = reader.history
  ok(typeof epoch === 'string' && epoch.length >= 8)
  deepEqual(history, {
    type: 'history',
    channel_id: 'channel-1',
    last_seq: 0,
    recovered: false,
    messages: [],
  })
  equal(reader.frames[1]?.type, 'stream')
  equal(reader.frames[1]?.['status'], 'offline')

  const ack = await ann.say('Hello @Bob, /me waves 👋')
  equal(ack.type, 'ack')
  equal(ack.seq, 1)
  equal(ack['durable'], true)
  const seen = await reader.wait(({ type }) => type === 'message')
  const { id, created_at, nonce, sum, ...rest } = seen
  equal(id, ack.id)
  ok(typeof created_at === 'string' && Math.abs(Date.parse(created_at) - Date.now()) < 10_000)
  equal(nonce, ack.nonce)
  ok(typeof sum === 'string')
  deepEqual(rest, {
    type: 'message',
    seq: 1,
    channel_id: 'channel-1',
    parent_id: null,
    thread_id: null,
    parent: null,
    content: 'Hello @Bob, /me waves 👋',
    mentions: ['bob'],
    user: { id: 'ann-00001', username: 'ann', display_name: 'ANN', roles: [] },
  })
  const stored = JSON.parse(await readFile(join(site.directory, 'chat_channel-1.json'), 'utf8'))
  deepEqual(stored.at(-1), seen, 'what is sent is what stands on disk')
})

test('the same nonce gives the first record again, at once, after a while and after a restart', async (context) => {
  const site = await openChatSite(context)
  const ann = await ChatClient.join(site.port, { token: ANN })
  const twice = [ann.say('once', { nonce: 'n-1' }), ann.say('once', { nonce: 'n-1' })]
  const [first, second] = await Promise.all(twice)
  equal(second?.id, first?.id)
  equal((await ann.say('another text', { nonce: 'n-1' })).id, first?.id)
  const bob = await ChatClient.join(site.port, { token: BOB })
  notEqual((await bob.say('once', { nonce: 'n-1' })).id, first?.id, 'a nonce is its user’s own')

  const again = await site.restart()
  const later = await ChatClient.join(again.port, { token: ANN })
  deepEqual((await later.say('once', { nonce: 'n-1' })).seq, first?.seq)
  equal(messagesOf(later.history).length, 2)
})

test('without a position the last 50 come; with one exactly what was missed, or the truth that it cannot', async (context) => {
  const site = await openChatSite(context, {
    ...FAST,
    chat: { limits: 'off', entriesInMemoryMax: 100, resumeEntriesMax: 150 },
  })
  const ann = await ChatClient.join(site.port, { token: ANN })
  for (let n = 1; n <= 300; n += 1) await ann.say(`message ${n}`)
  const fresh = await ChatClient.join(site.port)
  deepEqual(messagesOf(fresh.history).map(seqOf), range(251, 300))
  const epoch = String(fresh.history['epoch'])

  for (const restart of [false, true]) {
    const { port } = restart ? await site.restart() : site
    for (const [since, epochGiven, recovered, expected] of [
      [300, epoch, true, []],
      [299, epoch, true, [300]],
      [201, epoch, true, range(202, 300)],
      [150, epoch, true, range(151, 300)],
      [149, epoch, false, range(251, 300)],
      [0, epoch, false, range(251, 300)],
      [301, epoch, false, range(251, 300)],
      [299, 'other-epoch', false, range(251, 300)],
      [299, '', false, range(251, 300)],
    ] as const) {
      const client = await ChatClient.join(port, { since, epoch: epochGiven })
      equal(client.history['recovered'], recovered, `since ${since}`)
      equal(client.history['last_seq'], 300)
      deepEqual(messagesOf(client.history).map(seqOf), expected, `since ${since}`)
      await client.close()
    }
  }
})

test('whoever joins while others talk sees every message once and in order', async (context) => {
  const site = await openChatSite(context, {
    ...FAST,
    chat: { limits: 'off', entriesInMemoryMax: 40 },
  })
  const ann = await ChatClient.join(site.port, { token: ANN })
  const epoch = String(ann.history['epoch'])
  let isTalking = true
  const talk = (async () => {
    for (let n = 0; n < 400; n += 1) await ann.say(`message ${n}`)
    isTalking = false
  })()
  const clients: ChatClient[] = []
  while (isTalking && clients.length < 150) {
    const since = clients.length % 2 === 0 ? {} : { since: clients.length % 60, epoch }
    clients.push(await ChatClient.join(site.port, since))
  }
  await talk
  for (const client of clients) {
    await client.wait(({ seq, type, ...frame }) => seq === 400 || frame['last_seq'] === 400)
    const seqs = client.messages.map(seqOf)
    deepEqual(seqs, range(seqs[0] ?? 0, 400))
  }
})

test('a reply quotes its parent and joins the thread; a deleted parent shows as deleted everywhere', async (context) => {
  const site = await openChatSite(context)
  const ann = await ChatClient.join(site.port, { token: ANN })
  const bob = await ChatClient.join(site.port, { token: BOB })
  const root = await ann.say(`root ${'x'.repeat(200)}`)
  const reply = await bob.say('reply', { parent_id: root.id })
  const deeper = await ann.say('deeper', { parent_id: reply.id })
  const replyFrame = await ann.wait(({ id }) => id === reply.id)
  const deeperFrame = await ann.wait(({ id, type }) => id === deeper.id && type === 'message')
  deepEqual(replyFrame['parent'], {
    id: root.id,
    user_id: 'ann-00001',
    username: 'ann',
    content: `root ${'x'.repeat(135)}`,
  })
  equal(replyFrame['parent_id'], root.id)
  equal(replyFrame['thread_id'], root.id)
  equal(deeperFrame['parent_id'], reply.id)
  equal(deeperFrame['thread_id'], root.id, 'a reply to a reply joins the root’s thread')

  equal((await ann.ask({ type: 'delete', id: root.id })).type, 'ack')
  const deletion = await bob.wait(({ type }) => type === 'delete')
  equal(deletion['target_id'], root.id)
  equal(deletion['by'], 'ann-00001')
  equal((await bob.say('late reply', { parent_id: root.id })).code, 'chat.parent-missing')
  equal((await bob.say('no reply', { parent_id: 'zzzzzzzz' })).code, 'chat.parent-missing')
  for (const again of [false, true]) {
    const { port } = again ? await site.restart() : site
    const fresh = await ChatClient.join(port)
    const [shownReply, shownDeeper] = messagesOf(fresh.history)
    deepEqual(shownReply?.['parent'], {
      id: root.id,
      user_id: 'ann-00001',
      username: 'ann',
      content: '',
      deleted: true,
    })
    equal(shownDeeper?.id, deeper.id)
    ok(!JSON.stringify(fresh.frames).includes('root xxx'), 'nothing of it leaks')
  }
})

test('what was deleted or purged is in no history, page or resume, and those who have it are told', async (context) => {
  const site = await openChatSite(context, {
    ...FAST,
    chat: { limits: 'off', entriesInMemoryMax: 30 },
  })
  const ann = await ChatClient.join(site.port, { token: ANN })
  const bob = await ChatClient.join(site.port, { token: BOB })
  const owner = await ChatClient.join(site.port, { token: OWNER })
  for (let n = 0; n < 50; n += 1) {
    await ann.say(`from ann ${n}`)
    await bob.say(`from bob ${n}`)
  }
  const epoch = String(ann.history['epoch'])
  equal((await owner.ask({ type: 'delete', user_id: 'bob-00001' })).type, 'ack')
  for (const again of [false, true]) {
    const { port, chat } = again ? await site.restart() : site
    const fresh = await ChatClient.join(port)
    ok(messagesOf(fresh.history).every(({ content }) => content?.startsWith('from ann')))
    const resumed = await ChatClient.join(port, { since: 10, epoch })
    equal(resumed.history['recovered'], true)
    deepEqual(
      messagesOf(resumed.history)
        .map(({ type }) => type)
        .slice(-1),
      ['delete'],
    )
    ok(!JSON.stringify(resumed.frames).includes('from bob'))
    const pages: ServerFrame[] = []
    const room = await chat.room(CHANNEL)
    for (let before = 1000; ; ) {
      const page = (await room.page(before, 20)).map(
        (bytes): ServerFrame => JSON.parse(Buffer.from(bytes).toString()),
      )
      pages.unshift(...page)
      if (page.length === 0) break
      before = page[0]?.seq ?? 0
    }
    equal(pages.length, 50)
    ok(pages.every(({ content }) => content?.startsWith('from ann')))
  }
})

test('a reader that takes nothing is closed with 4008 and resumes without loss', async (context) => {
  const site = await openChatSite(context, FAST)
  const ann = await ChatClient.join(site.port, { token: ANN })
  const slow = await ChatClient.join(site.port, { patienceMs: 20_000 })
  const epoch = String(slow.history['epoch'])
  slow.ws.pause()
  // The kernel takes some megabytes before anybody is behind.
  let count = 0
  const text = '😀'.repeat(490)
  while ((await site.chat.room(CHANNEL)).memberCount > 1 && count < 20_000) {
    const lot = Array.from({ length: 50 }, (_, n) => ann.say(`${count + n} ${text}`))
    count += lot.length
    await Promise.all(lot)
  }
  slow.ws.resume()
  deepEqual(await slow.waitClosed(), { code: 4008, reason: 'chat.slow-consumer' })
  const last = Math.max(...slow.messages.map(seqOf))
  const back = await ChatClient.join(site.port, { since: last, epoch })
  const seqs = [...slow.messages, ...back.messages].map(seqOf)
  equal(back.history['recovered'], true)
  deepEqual(seqs, range(1, count))
})

test('presence tells how many are here, at most once a second; stream and health reach whom they should', async (context) => {
  const site = await openChatSite(context)
  const owner = await ChatClient.join(site.port, { token: OWNER })
  const others = await Promise.all(Array.from({ length: 5 }, () => ChatClient.join(site.port)))
  await owner.wait(({ type, viewers }) => type === 'presence' && viewers === 6)
  ok(owner.frames.filter(({ type }) => type === 'presence').length <= 3)
  const stream = {
    status: 'live',
    broadcast_id: 'broadcast1',
    title: 'hello',
    started_at: null,
  } as const
  site.chat.setStream(CHANNEL, stream)
  site.chat.tellHealth(CHANNEL, { ingest_kbps: 4000 })
  await site.chat.notice(CHANNEL, 'live', 'The broadcast began.')
  for (const client of [owner, ...others]) {
    deepEqual(await client.wait(({ status }) => status === 'live'), { type: 'stream', ...stream })
    await client.wait(({ type, kind }) => type === 'notice' && kind === 'live')
  }
  await owner.wait(({ type }) => type === 'health')
  ok(others.every(({ frames }) => frames.every(({ type }) => type !== 'health')))
  const late = await ChatClient.join(site.port)
  equal(late.frames[1]?.['status'], 'live')
})

test('a restart is told as 1012, and a channel that is none as 4004', async (context) => {
  const site = await openChatSite(context)
  const client = await ChatClient.join(site.port)
  for (const channelId of ['nochannel', 'x', '../../etc', '__proto__', '']) {
    const lost = new ChatClient(site.port, { channelId })
    equal((await lost.waitClosed()).code, 4004, channelId)
  }
  await site.restart()
  deepEqual(await client.waitClosed(), { code: 1012, reason: 'chat.restarting' })
})

function seqOf({ seq }: ServerFrame): number {
  return seq ?? 0
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n)
}
