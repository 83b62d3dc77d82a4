import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { ChatClient } from '../support/chat-client.ts'
import { openChatSite } from '../support/chat-site.ts'

const ANN = 'ann-00001.s1'

test('[W24] what is said is one line of text without control and direction characters', async (context) => {
  const { port } = await openChatSite(context)
  const ann = await ChatClient.join(port, { token: ANN })
  for (const [sent, stored] of [
    ['  two \n\n lines\t ', 'two lines'],
    ['a\u0000b\u0007c\u001b[31md', 'abc[31md'],
    ['evil\u202Etxt.exe\u2066', 'eviltxt.exe'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['e\u0301'.repeat(3), 'é'.repeat(3)],
    [`z${'\u0321'.repeat(300)}`, `z${'\u0321'.repeat(6)}`],
    ['lone \ud800 half', 'lone \ufffd half'],
    ['/me dances', 'dances'],
  ] as const) {
    const ack = await ann.say(sent)
    const { content } = await ann.wait(({ id, type }) => type === 'message' && id === ack.id)
    equal(content, stored, JSON.stringify(sent))
  }
})

test('[W24] a message has 1 to 500 characters that can be seen', async (context) => {
  const { port } = await openChatSite(context, {
    chat: { limits: 'off' },
    server: { limits: 'off' },
  })
  const ann = await ChatClient.join(port, { token: ANN })
  for (const [content, isTaken] of [
    ['x', true],
    ['👍'.repeat(500), true],
    ['x'.repeat(501), false],
    ['', false],
    [' \n\t ', false],
    ['\u200B\u200D\uFEFF', false],
    ['\u202E', false],
    ['\u2800', false],
  ] as const) {
    equal((await ann.say(content)).code ?? 'ack', isTaken ? 'ack' : 'chat.content-invalid')
  }
})

test('[W28] [W31] frames that mean nothing are refused one by one, or end the socket; nothing else happens', async (context) => {
  const { port } = await openChatSite(context, {
    chat: { limits: 'off' },
    server: { limits: 'off' },
  })
  const ann = await ChatClient.join(port, { token: ANN })
  for (const frame of [
    '{}',
    '{"type":"nothing"}',
    '{"type":"__proto__"}',
    '{"type":"message"}',
    '{"type":"message","content":1}',
    '{"type":"message","content":["x"]}',
    '{"type":"message","content":"x","parent_id":"../../etc/passwd"}',
    '{"type":"message","content":"x","nonce":""}',
    `{"type":"message","content":"x","nonce":"${'n'.repeat(65)}"}`,
    `{"type":"message","content":"${'x'.repeat(5000)}"}`,
    '{"type":"delete"}',
    '{"type":"delete","id":5}',
    '{"type":"ban","user_id":"__proto__\\u0000"}',
    '{"__proto__":{"polluted":true},"type":"nothing"}',
    '{"constructor":{"prototype":{"polluted":true}},"type":"nothing"}',
  ]) {
    const from = ann.frames.length
    ann.ws.send(frame)
    const answer = await ann.wait(({ type }) => type === 'error', from)
    ok(String(answer.code).startsWith('chat.'), frame)
  }
  equal(Reflect.get({}, 'polluted'), undefined)
  const kept = await ann.say('still here', { ['__proto__' as string]: { polluted: true } })
  equal(kept.type, 'ack')
  for (const text of ['', 'hello', '[]', 'null', '"x"', '{', '1e999', '[[[[', '\u0000']) {
    const client = await ChatClient.join(port, { token: ANN })
    client.ws.send(text)
    equal((await client.waitClosed()).code, 4001, JSON.stringify(text))
  }
  const binary = await ChatClient.join(port, { token: ANN })
  binary.ws.send(Buffer.from('{"type":"message","content":"x"}'))
  equal((await binary.waitClosed()).code, 4001)
  const reader = await ChatClient.join(port)
  deepEqual(
    reader.messages.map(({ content }) => content),
    ['still here'],
  )
})

test('[W27] an address that gives something twice, or not as a number, is refused by its name', async (context) => {
  const { port } = await openChatSite(context)
  const rows = [
    ['since', '&since=1&since=2'],
    ['since', '&since=-1'],
    ['epoch', '&since=1&epoch=a&epoch=a'],
    ['channelID', '&channelID=channel-1'],
  ] as const
  for (const [name, moreQuery] of rows) {
    const client = new ChatClient(port, { moreQuery })
    equal((await client.waitClosed()).code, 4001, moreQuery)
    match(String(client.frames.at(-1)?.['message']), new RegExp(` ${name} `), moreQuery)
  }
})

test('[W31] large frames, many fragments, floods and raw rubbish close that socket and no other', async (context) => {
  const site = await openChatSite(context)
  const { port } = site
  const reader = await ChatClient.join(port)

  const large = await ChatClient.join(port, { token: ANN })
  large.ws.send('x'.repeat(16 * 1024 + 1))
  equal((await large.waitClosed()).code, 1009)

  const fragments = await ChatClient.join(port, { token: ANN })
  for (let n = 0; n < 200; n += 1) fragments.ws.send('x', { fin: false })
  await fragments.waitClosed()

  const flood = await ChatClient.join(port, { token: ANN })
  for (let n = 0; n < 100; n += 1) flood.send({ type: 'nothing' })
  equal((await flood.waitClosed()).code, 4029)

  const pings = await ChatClient.join(port)
  for (let n = 0; n < 100; n += 1) pings.ws.ping()
  equal((await pings.waitClosed()).code, 4029)

  for (const bytes of [
    Buffer.alloc(1000, 0xff),
    Buffer.from([0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]),
    Buffer.from([0xc1, 0x80, 0, 0, 0, 0]),
    Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]),
  ]) {
    const socket = await rawUpgrade(port)
    socket.write(bytes)
    await closed(socket)
  }
  equal(reader.closed, null)
  await waitFor(() => site.server.size === 1)
})

test('[W30] a page of another site is refused with a cookie; without one it may read', async (context) => {
  const { port } = await openChatSite(context)
  const cookie = `vibly_access=${ANN}`
  const own = `http://127.0.0.1:${port}`
  for (const [origin, isTaken] of [
    [own, true],
    ['http://evil.example', false],
    [`http://127.0.0.1:${port}.evil.example`, false],
    [`${own}@evil.example`, false],
    ['null', false],
    [undefined, false],
    ['', false],
    [`http://127.0.0.1:${port + 1}`, false],
    [`https://127.0.0.1:${port}x`, false],
  ] as const) {
    const headers = { cookie, ...(origin !== undefined && { origin }) }
    const client = new ChatClient(port, { headers })
    if (isTaken) {
      await client.wait(({ type }) => type === 'stream')
      equal((await client.say('hello')).type, 'ack')
    } else equal((await client.waitClosed()).code, 1006, String(origin))
  }
  const reader = await ChatClient.join(port, { headers: { origin: 'http://evil.example' } })
  equal((await reader.say('hello')).code, 'chat.not-signed-in')
  const bearer = await ChatClient.join(port, {
    token: ANN,
    headers: { origin: 'http://evil.example' },
  })
  equal((await bearer.say('a token is no cookie')).type, 'ack')
})

test('[W30] a sign-in that ends closes its sockets within a second; one that is stale is told', async (context) => {
  const site = await openChatSite(context, { server: { revalidateMs: 1000 } })
  const ann = await ChatClient.join(site.port, { token: ANN })
  const bob = await ChatClient.join(site.port, { token: 'bob-00001.s2' })
  const cal = await ChatClient.join(site.port, { token: 'cal-00001.s3' })
  site.endSession('s1', 'ann-00001' as never)
  deepEqual(await ann.waitClosed(), { code: 4401, reason: 'chat.signed-out' })
  // Nobody told, as when a session runs out: the next check finds it.
  site.endSession('s2', 'bob-00001' as never, 'silent')
  equal((await bob.waitClosed()).code, 4401)
  equal((await cal.say('still here')).type, 'ack')

  const stale = new ChatClient(site.port, { token: ANN })
  equal((await stale.waitClosed()).code, 1006)
  const headers = { cookie: `vibly_access=${ANN}`, origin: `http://127.0.0.1:${site.port}` }
  const page = await ChatClient.join(site.port, { headers })
  await page.wait(({ code }) => code === 'accounts.unauthenticated')
  equal((await page.say('hello')).code, 'chat.not-signed-in')
})

test('[W31] a peer that answers no ping is cut', async (context) => {
  const site = await openChatSite(context, { server: { pingMs: 1000 } })
  const socket = await rawUpgrade(site.port)
  const client = await ChatClient.join(site.port)
  equal(site.server.size, 2)
  await closed(socket)
  equal(client.closed, null)
  await waitFor(() => site.server.size === 1)
})

test('[W31] a full server and one that everyone comes back to say when to try again', async (context) => {
  for (const [server, code] of [
    [{ socketsMax: 3 }, 'chat.server-full'],
    [{ acceptsPerSecond: 0.2, acceptBurst: 3 }, 'chat.server-busy'],
  ] as const) {
    const site = await openChatSite(context, { server })
    await Promise.all([0, 1, 2].map(() => ChatClient.join(site.port)))
    const refused = await refusalOf(new ChatClient(site.port))
    equal(refused.status, 503, code)
    equal(refused.retryAfter, code === 'chat.server-full' ? '2' : '5')
    ok(refused.body.includes(code), refused.body)
  }
})

test('[W17] an upgrade that is refused is answered with all headers, what is no handshake too', async (context) => {
  const site = await openChatSite(context)
  const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  for (const [method, rest, status] of [
    ['GET', `${key}Authorization: Bearer x\r\n`, 401],
    ['GET', '', 400],
    ['GET', 'Sec-WebSocket-Version: 1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n', 400],
    ['POST', key, 400],
  ] as const) {
    const socket = connect(site.port, '127.0.0.1')
    socket.write(`${method} /ws/chat?channelID=channel-1 HTTP/1.1\r\n${upgrade}${rest}\r\n`)
    const told = (await socket.toArray()).join('')
    match(told, new RegExp(`^HTTP/1\\.1 ${status} `))
    for (const name of ['content-security-policy', 'x-content-type-options', 'cache-control']) {
      match(told, new RegExp(`\r\n${name}: `), `${status} ${name}`)
    }
    equal(told.includes('www-authenticate: Bearer'), status === 401)
    equal(told.includes('sec-websocket-version: 13'), status === 400)
    match(told, /"error":{"code":"/)
  }
})

test('[W31] one address has so many sockets and no more; others are not concerned', async (context) => {
  const site = await openChatSite(context, { server: { socketsPerAddressMax: 2 } })
  const from = (address: string) =>
    new ChatClient(site.port, { headers: { 'x-forwarded-for': address } })
  const isIn = (client: ChatClient) => client.wait(({ type }) => type === 'stream')
  const [first, second] = [from('203.0.113.5'), from('203.0.113.5')]
  await Promise.all([isIn(first), isIn(second)])
  deepEqual(await from('203.0.113.5').waitClosed(), {
    code: 4029,
    reason: 'chat.too-many-sockets',
  })
  await isIn(from('203.0.113.6'))
  // One household is one visitor, whichever of its IPv6 addresses it takes.
  await Promise.all([isIn(from('2001:db8:1:1::5')), isIn(from('2001:db8:1:1::6'))])
  equal((await from('2001:db8:1:1:9::7').waitClosed()).code, 4029)
  await isIn(from('2001:db8:1:2::5'))
  await first.close()
  await waitFor(() => site.server.size === 5)
  await isIn(from('203.0.113.5'))
})

test('[W31] one address opens so many sockets a second, and says so many messages', async (context) => {
  const site = await openChatSite(context, {
    server: { joinsPerSecond: 0.01, joinBurst: 3 },
    chat: { addressPerSecond: 0.01, addressBurst: 3 },
  })
  const from = (address: string, user: string) =>
    new ChatClient(site.port, { token: user, headers: { 'x-forwarded-for': address } })
  const home = ['ann-00001.s1', 'bob-00001.s2', 'cal-00001.s3'].map((u) => from('203.0.113.5', u))
  for (const client of home) await client.wait(({ type }) => type === 'stream')
  const fourth = from('203.0.113.5', 'dan-00001.s4')
  equal((await fourth.waitClosed()).code, 4029)
  const told = fourth.frames.find(({ type }) => type === 'error')
  ok(Number(told?.['retry_after_ms']) > 1000)
  for (const client of home) equal((await client.say('hello from home')).type, 'ack')
  const limited = await home[0]?.say('one more')
  equal(limited?.code, 'chat.rate-limited')
  ok(Number(limited?.['retry_after_ms']) > 1000)
  const elsewhere = from('203.0.113.6', 'ann-00001.s1')
  await elsewhere.wait(({ type }) => type === 'stream')
  equal((await elsewhere.say('hello from work')).type, 'ack')
})

test('what is sent before the history has come waits for it, in order', async (context) => {
  const { port } = await openChatSite(context)
  // A cold channel: its file is made while the frames are already here.
  const eager = new ChatClient(port, { token: ANN })
  await new Promise((resolve) => eager.ws.once('open', resolve))
  for (const content of ['one', 'two', 'three']) {
    eager.send({ type: 'message', content, nonce: `n-${content}` })
  }
  await eager.wait(({ content }) => content === 'three')
  equal(eager.frames[0]?.type, 'history')
  deepEqual(
    eager.messages.map(({ content }) => content),
    ['one', 'two', 'three'],
  )
  const stranger = new ChatClient(port, { token: ANN, channelId: 'nothing-here' })
  await new Promise((resolve) => stranger.ws.once('open', resolve))
  stranger.send({ type: 'message', content: 'hello?' })
  equal((await stranger.waitClosed()).code, 4004)
})

/** How an upgrade was refused. */
async function refusalOf(client: ChatClient) {
  const { promise, resolve } = Promise.withResolvers<{
    readonly status: number | undefined
    readonly retryAfter: string | undefined
    readonly body: string
  }>()
  client.ws.on('unexpected-response', (request, answer) => {
    const { statusCode: status, headers } = answer
    answer.on('data', (body: Buffer) => {
      resolve({ status, retryAfter: headers['retry-after'], body: body.toString() })
      request.destroy()
    })
  })
  return await promise
}

/** A socket on which the handshake is done, RFC 6455 §4.1, and nothing after it. */
async function rawUpgrade(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.write(
    'GET /ws/chat?channelID=channel-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n' +
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await new Promise((resolve) => socket.once('data', resolve))
  socket.resume()
  return socket
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve))
}

async function waitFor(isDone: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(10_000)
  while (!isDone()) {
    signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
