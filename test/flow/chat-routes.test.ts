import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { type BroadcastId, createId } from '../../src/base/index.ts'
import { channelListSchema } from '../../src/servers/wire.ts'
import { openChatRoutes } from '../support/chat-routes-site.ts'

test('one follows a channel once, is counted, and may leave', async (context) => {
  const { call, owner, ann, bob } = await openChatRoutes(context)
  const follow = `/api/channels/${owner.id}/follow`
  equal((await call('PUT', follow)).status, 401)
  for (const user of [ann, ann, bob]) equal((await call('PUT', follow, user)).status, 200)
  deepEqual((await call('GET', follow, ann)).body, { following: true, followers: 2 })
  deepEqual((await call('DELETE', follow, ann)).body, { following: false, followers: 1 })
  deepEqual((await call('GET', follow)).body, { following: false, followers: 1 })
})

test('what one follows is a list of one’s own: channels on air first, then the latest', async (context) => {
  const { call, fake, owner, ann, bob } = await openChatRoutes(context)
  equal((await call('GET', '/api/me/following')).status, 401)
  for (const { id } of [owner, bob]) await call('PUT', `/api/channels/${id}/follow`, ann)
  const names = async () => {
    const { body } = await call('GET', '/api/me/following', ann)
    return channelListSchema.parse(body).channels.map(({ username, live }) => [username, live])
  }
  deepEqual(await names(), [
    ['bobby', false],
    ['olivia', false],
  ])
  const facts = { broadcastId: createId<BroadcastId>(), startedAt: '2026-01-01T00:00:00.000Z' }
  fake.live = [{ channelId: owner.id, viewers: 1, hasThumb: false, isListed: true, ...facts }]
  deepEqual(await names(), [
    ['olivia', true],
    ['bobby', false],
  ])
})

test('a bot’s token is shown once, good for its scopes, and revocable by its owner alone', async (context) => {
  const { call, tokens, ann, bob } = await openChatRoutes(context)
  const made = await call('POST', '/api/me/tokens', ann, { name: 'bot', scopes: ['chat:write'] })
  equal(made.status, 201)
  const { token, id } = made.body as { token: string; id: string }
  match(token, /^vibly_bot_[A-Za-z0-9_-]{43}$/)
  deepEqual(await tokens.find(token), { id, userId: ann.id, scopes: ['chat:write'] })
  equal(await tokens.find(`${token.slice(0, -1)}_`), null)
  const list = await call('GET', '/api/me/tokens', ann)
  ok(!JSON.stringify(list.body).includes(token))
  equal((await call('DELETE', `/api/me/tokens/${id}`, bob)).status, 404)
  equal((await call('DELETE', `/api/me/tokens/${id}`, ann)).status, 204)
  equal(await tokens.find(token), null)
  equal((await call('POST', '/api/me/tokens', ann, { name: 'x', scopes: ['admin'] })).status, 400)
})

test('[W22] emotes are put by the owner alone, listed and served to all for ever', async (context) => {
  const { call, upload, url, owner, ann } = await openChatRoutes(context)
  const emotes = `/api/channels/${owner.id}/emotes`
  const png = Buffer.concat([
    Buffer.from('89504e470d0a1a0a0000000d494844520000007000000070', 'hex'),
    Buffer.alloc(60),
  ])
  equal((await upload(`${emotes}/wave`, undefined, png)).status, 401)
  equal((await upload(`${emotes}/wave`, ann, png)).status, 403)
  equal((await upload(`${emotes}/wave`, owner, png, 'text/html')).status, 415)
  equal((await upload(`${emotes}/wave`, owner, Buffer.from('{}'), 'application/json')).status, 415)
  equal((await upload(`${emotes}/wave`, owner, Buffer.from('<svg/>'))).status, 400)
  equal((await upload(`${emotes}/Wave!`, owner, png)).status, 400)
  equal((await upload(`${emotes}/wave`, owner, Buffer.alloc(256 * 1024 + 1))).status, 413)
  equal((await upload(`${emotes}/wave`, owner, png)).status, 200)
  // No other route takes a picture for a body.
  equal((await upload(`/api/channels/${owner.id}/follow`, owner, png)).status, 415)

  const listed = await call('GET', emotes)
  const [emote] = emoteList(listed.body)
  equal(emote?.name, 'wave')
  const served = await fetch(url + emote?.url)
  equal(served.headers.get('content-type'), 'image/png')
  equal(served.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  equal(served.headers.get('x-content-type-options'), 'nosniff')
  ok(Buffer.from(await served.arrayBuffer()).equals(png))
  for (const path of ['/emotes/..%2f..%2fusers.json', '/emotes/x/y', `${emote?.url}x`]) {
    equal((await fetch(url + path)).status, 404, path)
  }
  equal((await call('DELETE', `${emotes}/wave`, ann)).status, 403)
  equal((await call('DELETE', `${emotes}/wave`, owner)).status, 204)
  equal((await call('DELETE', `${emotes}/wave`, owner)).status, 404)
  deepEqual(emoteList((await call('GET', emotes)).body), [])
})

function emoteList(body: unknown) {
  return z.object({ emotes: z.array(z.object({ name: z.string(), url: z.string() })) }).parse(body)
    .emotes
}
