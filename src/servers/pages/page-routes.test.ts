import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireError } from '../../../test/support/http-forms.ts'
import { asUser, createBroadcast, startSite } from '../../../test/support/http-site.ts'
import { type BroadcastId, createId, isId, type UserId } from '../../base/index.ts'

const ASKS_PAGE = { accept: 'text/html,application/xhtml+xml' }

test('home, studio and channels are the one page, each with its title', async (context) => {
  const site = await startSite(context)
  await site.signUp('alice')
  const rows = [
    ['/', 200, 'Vibly'],
    ['/studio', 200, 'Studio · Vibly'],
    ['/alice', 200, 'alice · Vibly'],
    ['/ALICE', 200, 'alice · Vibly'],
    ['/nobody', 404, 'Nothing here · Vibly'],
    ['/alice/more', 404, 'Nothing here · Vibly'],
    ['/.env', 404, 'Nothing here · Vibly'],
    ['/index.html', 404, 'Nothing here · Vibly'],
    ['/%2e%2e/users.json', 404, 'Nothing here · Vibly'],
  ] as const
  for (const [path, status, title] of rows) {
    const response = await fetch(site.url + path, { headers: ASKS_PAGE })
    const html = await response.text()
    assert.equal(response.status, status, path)
    assert.equal(/<title>(.*)<\/title>/.exec(html)?.[1], title, path)
    assert.match(html, /src="\/assets\/index-abc123\.js"/)
    assert.equal(response.headers.get('cache-control'), 'no-cache', path)
  }
})

test('a name with a slash behind it leads to the page, and to no other host', async (context) => {
  const site = await startSite(context)
  await site.signUp('alice')
  const ask = (path: string) => fetch(site.url + path, { headers: ASKS_PAGE, redirect: 'manual' })
  for (const [path, location] of [
    ['/alice/', '/alice'],
    ['/embed/alice/', '/embed/alice'],
  ] as const) {
    const response = await ask(path)
    assert.equal(response.status, 308, path)
    assert.equal(response.headers.get('location'), location)
  }
  for (const path of ['//', '//evil.example/', '/\\evil.example/', '/a.b/', '/alice//']) {
    const response = await ask(path)
    assert.equal(response.status, 404, path)
    await response.arrayBuffer()
  }
})

test('a name longer than any is a page that is not there', async (context) => {
  const site = await startSite(context)
  for (const path of [`/${'a'.repeat(8000)}`, `/alice/${'a'.repeat(8000)}`]) {
    const response = await fetch(site.url + path, { headers: ASKS_PAGE })
    assert.equal(response.status, 404)
    assert.match(await response.text(), /<title>Nothing here/)
  }
})

test('what is not a page answers JSON: to scripts, and below /api to everyone', async (context) => {
  const site = await startSite(context)
  for (const [path, accept] of [
    ['/api/nothing', 'text/html'],
    ['/nothing/here', '*/*'],
  ] as const) {
    const response = await fetch(site.url + path, { headers: { accept } })
    assert.equal(response.status, 404, path)
    assert.equal(wireError(await response.json()).code, 'http.not-found')
  }
})

test('[W24] a hostile title cannot leave the place it is put in', async (context) => {
  const options = { publicOrigin: 'https://live.example.org' }
  const site = await startSite(context, { options })
  const { user, token } = await site.signUp('alice')
  assert.ok(isId<UserId>(user.id))
  const title = '</title><script>alert("$&")</script>'
  await fetch(`${site.url}/api/channels/alice`, {
    method: 'PATCH',
    headers: asUser(token),
    body: JSON.stringify({ title, description: '"><img src=x onerror=alert(1)>' }),
  })
  const { id: broadcastId } = createBroadcast(createId(), user.id)
  const startedAt = '2026-01-01T00:00:00.000Z'
  site.fake.live = [
    { channelId: user.id, broadcastId, startedAt, viewers: 0, hasThumb: true, isListed: true },
  ]
  const html = await (await fetch(`${site.url}/alice`, { headers: ASKS_PAGE })).text()
  assert.doesNotMatch(html, /<script>|<img/)
  assert.match(html, /&lt;script&gt;alert\(&quot;\$&amp;&quot;\)/)
  assert.ok(html.includes(`content="https://live.example.org/media/${broadcastId}/thumb.jpg"`))
  assert.ok(html.includes('<meta property="og:url" content="https://live.example.org/alice">'))
})

test('home and search can be read without script, in the language of the visitor', async (context) => {
  const site = await startSite(context)
  const { user } = await site.signUp('alice')
  assert.ok(isId<UserId>(user.id))
  const broadcastId = createId<BroadcastId>()
  const past = createBroadcast(createId(), user.id)
  const startedAt = '2026-01-01T00:00:00.000Z'
  site.fake.broadcasts = [past]
  const read = async (path: string, headers = {}) =>
    (await fetch(site.url + path, { headers: { ...ASKS_PAGE, ...headers } })).text()
  assert.match(await read('/'), /Nobody is live right now/)
  const live = { channelId: user.id, broadcastId, startedAt, hasThumb: true, isListed: true }
  site.fake.live = [{ ...live, viewers: 0 }]
  assert.doesNotMatch(await read('/'), /0 viewers/)
  site.fake.live = [{ ...live, viewers: 7 }]
  const html = await read('/')
  assert.match(html, /<a class="card" href="\/alice">/)
  assert.match(html, /7 viewers/)
  assert.ok(html.includes(`<a class="card" href="/alice/${past.id}">`))
  assert.ok(
    html.includes(
      `<meta property="og:image" content="${site.url}/media/${broadcastId}/thumb.jpg">`,
    ),
  )
  assert.match(html, /<form action="\/">/)
  const playlist = `/live/${user.id}/index.m3u8`
  const channel = await read('/alice')
  assert.match(channel, /"@type":"VideoObject".*"isLiveBroadcast":true/)
  assert.doesNotMatch(channel, /<video/)
  assert.match(channel, new RegExp(`<a class="link" href="${playlist}">Live: the video`))
  assert.match(await read('/?q=ali'), /href="\/alice"/)
  assert.match(await read('/?q=%3Cb%3E'), /Found for “&lt;b&gt;”/)
  // However an address was put together, who opens it sees a page.
  assert.match(await read('/?q=ali&q=bob'), /Found for “ali”/)
  assert.match(await read(`/?q=${'x'.repeat(200)}`), /Found for “x{100}”/)
  assert.match(
    await read('/', { 'accept-language': 'fr, de-AT;q=0.5' }),
    /<html lang="de">[\s\S]*Jetzt live/,
  )
  const chosen = { cookie: 'vibly_language=en; vibly_theme=dark', 'accept-language': 'de' }
  assert.match(await read('/', chosen), /<html lang="en" data-theme="dark">/)
  const forged = { cookie: 'vibly_theme="><script>', 'accept-language': '"><script>' }
  assert.match(await read('/', forged), /<html lang="en">/)
})

test('a past broadcast has a page below its channel; one that is private or gone has none', async (context) => {
  const site = await startSite(context)
  const { user } = await site.signUp('alice')
  await site.signUp('bob')
  assert.ok(isId<UserId>(user.id))
  const seen = createBroadcast(createId(), user.id)
  const hidden = { ...createBroadcast(createId(), user.id), visibility: 'private' as const }
  site.fake.broadcasts = [seen, hidden]
  const statusOf = async (path: string) =>
    (await fetch(site.url + path, { headers: ASKS_PAGE })).status
  assert.equal(await statusOf(`/alice/${seen.id}`), 200)
  assert.equal(await statusOf(`/bob/${seen.id}`), 404)
  assert.equal(await statusOf(`/alice/${hidden.id}`), 404)
  assert.equal(await statusOf(`/alice/${createId()}`), 404)
})

test('[W17] only the embedded player may be framed, and only by whom the operator lets', async (context) => {
  const site = await startSite(context, {
    options: { embedOrigins: "'self' https://blog.example.org" },
  })
  await site.signUp('alice')
  const policyOf = async (path: string) =>
    (await fetch(site.url + path, { headers: ASKS_PAGE })).headers.get('content-security-policy')
  assert.match(
    (await policyOf('/embed/alice')) ?? '',
    /frame-ancestors 'self' https:\/\/blog\.example\.org$/,
  )
  for (const path of ['/', '/alice', '/alice/chat', '/studio', '/nothing/here']) {
    assert.match((await policyOf(path)) ?? '', /frame-ancestors 'none'$/, path)
  }
})

test('built files are served for a year when their name holds their content', async (context) => {
  const site = await startSite(context)
  const rows = [
    ['/assets/index-abc123.js', 'public, max-age=31536000, immutable', /javascript/],
    ['/favicon.svg', 'public, max-age=3600', /svg/],
  ] as const
  for (const [path, cacheControl, type] of rows) {
    const response = await fetch(site.url + path)
    assert.equal(response.status, 200, path)
    assert.equal(response.headers.get('cache-control'), cacheControl)
    assert.match(response.headers.get('content-type') ?? '', type)
    await response.arrayBuffer()
  }
  for (const path of ['/assets/', '/assets', '/assets/..%2findex.html', '/assets/nothing.js']) {
    assert.equal((await fetch(site.url + path)).status, 404, path)
  }
})

test('[D06] built files are sent whole, whatever range is asked for, and judged by their tag', async (context) => {
  const site = await startSite(context)
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(`${site.url}/assets/index-abc123.js`, { headers })
    await response.arrayBuffer()
    return response.status
  }
  for (const range of ['bytes=0-0', 'bytes=999-', 'bytes=-99999', 'bytes=5-1', 'bytes=x']) {
    assert.equal(await ask({ range }), 200, range)
  }
  assert.equal(await ask({ 'if-match': '"other"' }), 412)
  assert.equal(await ask({ 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' }), 412)
  assert.deepEqual(
    site.lines.filter((line) => line.includes('request failed')),
    [],
  )
})

test('a file that was compressed when built is sent so to who takes it', async (context) => {
  const site = await startSite(context)
  const path = '/assets/index-abc123.js'
  for (const [accepted, coding] of [
    ['gzip', 'gzip'],
    ['identity', null],
  ] as const) {
    const headers = { 'accept-encoding': accepted }
    const response = await fetch(site.url + path, { headers })
    assert.equal(response.headers.get('content-encoding'), coding)
    assert.match(response.headers.get('content-type') ?? '', /javascript/)
    assert.match(response.headers.get('vary') ?? '', /accept-encoding/i)
    assert.match(response.headers.get('cache-control') ?? '', /immutable/)
    assert.equal(await response.text(), 'export {}\n')
  }
})

test('without a built web app the API works and pages say what to do', async (context) => {
  const site = await startSite(context, { options: { webDir: '/nonexistent' } })
  assert.equal((await fetch(`${site.url}/api/channels`)).status, 200)
  assert.match(await (await fetch(site.url)).text(), /npm run build/)
})
