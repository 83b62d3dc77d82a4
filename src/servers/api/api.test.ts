import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { wireError, wireSignIn } from '../../../test/support/http-forms.ts'
import { asUser, PASSWORD, startSite } from '../../../test/support/http-site.ts'
import { userSchema } from '../wire.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

test('sign up, sign in, refresh, sign out, as CONTRACT section 4 says', async (context) => {
  const { url } = await startSite(context)
  const form = { email: 'alice@example.org', username: 'alice', password: PASSWORD }
  const up = await post(`${url}/api/auth/register`, form)
  assert.equal(up.status, 201)
  const first = wireSignIn(await up.json())
  assert.equal(first.user.username, 'alice')
  assert.match(first.stream_key, /^live_[a-z2-7]{26,}$/i)

  const inside = await post(`${url}/api/auth/login`, form)
  assert.equal(inside.status, 200)
  const cookie = cookiesOf(inside)
  assert.match(cookie, /vibly_access=.+; vibly_refresh=.+/)
  assert.equal((await fetch(`${url}/api/me`, { headers: { cookie } })).status, 200)

  const fresh = await fetch(`${url}/api/auth/refresh`, { method: 'POST', headers: { cookie } })
  assert.equal(fresh.status, 200)
  const { token } = wireSignIn(await fresh.json())
  const out = await fetch(`${url}/api/auth/logout`, {
    method: 'POST',
    headers: { cookie: cookiesOf(fresh) },
  })
  assert.equal(out.status, 204)
  assert.match(
    out.headers.getSetCookie().join(),
    /vibly_access=; Max-Age=0.*vibly_refresh=; Max-Age=0/,
  )
  assert.equal((await fetch(`${url}/api/me`, { headers: asUser(token) })).status, 401)
  assert.equal((await fetch(`${url}/api/me`, { headers: asUser(first.token) })).status, 200)
})

test('[W12] who signs out with an access token that has expired ends the session all the same', async (context) => {
  const site = await startSite(context)
  await site.signUp('alice')
  const form = { email: 'alice@example.org', password: PASSWORD }
  const cookie = cookiesOf(await post(`${site.url}/api/auth/login`, form))
  const refresh = cookie.split('; ').find((pair) => pair.startsWith('vibly_refresh=')) ?? ''
  const headers = { cookie: refresh }
  const out = await fetch(`${site.url}/api/auth/logout`, { method: 'POST', headers })
  assert.equal(out.status, 204)
  assert.equal((await fetch(`${site.url}/api/me`, { headers: { cookie } })).status, 401)
})

test('[W16] the API lets no other origin read it', async (context) => {
  const { url } = await startSite(context)
  for (const origin of ['https://evil.example', 'null', url, 'http://localhost']) {
    for (const method of ['GET', 'OPTIONS']) {
      const headers = { origin, 'access-control-request-method': 'GET' }
      const response = await fetch(`${url}/api/channels`, { method, headers })
      assert.equal(response.headers.get('access-control-allow-origin'), null, `${method} ${origin}`)
      await response.arrayBuffer()
    }
  }
})

test('[W15] a change with the cookie needs our own page and JSON', async (context) => {
  const site = await startSite(context)
  await site.signUp('alice')
  const form = { email: 'alice@example.org', password: PASSWORD }
  const cookie = cookiesOf(await post(`${site.url}/api/auth/login`, form))
  const own = { cookie, origin: site.url, ...JSON_TYPE }
  const rows = [
    [own, '{"display_name":"Al"}', 200],
    [{ ...own, 'sec-fetch-site': 'same-origin' }, '{"display_name":"Al"}', 200],
    [{ ...own, 'sec-fetch-site': 'cross-site' }, '{"display_name":"Eve"}', 403],
    [{ ...own, 'sec-fetch-site': 'same-site' }, '{"display_name":"Eve"}', 403],
    [{ ...own, origin: 'https://evil.example' }, '{"display_name":"Eve"}', 403],
    [{ ...own, origin: 'null' }, '{"display_name":"Eve"}', 403],
    [{ ...own, 'content-type': 'text/plain' }, '{"display_name":"Eve"}', 415],
    [{ ...own, 'content-type': 'application/x-www-form-urlencoded' }, 'display_name=Eve', 415],
    [{ ...own, 'content-type': 'multipart/form-data; boundary=x' }, '--x--', 415],
  ] as const
  for (const [headers, body, status] of rows) {
    // Not fetch: it sends headers of its own choice for Origin and Sec-Fetch-Site.
    const answer = await send(site.http.port, 'PATCH', '/api/me', headers, body)
    assert.equal(answer.status, status, JSON.stringify(headers))
  }
  const foreign = { ...own, origin: 'https://evil.example' }
  for (const path of OTHER_SPELLINGS.map((start) => `${start}/me`)) {
    const answer = await send(site.http.port, 'PATCH', path, foreign, '{"display_name":"Eve"}')
    assert.notEqual(answer.status, 200, path)
  }
  const me = await fetch(`${site.url}/api/me`, { headers: { cookie } })
  assert.equal(userSchema.parse(await me.json()).display_name, 'Al')
})

/** Of `/api`, as a router may read it. */
const OTHER_SPELLINGS = ['/%61pi', '/a%70i', '//api', '/./api', '/API', 'http://x/api']

/** Method, path, headers, body; status and code of the answer. */
const FAULTS = [
  ['GET', '/api/nowhere', {}, null, 404, 'http.not-found'],
  ['GET', '/api/%zz', {}, null, 404, 'http.not-found'],
  ['GET', '/api/channels/nobody', {}, null, 404, 'live.channel-not-found'],
  ['GET', '/api/broadcasts/nothing', {}, null, 404, 'live.broadcast-not-found'],
  ['GET', '/api/broadcasts/..%2f..%2fusers.json', {}, null, 404, 'live.broadcast-not-found'],
  ['DELETE', '/api/channels', {}, null, 405, 'http.method-not-allowed'],
  ['PUT', '/api/me', JSON_TYPE, '{}', 405, 'http.method-not-allowed'],
  ['PUT', '/api/me', { 'content-type': 'image/png' }, 'x', 405, 'http.method-not-allowed'],
  ['POST', '/api/nowhere', { 'content-type': 'image/png' }, 'x', 404, 'http.not-found'],
  ['POST', '/no/where/at/all', { 'content-type': 'image/png' }, 'x', 404, 'http.not-found'],
  ['GET', '/api/nowhere', { accept: 'text/html' }, null, 404, 'http.not-found'],
  ['GET', '/api/auth/login', {}, null, 405, 'http.method-not-allowed'],
  ['TRACE', '/api/channels', {}, null, 405, 'http.method-not-allowed'],
  ['PROPFIND', '/alice', {}, null, 405, 'http.method-not-allowed'],
  ['GET', '/api/me', {}, null, 401, 'accounts.unauthenticated'],
  ['GET', '/api/me', { authorization: 'Bearer x.y.z' }, null, 401, 'accounts.unauthenticated'],
  ['POST', '/api/auth/refresh', {}, null, 401, 'accounts.unauthenticated'],
  ['POST', '/api/auth/login', JSON_TYPE, '{"email":', 400, 'http.bad-request'],
  ['POST', '/api/auth/login', JSON_TYPE, '', 400, 'http.invalid'],
  ['POST', '/api/auth/login', JSON_TYPE, '[]', 400, 'http.invalid'],
  ['POST', '/api/auth/login', JSON_TYPE, '{"email":"a@b.c"}', 400, 'http.invalid'],
  ['POST', '/api/auth/login', JSON_TYPE, '{"email":["a@b.c"],"password":"x"}', 400, 'http.invalid'],
  ['POST', '/api/auth/login', { 'content-type': 'text/plain' }, '{}', 415, 'http.media-type'],
  ['POST', '/api/auth/login', JSON_TYPE, 'x'.repeat(64 * 1024 + 1), 413, 'http.body-too-large'],
  ['GET', '/api/channels?limit=0', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?limit=1000', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?limit=0x10', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?limit=1e1', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?limit=', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?q=a&cursor=x', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?limit=1&limit=2', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?cursor=..%2f', {}, null, 400, 'http.invalid'],
  ['GET', '/api/channels?live=true&cursor=x', {}, null, 400, 'http.invalid'],
] as const

test('[W27] [W34] every fault has its status, its code, a sentence and a request id, and no more', async (context) => {
  const site = await startSite(context)
  for (const [method, path, headers, body, status, code] of FAULTS) {
    const answer = await send(site.http.port, method, path, headers, body)
    const name = `${method} ${path} ${body?.slice(0, 40) ?? ''}`
    assert.equal(answer.status, status, name)
    const error = wireError(JSON.parse(answer.body))
    assert.equal(error.code, code, name)
    assert.doesNotMatch(answer.body, /node_modules|\.ts|stack/, name)
    assert.equal(answer.headers['x-request-id'] ?? error.request_id, error.request_id)
    if (status === 405) assert.ok(answer.headers['allow'] !== undefined, name)
    assert.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined, name)
  }
})

test('[W34] a bug is told without its reason, logged with it, and the server goes on', async (context) => {
  const site = await startSite(context, {
    deps: {
      findFaults: async () => {
        throw new TypeError('secret reason in /srv/place')
      },
    },
  })
  const response = await fetch(`${site.url}/readyz`)
  assert.equal(response.status, 500)
  const error = wireError(await response.json())
  assert.equal(error.code, 'base.bug')
  assert.doesNotMatch(error.message, /secret/)
  assert.ok(
    site.lines.some((line) => line.includes('secret reason') && line.includes(error.request_id)),
  )
  assert.equal((await fetch(`${site.url}/healthz`)).status, 200)
})

test('[W34] what fails again and again for one reason is logged some times, another reason too', async (context) => {
  let asked = 0
  const site = await startSite(context, {
    deps: {
      findFaults: async () => {
        asked += 1
        throw new TypeError(asked === 40 ? 'another reason' : 'the same reason')
      },
    },
  })
  for (let count = 1; count <= 40; count += 1) {
    assert.equal((await fetch(`${site.url}/readyz`)).status, 500)
  }
  const countOf = (reason: string) => site.lines.filter((line) => line.includes(reason)).length
  assert.equal(countOf('the same reason'), 5)
  assert.equal(countOf('another reason'), 1)
})

test('[W25] a body that never ends is refused, not collected', async (context) => {
  const site = await startSite(context)
  const answer = await site.raw(
    'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
      `Transfer-Encoding: chunked\r\n\r\n${`fff\r\n${'x'.repeat(0xfff)}\r\n`.repeat(20)}`,
  )
  assert.match(answer, /^HTTP\/1\.1 413/)
})

test('[W28] no body reaches the prototype of anything', async (context) => {
  const site = await startSite(context)
  const { token } = await site.signUp('alice')
  const bodies = [
    '{"__proto__":{"polluted":1},"display_name":"Al"}',
    '{"constructor":{"prototype":{"polluted":1}},"display_name":"Al"}',
    '{"display_name":"Al","settings":{"__proto__":{"polluted":1}}}',
    '{"title":"x","settings":{"constructor":{"prototype":{"polluted":1}}}}',
    '{"\\u005f_proto__":{"polluted":1}}',
  ]
  for (const path of [
    '/api/me',
    '/api/channels/alice',
    '/api/channels/alice?__proto__[polluted]=1',
  ]) {
    for (const body of bodies) {
      const answer = await send(site.http.port, 'PATCH', path, asUser(token), body)
      assert.equal(answer.status, 400, body)
    }
  }
  assert.equal('polluted' in {}, false)
})

test('[W27] fields that are not for the client to set are ignored', async (context) => {
  const site = await startSite(context)
  const alice = await site.signUp('alice')
  const change = {
    display_name: 'Al',
    role: 'admin',
    id: 'aaaaaaaaaaaaaaaaaaaa',
    username: 'root',
    stream_key: 'live_x',
  }
  const response = await fetch(`${site.url}/api/me`, {
    method: 'PATCH',
    headers: asUser(alice.token),
    body: JSON.stringify(change),
  })
  assert.deepEqual(await response.json(), { ...alice.user, display_name: 'Al' })
  const form = {
    email: 'bob@example.org',
    username: 'bob',
    password: PASSWORD,
    role: 'admin',
    id: alice.user.id,
  }
  const bob = wireSignIn(await (await post(`${site.url}/api/auth/register`, form)).json())
  assert.equal(bob.user.role, 'user')
  assert.notEqual(bob.user.id, alice.user.id)
})

test('email and password change only with the current password, one at a time', async (context) => {
  const site = await startSite(context)
  const { token } = await site.signUp('alice')
  const rows = [
    [{ email: 'new@example.org' }, 400],
    [{ email: 'new@example.org', current_password: 'wrong' }, 403],
    [{ email: 'new@example.org', password: 'another-long-one-9', current_password: PASSWORD }, 400],
    [{ email: 'new@example.org', current_password: PASSWORD }, 200],
    [{ password: 'another-long-one-9', current_password: PASSWORD }, 200],
    [{ password: 'another-long-one-8', current_password: PASSWORD }, 403],
  ] as const
  for (const [change, status] of rows) {
    const body = JSON.stringify(change)
    const answer = await fetch(`${site.url}/api/me`, {
      method: 'PATCH',
      headers: asUser(token),
      body,
    })
    assert.equal(answer.status, status, body)
  }
  const login = { email: 'new@example.org', password: 'another-long-one-9' }
  assert.equal((await post(`${site.url}/api/auth/login`, login)).status, 200)
})

test('[W29] the rate is by the socket address, whatever X-Forwarded-For says, and ends by itself', async (context) => {
  const site = await startSite(context, { options: { limits: 'on', requestsPerMinuteMax: 60 } })
  const ask = (address: string) =>
    fetch(`${site.url}/api/channels`, { headers: { 'x-forwarded-for': address } })
  for (let at = 0; at < 60; at += 1) assert.equal((await ask(`192.0.2.${at}`)).status, 200)
  const refused = await ask('192.0.2.99')
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.equal(wireError(await refused.json()).code, 'http.rate-limited')
  for (const path of OTHER_SPELLINGS.map((start) => `${start}/channels`)) {
    const { status } = await send(site.http.port, 'GET', path, {}, '')
    assert.notEqual(status, 200, path)
  }
  assert.equal((await fetch(`${site.url}/healthz`)).status, 200)
  await site.clock.advance(1000)
  assert.equal((await ask('192.0.2.99')).status, 200)
})

test('[W29] behind a trusted proxy the rate is by who it forwards for', async (context) => {
  const options = { limits: 'on', requestsPerMinuteMax: 1, trustedProxies: ['127.0.0.1'] } as const
  const site = await startSite(context, { options })
  const statuses: number[] = []
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
    const headers = { 'x-forwarded-for': address }
    statuses.push((await fetch(`${site.url}/api/channels`, { headers })).status)
  }
  assert.deepEqual(statuses, [200, 200, 429])
})

test('the encoder address follows the name that was used', async (context) => {
  const site = await startSite(context, { deps: { rtmpPort: () => 19_350 } })
  const answer = await send(site.http.port, 'GET', '/api/server', { host: 'tv.example:8080' }, null)
  assert.deepEqual(JSON.parse(answer.body), {
    rtmp_url: 'rtmp://tv.example:19350/live',
    registration: 'open',
  })
})

test('[W33] passwords, tokens and keys are not in the log, and sign-ins are', async (context) => {
  const site = await startSite(context)
  const { token, stream_key: key } = await site.signUp('alice')
  await post(`${site.url}/api/auth/login`, {
    email: 'alice@example.org',
    password: 'guess-17-wrong',
  })
  await fetch(`${site.url}/api/me/stream-key`, { method: 'POST', headers: asUser(token), body: '' })
  await fetch(`${site.url}/api/me?token=${token}`, { headers: { authorization: `Bearer ${key}` } })
  const log = site.lines.join('\n')
  for (const secret of [PASSWORD, 'guess-17-wrong', token, key]) assert.ok(!log.includes(secret))
  for (const event of ['registered', 'request refused', 'stream key replaced']) {
    assert.ok(log.includes(event), event)
  }
})

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) })
}

/** What a browser would send back of the cookies it was given. */
function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}

/** A request with exactly these headers. */
function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
) {
  return new Promise<{
    readonly status: number | undefined
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    readonly body: string
  }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, agent: false }
    const outgoing = httpRequest(options, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (part: string) => {
        text += part
      })
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: text })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body ?? undefined)
  })
}
