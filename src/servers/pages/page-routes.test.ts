import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireError } from '../../../test/support/http-forms.ts'
import { asUser, createBroadcast, startSite } from '../../../test/support/http-site.ts'
import { createId, isId, type UserId } from '../../base/index.ts'

const ASKS_PAGE = { accept: 'text/html,application/xhtml+xml' }

test('home, studio and channels are the one page, each with its title', async (context) => {
  const site = await startSite(context)
  await site.signUp('alice')
  const rows = [
    ['/', 200, 'Vibly'],
    ['/studio', 200, 'Studio – Vibly'],
    ['/alice', 200, 'alice – Vibly'],
    ['/ALICE', 200, 'alice – Vibly'],
    ['/nobody', 404, 'Nothing here – Vibly'],
    ['/alice/more', 404, 'Nothing here – Vibly'],
    ['/.env', 404, 'Nothing here – Vibly'],
    ['/index.html', 404, 'Nothing here – Vibly'],
    ['/%2e%2e/users.json', 404, 'Nothing here – Vibly'],
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
