import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { asUser, type Site, startSite } from '../../test/support/http-site.ts'
import { Secret, ViblyError } from '../base/index.ts'
import { createIdentify } from './index.ts'

const SHORT = { headersMsMax: 300, requestMsMax: 600, stallMsMax: 600 }
const BROADCAST = 'abcdefghij0123456789'

test('[W17] every answer carries the headers that keep pages safe', async (context) => {
  const site = await startSite(context, { options: { publicOrigin: 'https://live.example.org' } })
  const { token } = await site.signUp('alice')
  const paths = [
    '/',
    '/alice',
    '/nobody',
    '/studio',
    '/assets/index-abc123.js',
    '/favicon.svg',
    '/nothing/here',
    '/healthz',
    '/readyz',
    '/metrics',
    '/api/me',
    '/api/channels',
    '/api/channels/nobody',
    '/api/nothing',
    '/api/openapi.json',
    '/api/%zz',
    '/api/auth/login',
    '/api/server',
  ]
  const csp =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
  for (const path of paths) {
    const { headers } = await fetch(site.url + path, { headers: asUser(token) })
    assert.equal(headers.get('content-security-policy'), csp, path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'strict-origin-when-cross-origin', path)
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\).*microphone=\(\)/, path)
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path)
    assert.equal(headers.get('strict-transport-security'), 'max-age=31536000', path)
    assert.equal(headers.get('x-powered-by'), null, path)
  }
  for (const path of ['/live/x', '/media/x', `/media/${BROADCAST}/index.m3u8`]) {
    const { headers, status } = await fetch(site.url + path)
    assert.equal(status, 404, path)
    const mediaCsp = "default-src 'none'; frame-ancestors 'none'"
    assert.equal(headers.get('content-security-policy'), mediaCsp, path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path)
    assert.equal(headers.get('strict-transport-security'), 'max-age=31536000', path)
  }
  for (const bytes of [
    'NONSENSE / HTTP/1.1\r\n\r\n',
    `GET / HTTP/1.1\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`,
  ]) {
    assert.match(await site.raw(bytes), /x-content-type-options: nosniff/)
  }
})

test('[W17] HSTS is not promised where there is no TLS', async (context) => {
  const site = await startSite(context)
  const { headers } = await fetch(site.url)
  assert.equal(headers.get('strict-transport-security'), null)
})

test('[W26] [W27] what cannot be read as a request is refused by its reason', async (context) => {
  const site = await startSite(context)
  const rows = [
    ['BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['get / HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['GET / HTTP/9.9\r\nHost: x\r\n\r\n', 400],
    ['GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n', 200],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400],
    ['CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
    ['GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 405],
    // Two ways to say where the body ends: RFC 9112 §6.3.
    [
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET',
      400,
    ],
    ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 400],
    ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n', 400],
    // What is no host: RFC 9112 §3.2.
    ...['a b', 'a/b', 'a@b', 'x"><script>', '[::1', 'a:b'].map(
      (host) => [`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400] as const,
    ),
    ...['', 'a', 'a.example:8080', '[::1]:80', '192.0.2.1:'].map(
      (host) => [`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 200] as const,
    ),
    ['GET * HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 204],
  ] as const
  for (const [bytes, status] of rows) {
    assert.match(await site.raw(bytes), new RegExp(`^HTTP/1\\.1 ${status}`), bytes.slice(0, 60))
  }
})

test('[W27] answers come in the order of the requests, a refusal and an upgrade too', async (context) => {
  const { promise: allAsked, resolve: answer } = Promise.withResolvers<void>()
  let askedCount = 0
  const site = await startSite(context, {
    media: {
      playlist: async () => {
        askedCount += 1
        if (askedCount === rows.length) answer()
        await allAsked
        return { kind: 'playlist', text: '#EXTM3U\n', isFinal: false, isMet: true }
      },
    },
  })
  site.http.server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Taken\r\n\r\n'))
  const slow = `GET /media/${BROADCAST}/index.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n`
  const quick = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'
  const login = 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  const upgrade =
    'GET /ws/chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'
  const rows = [
    [`${slow}BREW /pot HTTP/1.1\r\n\r\n`, '200 405'],
    [`${slow}${quick}nonsense\r\n\r\n${'x'.repeat(100_000)}`, '200 200 405'],
    [`${slow}GET / HTTP/1.1\r\nBad Header: 1\r\n\r\n`, '200 400'],
    [`${slow}${login}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, '200 400'],
    [`${slow}CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n`, '200 405'],
    [`${slow}${upgrade}`, '200 404'],
  ] as const
  const asked = rows.map(([bytes]) => site.raw(bytes, 5000))
  for (const [index, [bytes, statuses]] of rows.entries()) {
    const told = [...((await asked[index]) ?? '').matchAll(/HTTP\/1\.1 (\d+)/g)]
    assert.equal(told.map(([, status]) => status).join(' '), statuses, bytes.slice(80, 160))
  }
})

test('[W27] OPTIONS tells what an address takes, and lets no other origin in', async (context) => {
  const site = await startSite(context)
  for (const [path, allow] of [
    ['/', 'GET, HEAD, OPTIONS'],
    ['/studio', 'GET, HEAD, OPTIONS'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
    ['/api/me', 'GET, HEAD, PATCH, OPTIONS'],
    ['/api/auth/login', 'POST, OPTIONS'],
  ] as const) {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
    const response = await fetch(site.url + path, { method: 'OPTIONS', headers })
    assert.equal(response.status, 204, path)
    assert.equal(response.headers.get('allow'), allow, path)
    assert.equal(response.headers.get('access-control-allow-origin'), null, path)
  }
  assert.equal((await fetch(`${site.url}/api/nothing`, { method: 'OPTIONS' })).status, 404)
})

test('what no cache may keep says so', async (context) => {
  const site = await startSite(context)
  for (const path of [
    '/healthz',
    '/readyz',
    '/metrics',
    '/api/channels',
    '/nothing/here',
    '/%zz',
  ]) {
    const response = await fetch(site.url + path)
    assert.equal(response.headers.get('cache-control'), 'no-store', path)
    await response.arrayBuffer()
  }
})

test('an address in absolute form, as to a proxy, is the same address', async (context) => {
  const site = await startSite(context)
  for (const address of ['/healthz', '/media/x', '/api/channels?limit=1', '?q=x']) {
    const [origin, absolute] = await Promise.all(
      [address.replace(/^[?]/, '/?'), `http://x${address}`].map((form) =>
        site.raw(`GET ${form} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      ),
    )
    const told = (answer = '') => [answer.split('\r\n', 1)[0], answer.split('\r\n\r\n')[1]?.length]
    assert.deepEqual(told(absolute), told(origin), address)
  }
})

test('[W26] headers and bodies that do not come are given up on', async (context) => {
  const patience = { ...SHORT, stallMsMax: 10_000 }
  const site = await startSite(context, { options: { patience } })
  const rows = [
    'GET / HTTP/1.1\r\nHost: x\r\n',
    'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
  ]
  for (const bytes of rows) assert.match(await site.raw(bytes, 5000), /^HTTP\/1\.1 408/)
})

test('[W26] a connection that says nothing is let go', async (context) => {
  const site = await startSite(context, { options: { patience: SHORT } })
  const silent = connect(site.http.port, '127.0.0.1')
  silent.resume()
  await once(silent, 'close')
})

test('[W26] headers that come a byte at a time are given up on too', async (context) => {
  const site = await startSite(context, { options: { patience: SHORT } })
  const socket = connect(site.http.port, '127.0.0.1')
  socket.on('error', () => undefined)
  const drip = setInterval(() => socket.write('X'), 50)
  context.after(() => clearInterval(drip))
  socket.resume()
  await once(socket, 'close')
})

test('[W26] a reader that takes nothing is cut, others are served meanwhile', async (context) => {
  const big = Buffer.alloc(32 * 1024 * 1024)
  const site = await startSite(context, {
    options: { patience: SHORT },
    media: { segment: () => big },
  })
  const socket = connect(site.http.port, '127.0.0.1')
  // Never read, so the kernel's buffers fill; only the server can end this.
  socket.pause()
  socket.on('error', () => undefined)
  socket.write(`GET /media/${BROADCAST}/720p/1.ts HTTP/1.1\r\nHost: x\r\n\r\n`)
  await once(site.http.server, 'request')
  assert.equal((await fetch(`${site.url}/healthz`)).status, 200)
  await untilConnections(site, (count) => count <= 1)
  socket.destroy()
})

test('an upgrade is for the chat alone, and only when a chat server listens', async (context) => {
  const site = await startSite(context)
  const upgrade = (path: string) =>
    site.raw(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
  assert.match(await upgrade('/ws/chat?channelID=x'), /^HTTP\/1\.1 404/)
  site.http.server.on('upgrade', (request, socket) => {
    if (request.url?.startsWith('/ws/chat') === true) socket.end('HTTP/1.1 101 Taken\r\n\r\n')
  })
  assert.match(await upgrade('/ws/chat?channelID=x'), /^HTTP\/1\.1 101 Taken/)
  for (const path of ['/ws/chat/', '/ws/other', '/media/x']) {
    assert.match(await upgrade(path), /^HTTP\/1\.1 404/, path)
  }
  const twoHosts = '/ws/chat HTTP/1.1\r\nHost: y\r\nX: '
  assert.match(await upgrade(twoHosts), /^HTTP\/1\.1 400/, 'which site it is for is not clear')
})

test('an offer of HTTP/2, as curl and Java make with each request, is no obstacle', async (context) => {
  const site = await startSite(context)
  site.http.server.on('upgrade', (_, socket) => socket.destroy())
  for (const path of ['/healthz', '/ws/chat']) {
    const answer = await site.raw(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n` +
        'HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    )
    assert.match(answer, path === '/healthz' ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 404/, path)
  }
})

test('[W30] the cookie on an upgrade counts only from our own page, a token from anywhere', async (context) => {
  const site = await startSite(context)
  const { token, user } = await site.signUp('alice')
  const identify = createIdentify(site.accounts, { publicOrigin: 'https://live.example.org' })
  const ask = async (headers: Record<string, string>) => {
    const { IncomingMessage } = await import('node:http')
    const { Socket } = await import('node:net')
    const request = new IncomingMessage(new Socket())
    Object.assign(request.headers, headers)
    try {
      return (await identify(request))?.userId ?? null
    } catch (thrown) {
      return thrown instanceof ViblyError ? thrown.code : assert.fail(String(thrown))
    }
  }
  const cookie = `__Host-vibly_access=${token}`
  const rows = [
    [{ cookie, origin: 'https://live.example.org' }, user.id],
    [{ cookie, origin: 'https://evil.example' }, 'http.foreign-origin'],
    [{ cookie, origin: 'null' }, 'http.foreign-origin'],
    [{ cookie, origin: 'https://live.example.org.evil.example' }, 'http.foreign-origin'],
    [{ cookie }, 'http.foreign-origin'],
    [{ authorization: `Bearer ${token}`, origin: 'https://evil.example' }, user.id],
    [{ authorization: `Bearer ${token}` }, user.id],
    [{ authorization: 'Bearer x' }, 'accounts.unauthenticated'],
    [{ origin: 'https://evil.example' }, null],
    [{}, null],
  ] as const
  for (const [headers, expected] of rows) {
    assert.equal(await ask(headers), expected, JSON.stringify(Object.keys(headers)))
  }
})

test('ready means that nothing is missing', async (context) => {
  const faults: string[] = []
  const site = await startSite(context, { deps: { findFaults: async () => faults } })
  assert.equal((await fetch(`${site.url}/readyz`)).status, 200)
  faults.push('storage cannot be written')
  const response = await fetch(`${site.url}/readyz`)
  assert.equal(response.status, 503)
  assert.match(await response.text(), /storage cannot be written/)
  assert.equal((await fetch(`${site.url}/healthz`)).status, 200)
})

test('[W29] figures are for this machine and for who has the token', async (context) => {
  const gauges = [{ name: 'vibly_broadcasts', help: 'Broadcasts on air', read: () => 3 }]
  const options = { metricsToken: new Secret('open-sesame-figures') }
  const site = await startSite(context, { deps: { gauges }, options })
  const rows: readonly (readonly [Record<string, string>, number])[] = [
    [{}, 200],
    [{ authorization: 'Bearer open-sesame-figures' }, 200],
    [{ authorization: 'Bearer open-sesame-figures', 'x-forwarded-for': '192.0.2.1' }, 200],
    [{ authorization: 'Bearer wrong' }, 403],
    [{ authorization: 'Bearer ' }, 403],
    [{ 'x-forwarded-for': '192.0.2.1' }, 403],
    [{ 'x-forwarded-for': '127.0.0.1' }, 403],
    [{ forwarded: 'for=127.0.0.1' }, 403],
  ]
  for (const [headers, status] of rows) {
    const response = await fetch(`${site.url}/metrics`, { headers })
    assert.equal(response.status, status, JSON.stringify(headers))
    await response.arrayBuffer()
  }
  const text = await (await fetch(`${site.url}/metrics`)).text()
  assert.match(text, /^vibly_broadcasts 3$/m)
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m)
  assert.match(text, /^process_resident_memory_bytes /m)
})

test('close lets an answer finish, and is done although others hang on', async (context) => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>()
  const site = await startSite(context, {
    media: {
      playlist: async () => {
        await mayAnswer
        return { kind: 'playlist', text: '#EXTM3U\n', isFinal: false, isMet: true }
      },
    },
  })
  const idle = await openSocket(context, site, '')
  const upgraded = await openSocket(context, site, 'GET /ws/chat HTTP/1.1\r\n')
  const asked = fetch(`${site.url}/media/${BROADCAST}/index.m3u8`)
  await once(site.http.server, 'request')
  const closing = site.http.close()
  assert.equal(site.http.close(), closing)
  answer()
  assert.equal(await (await asked).text(), '#EXTM3U\n')
  await closing
  await Promise.all([idle, upgraded].map((socket) => socket.closed || once(socket, 'close')))
  await assert.rejects(fetch(`${site.url}/healthz`))
})

test('a port that is taken is a fault with its name', async (context) => {
  const site = await startSite(context)
  await assert.rejects(
    startSite(context, { options: { port: site.http.port } }),
    (thrown) => thrown instanceof ViblyError && thrown.code === 'http.port-unavailable',
  )
})

async function openSocket(context: TestContext, site: Site, bytes: string): Promise<Socket> {
  const socket = connect(site.http.port, '127.0.0.1')
  context.after(() => socket.destroy())
  socket.on('error', () => undefined)
  socket.resume()
  await once(socket, 'connect')
  socket.write(bytes)
  return socket
}

/** Waits until the server's own count of connections is as told; the test's time limit ends it. */
async function untilConnections(site: Site, isEnough: (count: number) => boolean): Promise<void> {
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<number>()
    site.http.server.getConnections((_, count) => resolve(count))
    if (isEnough(await promise)) return
    await delay(50)
  }
}
