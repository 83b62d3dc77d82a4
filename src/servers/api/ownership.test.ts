import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asUser, createBroadcast, startSite } from '../../../test/support/http-site.ts'
import { type BroadcastId, createId, isId, type UserId } from '../../base/index.ts'
import { broadcastSchema, channelListSchema, channelSchema, streamKeySchema } from '../wire.ts'

const BROADCAST = createId<BroadcastId>()

function userId(text: string): UserId {
  assert.ok(isId<UserId>(text))
  return text
}

test('[W22] only the owner changes a channel and deletes its broadcasts', async (context) => {
  const site = await startSite(context)
  const [alice, bob] = [await site.signUp('alice'), await site.signUp('bob')]
  const admin = await site.signUp('wizard')
  await site.accounts.setRole(userId(admin.user.id), 'admin')
  site.fake.broadcasts = [createBroadcast(BROADCAST, userId(alice.user.id))]
  const title = JSON.stringify({ title: 'Changed' })
  /** Status for nobody, for Bob, for Alice herself, for an admin. */
  const rows = [
    ['PATCH', '/api/channels/alice', title, [401, 403, 200, 200]],
    ['PATCH', `/api/channels/${alice.user.id}`, title, [401, 403, 200, 200]],
    ['PATCH', `/api/broadcasts/${BROADCAST}`, title, [401, 403, 200, 200]],
    ['DELETE', `/api/broadcasts/${BROADCAST}`, null, [401, 403, 204, 204]],
    ['GET', '/api/channels/alice', null, [200, 200, 200, 200]],
    ['GET', '/api/channels/alice/broadcasts', null, [200, 200, 200, 200]],
    ['GET', `/api/broadcasts/${BROADCAST}`, null, [200, 200, 200, 200]],
    ['GET', '/api/me/stream-key', null, [401, 200, 200, 200]],
    ['POST', '/api/me/stream-key', null, [401, 200, 200, 200]],
  ] as const
  for (const [method, path, body, statuses] of rows) {
    const tokens = [null, bob.token, alice.token, admin.token]
    for (const [at, token] of tokens.entries()) {
      const headers = token === null ? { 'content-type': 'application/json' } : asUser(token)
      const response = await fetch(site.url + path, { method, headers, body })
      assert.equal(response.status, statuses[at], `${method} ${path} as ${at}`)
      await response.arrayBuffer()
    }
  }
  assert.deepEqual(site.fake.deleted, [BROADCAST, BROADCAST])
})

test('[W22] no answer to others holds a key or an email address', async (context) => {
  const site = await startSite(context)
  const [alice, bob] = [await site.signUp('alice'), await site.signUp('bob')]
  site.fake.broadcasts = [createBroadcast(BROADCAST, userId(alice.user.id))]
  const paths = [
    '/api/channels',
    '/api/channels?live=true',
    '/api/channels/alice',
    '/api/channels/alice/broadcasts',
    `/api/broadcasts/${BROADCAST}`,
    '/api/me',
    '/api/me/stream-key',
    '/api/server',
    '/alice',
  ]
  for (const path of paths) {
    const text = await (await fetch(site.url + path, { headers: asUser(bob.token) })).text()
    for (const secret of [alice.stream_key, alice.token, 'alice@example.org', 'argon2']) {
      assert.ok(!text.includes(secret), `${path} ${secret.slice(0, 5)}`)
    }
  }
  const headers = asUser(alice.token)
  const own = await (await fetch(`${site.url}/api/me/stream-key`, { headers })).json()
  assert.equal(streamKeySchema.parse(own).stream_key, alice.stream_key)
})

test('[W24] title and description lose control and direction characters', async (context) => {
  const site = await startSite(context)
  const { token } = await site.signUp('alice')
  const body = JSON.stringify({
    title: 'Chess\u202e\u0007 <b>now</b>',
    settings: { slow_mode_s: 5, hidden: 'x' },
  })
  const response = await fetch(`${site.url}/api/channels/alice`, {
    method: 'PATCH',
    headers: asUser(token),
    body,
  })
  const channel = channelSchema.parse(await response.json())
  assert.equal(channel.title, 'Chess <b>now</b>')
  assert.deepEqual(channel.settings, { slow_mode_s: 5 })
})

test('live channels come most watched first, in pages that neither repeat nor skip', async (context) => {
  const site = await startSite(context)
  for (const [at, name] of ['anna', 'berta', 'carla', 'dora'].entries()) {
    const { user } = await site.signUp(name)
    site.fake.live.push({
      channelId: userId(user.id),
      broadcastId: createId(),
      startedAt: '2026-01-01T00:00:00.000Z',
      viewers: at % 2,
      hasThumb: at === 0,
      isListed: true,
    })
  }
  await site.signUp('erna')
  const seen: string[] = []
  let query = 'live=true&limit=2'
  for (;;) {
    const list = await (await fetch(`${site.url}/api/channels?${query}`)).json()
    const { channels, next_cursor: cursor } = channelListSchema.parse(list)
    assert.ok(channels.every(({ live, broadcast_id: id }) => live && id !== null))
    seen.push(...channels.map(({ username }) => username))
    if (cursor === null) break
    query = `live=true&limit=2&cursor=${cursor}`
  }
  assert.deepEqual(new Set(seen.slice(0, 2)), new Set(['berta', 'dora']))
  assert.deepEqual(new Set(seen.slice(2)), new Set(['anna', 'carla']))
  assert.equal(seen.length, 4)

  const all = channelListSchema.parse(await (await fetch(`${site.url}/api/channels`)).json())
  assert.deepEqual(
    all.channels.map(({ username, live }) => `${username} ${live}`),
    ['anna true', 'berta true', 'carla true', 'dora true', 'erna false'],
  )
  assert.match(all.channels[0]?.thumb_url ?? '', /^\/media\/.+\/thumb\.jpg$/)
  assert.equal(all.channels[1]?.thumb_url, null)
})

test('a channel is found by id and by name, and says where its playlist is while it is live', async (context) => {
  const site = await startSite(context)
  const { user } = await site.signUp('alice')
  const ask = async (text: string) =>
    channelSchema.parse(await (await fetch(`${site.url}/api/channels/${text}`)).json())
  assert.deepEqual(await ask(user.id), await ask('Alice'))
  assert.equal((await ask('alice')).playlist_url, null)
  const live = { broadcastId: BROADCAST, startedAt: '2026-01-01T00:00:00.000Z', viewers: 3 }
  site.fake.live = [{ channelId: userId(user.id), ...live, hasThumb: false, isListed: true }]
  const channel = await ask('alice')
  assert.equal(channel.playlist_url, `/live/${user.id}/index.m3u8`)
  assert.equal(channel.viewers, 3)
})

test('a broadcast is told as CONTRACT section 4 says', async (context) => {
  const site = await startSite(context)
  const { user } = await site.signUp('alice')
  site.fake.broadcasts = [createBroadcast(BROADCAST, userId(user.id))]
  const one = broadcastSchema.parse(
    await (await fetch(`${site.url}/api/broadcasts/${BROADCAST}`)).json(),
  )
  assert.deepEqual(one, {
    id: BROADCAST,
    channel_id: user.id,
    username: 'alice',
    display_name: 'alice',
    title: 'A title',
    visibility: 'public',
    status: 'ended',
    started_at: '2026-01-01T00:00:00.000Z',
    ended_at: '2026-01-01T01:00:00.500Z',
    duration_s: 3600.5,
    renditions: [
      {
        name: '720p',
        width: 1280,
        height: 720,
        frame_rate: 30,
        bandwidth: 3_000_000,
        codecs: 'avc1.64001f,mp4a.40.2',
        copy: true,
      },
    ],
    playlist_url: `/media/${BROADCAST}/index.m3u8`,
    recording_url: `/media/${BROADCAST}/recording.mp4`,
    thumb_url: null,
    storyboard_url: null,
  })
})
