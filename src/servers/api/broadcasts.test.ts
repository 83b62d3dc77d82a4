import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse as parseDisposition } from 'content-disposition'
import {
  asUser,
  createBroadcast,
  PASSWORD,
  type Site,
  startSite,
} from '../../../test/support/http-site.ts'
import { type BroadcastId, createId, isId, type UserId } from '../../base/index.ts'
import { broadcastListSchema, broadcastSchema } from '../wire.ts'

function userId(text: string): UserId {
  assert.ok(isId<UserId>(text))
  return text
}

/** Broadcasts of this owner, one a minute, newest first. */
function makeBroadcasts(owner: string, count: number) {
  return Array.from({ length: count }, (_, at) => ({
    ...createBroadcast(createId<BroadcastId>(), userId(owner)),
    startedAt: `2026-01-01T00:${String(59 - at)}:00.000Z`,
  }))
}

async function list(site: Site, path: string, token: string | null = null) {
  const headers = token === null ? {} : asUser(token)
  const response = await fetch(site.url + path, { headers })
  assert.equal(response.status, 200, path)
  return broadcastListSchema.parse(await response.json())
}

/** Every id, page by page; `between` runs after each page. */
async function readAll(site: Site, path: string, between: () => void): Promise<string[]> {
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await list(site, `${path}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
    seen.push(...page.broadcasts.map(({ id }) => id))
    cursor = page.next_cursor
    between()
  }
  return seen
}

test('broadcasts are listed newest first, in pages that neither repeat nor skip, whatever is deleted meanwhile', async (context) => {
  const site = await startSite(context)
  const [alice, bob] = [await site.signUp('alice'), await site.signUp('bob')]
  const [first, second] = [makeBroadcasts(alice.user.id, 5), makeBroadcasts(bob.user.id, 2)]
  const ids = first.map(({ id }) => id)
  site.fake.broadcasts = [...second, ...first.toReversed()]
  assert.deepEqual(await readAll(site, '/api/channels/alice/broadcasts', () => undefined), ids)

  const all = await readAll(site, '/api/broadcasts', () => undefined)
  assert.equal(new Set(all).size, 7)

  // The last one of the first page is what its cursor names.
  const seen = await readAll(site, '/api/channels/alice/broadcasts', () => {
    site.fake.broadcasts = site.fake.broadcasts.filter(({ id }) => id !== ids[1])
  })
  assert.deepEqual(seen, ids)
})

test('the broadcasts of all channels are those that are over; a channel shows its live one too', async (context) => {
  const site = await startSite(context)
  const { user } = await site.signUp('alice')
  const [live, over] = makeBroadcasts(user.id, 2)
  assert.ok(live !== undefined && over !== undefined)
  site.fake.broadcasts = [{ ...live, status: 'live', endedAt: null }, over]
  const recent = await list(site, '/api/broadcasts')
  assert.deepEqual(
    recent.broadcasts.map(({ id, username, display_name }) => [id, username, display_name]),
    [[over.id, 'alice', 'alice']],
  )
  const own = await list(site, '/api/channels/alice/broadcasts')
  assert.deepEqual(
    own.broadcasts.map(({ id }) => id),
    [live.id, over.id],
  )
})

test('[W38] unlisted broadcasts are in no list of others, private ones are not there for them at all', async (context) => {
  const site = await startSite(context)
  const [alice, bob] = [await site.signUp('alice'), await site.signUp('bob')]
  const [open, unlisted, hidden] = makeBroadcasts(alice.user.id, 3)
  assert.ok(open !== undefined && unlisted !== undefined && hidden !== undefined)
  site.fake.broadcasts = [open, unlisted, hidden]
  for (const [{ id }, visibility] of [
    [unlisted, 'unlisted'],
    [hidden, 'private'],
  ] as const) {
    const body = JSON.stringify({ visibility, title: 'Mine\u202e <b>' })
    const init = { method: 'PATCH', headers: asUser(alice.token), body }
    const changed = await fetch(`${site.url}/api/broadcasts/${id}`, init)
    const { title, visibility: now } = broadcastSchema.parse(await changed.json())
    assert.deepEqual([title, now], ['Mine <b>', visibility])
  }

  for (const path of ['/api/broadcasts', '/api/channels/alice/broadcasts']) {
    for (const token of [null, bob.token, alice.token]) {
      const { broadcasts } = await list(site, path, token)
      assert.deepEqual(
        broadcasts.map(({ id }) => id),
        [open.id],
      )
    }
  }
  const mine = await list(site, '/api/channels/alice/broadcasts?show=all', alice.token)
  assert.equal(mine.broadcasts.length, 3)

  const asked = async (token: string | null, method: string, path: string) => {
    const headers = token === null ? { 'content-type': 'application/json' } : asUser(token)
    const body = method === 'PATCH' ? '{}' : null
    const response = await fetch(site.url + path, { method, headers, body })
    await response.arrayBuffer()
    return response.status
  }
  /** Status for nobody, a token that is none, Bob, Alice. */
  const rows = [
    ['GET', '/api/channels/alice/broadcasts?show=all', [401, 401, 403, 200]],
    ['GET', `/api/broadcasts/${unlisted.id}`, [200, 200, 200, 200]],
    ['GET', `/api/broadcasts/${hidden.id}`, [404, 404, 404, 200]],
    ['PATCH', `/api/broadcasts/${hidden.id}`, [401, 401, 404, 200]],
    ['DELETE', `/api/broadcasts/${hidden.id}`, [401, 401, 404, 204]],
  ] as const
  for (const [method, path, statuses] of rows) {
    const found: number[] = []
    for (const token of [null, 'x.y.z', bob.token, alice.token]) {
      found.push(await asked(token, method, path))
    }
    assert.deepEqual(found, statuses, `${method} ${path}`)
  }
})

test('[W38] media of a private broadcast are read by its owner and admins alone, and kept by no cache', async (context) => {
  const id = createId<BroadcastId>()
  let owner: UserId | null = null
  const site = await startSite(context, {
    media: {
      ownerIfPrivate: (asked) => (asked === id ? owner : null),
      playlist: async () => ({ kind: 'playlist', text: '#EXTM3U\n', isFinal: true, isMet: true }),
      segment: () => Buffer.from('segment'),
    },
  })
  const [alice, bob] = [await site.signUp('alice'), await site.signUp('bob')]
  const admin = await site.signUp('wizard')
  await site.accounts.setRole(userId(admin.user.id), 'admin')
  owner = userId(alice.user.id)
  const files = ['recording.mp4', 'thumb.jpg']
  for (const file of files) await site.blobs.put(`${id}/${file}`, Buffer.from(file))
  const form = { email: 'alice@example.org', password: PASSWORD }
  const signIn = await fetch(`${site.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(form),
  })
  const cookie = signIn.headers.getSetCookie().map((text) => text.split(';')[0])
  const strangers = [{}, asUser('x.y.z'), asUser(bob.token)]
  const insiders = [asUser(alice.token), { cookie: cookie.join('; ') }, asUser(admin.token)]
  const wrong = await fetch(`${site.url}/media/${createId()}/nothing`)
  const nothing = [wrong.status, await wrong.text(), wrong.headers.get('cache-control')]

  for (const path of ['index.m3u8', '720p/index.m3u8', '720p/0-1.ts', ...files]) {
    const url = `${site.url}/media/${id}/${path}`
    for (const headers of strangers) {
      const response = await fetch(url, { headers })
      const told = [response.status, await response.text(), response.headers.get('cache-control')]
      assert.deepEqual(told, nothing, path)
    }
    for (const headers of insiders) {
      const response = await fetch(url, { headers })
      assert.equal(response.status, 200, path)
      assert.equal(response.headers.get('cache-control'), 'private, no-store')
      assert.equal(response.headers.get('cross-origin-resource-policy'), 'same-origin')
      await response.arrayBuffer()
    }
  }
})

test('[W38] a download has the name of its broadcast, whatever that holds', async (context) => {
  const titles = [
    ['Chess', 'Chess.mp4'],
    ['', null],
    ['"quoted"; filename=evil.exe', '"quoted"; filename=evil.exe.mp4'],
    ['two\r\nSet-Cookie: a=b', null],
    ['../../etc/passwd', '.._.._etc_passwd.mp4'],
    ['Grüße – 100 % живое 🎉', 'Grüße – 100 % живое 🎉.mp4'],
  ] as const
  let title = ''
  const site = await startSite(context, { media: { downloadName: () => title } })
  const id = createId<BroadcastId>()
  await site.blobs.put(`${id}/recording.mp4`, Buffer.from('film'))
  for (const [given, expected] of titles) {
    title = given
    const response = await fetch(`${site.url}/media/${id}/recording.mp4?download=1`)
    assert.equal(await response.text(), 'film')
    assert.equal(response.headers.get('set-cookie'), null)
    const header = response.headers.get('content-disposition') ?? ''
    const { type, parameters } = parseDisposition(header)
    assert.equal(type, 'attachment')
    if (expected !== null) assert.equal(parameters['filename'], expected)
    else assert.match(parameters['filename'] ?? '', /\.mp4$/)
  }
  const shown = await fetch(`${site.url}/media/${id}/recording.mp4`)
  assert.equal(shown.headers.get('content-disposition'), null)
})
