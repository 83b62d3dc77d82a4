import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { z } from 'zod'
import { FILE_LOG_DEFAULTS, openFileLog } from '../../src/adapters/file-log.ts'
import { type BroadcastId, createId, type MessageId, type UserId } from '../../src/base/index.ts'
import {
  BOT_TOKEN_COLLECTION,
  BotTokens,
  CHAT_DEFAULTS,
  Chat,
  Emotes,
  FOLLOW_COLLECTION,
  Follows,
  type Speaker,
} from '../../src/chat/index.ts'
import { addChatRoutes } from '../../src/servers/chat-routes.ts'
import type { ApiContext } from '../../src/servers/index.ts'
import { channelListSchema } from '../../src/servers/wire.ts'
import { asUser, createBroadcast, startSite } from '../support/http-site.ts'
import { MemoryBlobs } from '../support/memory-blobs.ts'
import { MemoryDisk } from '../support/memory-disk.ts'
import { openMemoryRecords } from '../support/memory-records.ts'

test('messages are paged, and deleted by their author or a moderator and nobody else', async (context) => {
  const { call, say, owner, ann, bob } = await openSite(context)
  const ids: string[] = []
  for (let n = 1; n <= 30; n += 1) ids.push((await say(n % 2 === 0 ? ann : bob, `message ${n}`)).id)
  const channel = `/api/channels/${owner.id}`
  const last = await call('GET', `${channel}/messages?limit=10`)
  equal(last.status, 200)
  deepEqual(
    contents(last.body),
    range(21, 30).map((n) => `message ${n}`),
  )
  const before = await call('GET', `${channel}/messages?limit=10&before=21`)
  deepEqual(
    contents(before.body),
    range(11, 20).map((n) => `message ${n}`),
  )
  equal((await call('GET', '/api/channels/olivia/messages?limit=1')).status, 200)
  equal((await call('GET', '/api/channels/nobody/messages')).status, 404)
  equal((await call('GET', `${channel}/messages?limit=0`)).status, 400)

  const first = `${channel}/messages/${ids[0]}`
  equal((await call('DELETE', first)).status, 401)
  equal((await call('DELETE', first, ann)).status, 403)
  equal((await call('DELETE', first, bob)).status, 204)
  equal((await call('DELETE', first, bob)).status, 404)
  equal((await call('DELETE', `${channel}/messages/${ids[1]}`, owner)).status, 204)
  equal((await call('DELETE', `${channel}/messages/..%2F..%2Fetc`, owner)).status, 404)
  const rest = await call('GET', `${channel}/messages?limit=100`)
  deepEqual(
    contents(rest.body),
    range(3, 30).map((n) => `message ${n}`),
  )
})

test('[W32] bans, moderators and settings by API obey the same rules as by chat', async (context) => {
  const { call, say, owner, ann, bob } = await openSite(context)
  const channel = `/api/channels/${owner.id}`
  await say(bob, 'rude')
  equal((await call('PUT', `${channel}/bans/${bob.id}`, ann, {})).status, 403)
  equal((await call('PUT', `${channel}/moderators/${ann.id}`, ann)).status, 403)
  equal((await call('PUT', `${channel}/moderators/${ann.id}`, owner)).status, 204)
  equal((await call('PUT', `${channel}/bans/${bob.id}`, ann, { duration_s: 600 })).status, 204)
  await say(bob, 'ruder').then(
    () => ok(false, 'a timeout silences'),
    ({ code }) => equal(code, 'chat.timed-out'),
  )
  deepEqual(contents((await call('GET', `${channel}/messages`)).body), [])
  equal((await call('DELETE', `${channel}/bans/${bob.id}`, ann)).status, 204)
  await say(bob, 'thanks')
  equal((await call('PUT', `${channel}/bans/${owner.id}`, ann, {})).status, 403)
  equal((await call('PUT', `${channel}/bans/${bob.id}`, ann, { duration_s: 0 })).status, 400)
  equal((await call('PATCH', `${channel}/chat/settings`, ann, { slow_mode_s: 30 })).status, 204)
  equal((await call('PATCH', `${channel}/chat/settings`, bob, { slow_mode_s: 0 })).status, 403)
  const actions = await call('GET', `${channel}/chat/actions`, owner)
  match(JSON.stringify(actions.body), /timeout.*unban.*settings/)
  equal((await call('GET', `${channel}/chat/actions`, bob)).status, 403)
})

test('[W32] what moderators need to see they may ask for, and nobody else', async (context) => {
  const { call, say, owner, ann, bob } = await openSite(context)
  const channel = `/api/channels/${owner.id}`
  await say(ann, 'one')
  await say(bob, 'two')
  await say(bob, 'three')
  equal((await call('PUT', `${channel}/moderators/${ann.id}`, owner)).status, 204)
  deepEqual((await call('GET', `${channel}/moderators`, ann)).body, {
    moderators: [{ id: ann.id, username: 'annabel', display_name: 'annabel' }],
  })
  const purge = `${channel}/messages?user_id=${bob.id}`
  equal((await call('DELETE', purge, bob)).status, 403)
  equal((await call('DELETE', purge, ann)).status, 204)
  deepEqual(contents((await call('GET', `${channel}/messages`)).body), ['one'])
  const said = await call('POST', `${channel}/chat/announcements`, ann, { content: 'Welcome' })
  equal(said.status, 201)
  deepEqual(contents((await call('GET', `${channel}/messages`)).body), ['one', 'Welcome'])

  await call('PUT', `${channel}/bans/${bob.id}`, ann, { duration_s: 600, reason: 'spam' })
  const { body } = await call('GET', `${channel}/bans`, ann)
  match(JSON.stringify(body), /"username":"bobby".*"until":"20.*"reason":"spam"/)
  equal((await call('DELETE', `${channel}/bans/${bob.id}`, ann)).status, 204)
  deepEqual((await call('GET', `${channel}/bans`, ann)).body, { bans: [] })

  const rules = { blocked_words: ['darn'], hold_blocked: true, links_off: true }
  equal((await call('PATCH', `${channel}/chat/settings`, ann, rules)).status, 204)
  const { body: settings } = await call('GET', `${channel}/chat/settings`, ann)
  match(JSON.stringify(settings), /"blocked_words":\["darn"\]/)
  const shown = await call('GET', channel)
  ok(!JSON.stringify(shown.body).includes('darn'), 'blocked words are the moderators’ alone')
  for (const content of ['darn it', 'darn that']) {
    await say(bob, content).then(
      () => ok(false, 'held'),
      ({ code }) => equal(code, 'chat.held'),
    )
  }
  const held = z.object({ held: z.array(z.object({ id: z.string() })) })
  const [first, second] = held.parse((await call('GET', `${channel}/chat/held`, ann)).body).held
  const decide = (id = '', how = '') => call('POST', `${channel}/chat/held/${id}/${how}`, ann)
  equal((await call('POST', `${channel}/chat/held/${first?.id}/approve`, bob)).status, 403)
  equal((await decide(first?.id, 'approve')).status, 204)
  equal((await decide(second?.id, 'reject')).status, 204)
  equal((await decide(first?.id, 'approve')).status, 404)
  const now = contents((await call('GET', `${channel}/messages`)).body)
  deepEqual(now.slice(-1), ['darn it'])

  for (const path of ['bans', 'moderators', 'chat/settings', 'chat/held', 'chat/actions']) {
    equal((await call('GET', `${channel}/${path}`, bob)).status, 403, path)
    equal((await call('GET', `${channel}/${path}`)).status, 401, path)
  }
})

test('[W32] a bot moderates by request as its scopes say, and is never its owner in person', async (context) => {
  const { call, say, tokens, owner, bob } = await openSite(context)
  const channel = `/api/channels/${owner.id}`
  const botOf = async (...scopes: ('chat:read' | 'chat:write' | 'channel:moderate')[]) => {
    const { token } = await tokens.create(owner.id, 'bot', scopes)
    return { id: owner.id, token: token.reveal() }
  }
  const [reader, writer, moderator] = [
    await botOf('chat:read'),
    await botOf('chat:write'),
    await botOf('channel:moderate'),
  ]
  const { id } = await say(bob, 'one')
  const own = await say(owner, 'mine')
  equal((await call('DELETE', `${channel}/messages/${id}`, writer)).status, 403)
  equal((await call('DELETE', `${channel}/messages/${own.id}`, reader)).status, 403)
  equal((await call('DELETE', `${channel}/messages/${own.id}`, writer)).status, 204)
  equal((await call('DELETE', `${channel}/messages/${id}`, moderator)).status, 204)
  equal((await call('PUT', `${channel}/moderators/${bob.id}`, writer)).status, 403)
  for (const bot of [reader, writer, moderator]) {
    equal((await call('GET', `${channel}/chat/export`, bot)).status, 403)
    equal((await call('GET', '/api/me/tokens', bot)).status, 401)
  }
})

test('a thread is read from its first message on, by any message in it, however much lies between', async (context) => {
  const { call, say, owner, ann, bob } = await openSite(context)
  const messages = `/api/channels/${owner.id}/messages`
  const root = await say(ann, 'first')
  const replies: string[] = []
  let parent = root.id
  for (let n = 1; n <= 20; n += 1) {
    for (let k = 0; k < 70; k += 1) await say(bob, `between ${n} ${k}`)
    const reply = await say(n % 2 === 0 ? ann : bob, `reply ${n}`, parent)
    parent = reply.id
    replies.push(reply.id)
  }
  equal((await call('DELETE', `${messages}/${replies[4]}`, owner)).status, 204)
  const wanted = [
    'first',
    ...range(1, 20)
      .filter((n) => n !== 5)
      .map((n) => `reply ${n}`),
  ]
  const read: unknown[] = []
  for (let after = ''; ; ) {
    const url = `${messages}/${parent}/thread?limit=6${after}`
    const { body } = await call('GET', url)
    read.push(...contents(body))
    const { next_after: next } = z.object({ next_after: z.number().nullable() }).parse(body)
    if (next === null) break
    after = `&after=${next}`
  }
  deepEqual(read, wanted)
  // One whose first message is gone is still a thread.
  equal((await call('DELETE', `${messages}/${root.id}`, owner)).status, 204)
  const { body } = await call('GET', `${messages}/${root.id}/thread?limit=100`)
  deepEqual(contents(body), wanted.slice(1))
  equal((await call('GET', `${messages}/1-aaaaaaaaaaaa/thread`)).status, 404)
})

test('one follows a channel once, is counted, and may leave', async (context) => {
  const { call, owner, ann, bob } = await openSite(context)
  const follow = `/api/channels/${owner.id}/follow`
  equal((await call('PUT', follow)).status, 401)
  for (const user of [ann, ann, bob]) equal((await call('PUT', follow, user)).status, 200)
  deepEqual((await call('GET', follow, ann)).body, { following: true, followers: 2 })
  deepEqual((await call('DELETE', follow, ann)).body, { following: false, followers: 1 })
  deepEqual((await call('GET', follow)).body, { following: false, followers: 1 })
})

test('what one follows is a list of one’s own: channels on air first, then the latest', async (context) => {
  const { call, fake, owner, ann, bob } = await openSite(context)
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
  const { call, tokens, ann, bob } = await openSite(context)
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

test('the owner, and nobody else, takes the whole chat away as JSON or text, without what was deleted', async (context) => {
  const { call, say, owner, ann } = await openSite(context)
  const ids: string[] = []
  // More than a page, so that the answer is written in pieces.
  for (let n = 1; n <= 1200; n += 1) ids.push((await say(ann, `message ${n}`)).id)
  for (const id of [ids[0], ids[700], ids[1199]]) {
    equal((await call('DELETE', `/api/channels/${owner.id}/messages/${id}`, owner)).status, 204)
  }
  const url = `/api/channels/${owner.id}/chat/export`
  equal((await call('GET', url)).status, 401)
  equal((await call('GET', url, ann)).status, 403)
  const kept = range(1, 1200).filter((n) => ![1, 701, 1200].includes(n))
  const json = await call('GET', url, owner)
  deepEqual(
    z.array(z.object({ content: z.string() })).parse(json.body),
    kept.map((n) => ({ content: `message ${n}` })),
  )
  const text = await call('GET', `${url}?format=text`, owner)
  equal(String(text.body).trim().split('\n').length, kept.length)
  match(String(text.body).split('\n')[0] ?? '', /^\d{4}-.*Z <annabel> message 2$/)
})

test('the chat of a broadcast is replayed from its start to its end, each message with its time', async (context) => {
  const { call, say, owner, ann, fake, clock } = await openSite(context)
  const minute = 60_000
  for (let n = 0; n < 30; n += 1) {
    await say(ann, `minute ${n}`)
    clock.jump(minute)
  }
  const id = 'broadcast-1' as BroadcastId
  const startMs = Date.UTC(2026, 0, 1) + 10 * minute
  const times = (endMs: number | null) => ({
    startedAt: new Date(startMs).toISOString(),
    endedAt: endMs === null ? null : new Date(endMs).toISOString(),
  })
  const broadcast = createBroadcast(id, owner.id)
  fake.broadcasts = [{ ...broadcast, ...times(startMs + 10 * minute) }]
  const url = `/api/broadcasts/${id}/messages`
  const all = await call('GET', url)
  deepEqual(
    replayed(all.body).messages,
    range(10, 20).map((n) => [(n - 10) * minute, `minute ${n}`]),
  )
  equal(replayed(all.body).next, null)
  // Page by page it is the same, and one may begin in the middle.
  const paged: unknown[] = []
  for (let after: number | null = null; ; ) {
    const query: string = after === null ? '?limit=4' : `?limit=4&after=${after}`
    const page = replayed((await call('GET', url + query)).body)
    paged.push(...page.messages)
    if (page.next === null) break
    after = page.next
  }
  deepEqual(paged, replayed(all.body).messages)
  const later = await call('GET', `${url}?from_ms=${5 * minute}&limit=2`)
  deepEqual(replayed(later.body).messages, [
    [5 * minute, 'minute 15'],
    [6 * minute, 'minute 16'],
  ])
  // One that is still live ends where the chat ends.
  fake.broadcasts = [{ ...broadcast, ...times(null) }]
  equal(replayed((await call('GET', url)).body).messages.length, 20)
  equal((await call('GET', '/api/broadcasts/broadcast-2/messages')).status, 404)
  equal((await call('GET', `${url}?after=0`)).status, 400)
})

test('[W22] emotes are put by the owner alone, listed and served to all for ever', async (context) => {
  const { call, upload, url, owner, ann } = await openSite(context)
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

async function openSite(context: TestContext) {
  const disk = new MemoryDisk()
  const follows = await openMemoryRecords(FOLLOW_COLLECTION)
  const bots = await openMemoryRecords(BOT_TOKEN_COLLECTION)
  let joined: { chat: Chat; speaker: (userId: UserId) => Promise<Speaker | null> } | null = null
  let tokens: BotTokens | null = null
  const addRoutes = async (app: Parameters<typeof addChatRoutes>[0], api: ApiContext) => {
    const { accounts, channels, clock, logger } = api
    const logOptions = { ...FILE_LOG_DEFAULTS, directory: '/data' }
    const log = await openFileLog({ clock, logger, disk }, { ...logOptions, prefix: 'chat_' })
    const moderationLog = await openFileLog(
      { clock, logger, disk },
      { ...logOptions, prefix: 'moderation_' },
    )
    const speaker = async (userId: UserId, scopes: readonly string[] | null = null) => {
      const user = await accounts.users.get(userId)
      if (user === null) return null
      const { username, displayName, role } = user
      return { userId, username, displayName, role, createdAtMs: 0, scopes }
    }
    const followed = new Follows(follows, clock)
    const chat = new Chat(
      {
        ...{ log, moderationLog, clock, logger, speaker },
        channelExists: async (id) => (await channels.get(id)) !== null,
        settingsOf: async (id) => (await channels.get(id))?.settings ?? {},
        saveSettings: async (id, settings) => {
          await channels.update(id, { settings: JSON.parse(JSON.stringify(settings)) })
        },
        followedSinceMs: (channelId, userId) => followed.sinceMs(channelId, userId),
      },
      { ...CHAT_DEFAULTS, limits: 'off' },
    )
    tokens = new BotTokens(bots, clock)
    joined = { chat, speaker }
    const emotes = new Emotes(new MemoryBlobs())
    await addChatRoutes(app, api, { chat, speaker, follows: followed, tokens, emotes })
    context.after(() => chat.close())
  }
  const site = await startSite(context, { deps: { addRoutes } })
  const owner = await signUp(site, 'olivia')
  const ann = await signUp(site, 'annabel')
  const bob = await signUp(site, 'bobby')
  if (joined === null || tokens === null) throw new TypeError('routes were not added')
  const { chat, speaker }: { chat: Chat; speaker: (id: UserId) => Promise<Speaker | null> } = joined
  const found: BotTokens = tokens
  return {
    ...{ owner, ann, bob, tokens: found, fake: site.fake, clock: site.clock, url: site.url },
    /** Sends bytes as they are. */
    upload: (path: string, user: Person | undefined, bytes: Buffer, type = 'image/png') =>
      fetch(site.url + path, {
        method: 'PUT',
        headers: {
          'content-type': type,
          ...(user !== undefined && { authorization: `Bearer ${user.token}` }),
        },
        body: new Uint8Array(bytes),
      }),
    call: (method: string, path: string, user?: Person, body?: object) =>
      call(site.url + path, method, user, body),
    say: async (user: Person, content: string, parentId: string | null = null) => {
      const room = await chat.room(owner.id)
      const who = await speaker(user.id)
      if (who === null) throw new TypeError('nobody')
      const message = { type: 'message', content, parent_id: parentId as MessageId | null } as const
      return await chat.say(room, who, message, '127.0.0.1')
    },
  }
}

interface Person {
  readonly id: UserId
  readonly token: string
}

async function signUp(
  site: { signUp: (name: string) => Promise<{ token: string; user: { id: string } }> },
  name: string,
): Promise<Person> {
  const { token, user } = await site.signUp(name)
  return { token, id: user.id as UserId }
}

async function call(url: string, method: string, user?: Person, body?: object) {
  const headers = user === undefined ? {} : asUser(user.token)
  const isBodied = body !== undefined
  const init = isBodied
    ? { method, headers, body: JSON.stringify(body) }
    : { method, headers: { authorization: headers['authorization'] ?? '' } }
  const response = await fetch(url, user === undefined && !isBodied ? { method } : init)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  const parsed: unknown = isJson ? JSON.parse(text) : text
  return { status: response.status, body: parsed }
}

function contents(body: unknown): unknown[] {
  ok(typeof body === 'object' && body !== null && 'messages' in body)
  ok(Array.isArray(body.messages))
  return body.messages.map((message: { content: unknown }) => message.content)
}

/** Offset and content of each message, and where to go on. */
function replayed(body: unknown) {
  const page = z
    .object({
      messages: z.array(
        z.object({ offset_ms: z.number(), message: z.object({ content: z.string() }) }),
      ),
      next_after: z.number().nullable(),
    })
    .parse(body)
  const messages = page.messages.map(({ offset_ms, message }) => [offset_ms, message.content])
  return { messages, next: page.next_after }
}

function emoteList(body: unknown) {
  return z.object({ emotes: z.array(z.object({ name: z.string(), url: z.string() })) }).parse(body)
    .emotes
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n)
}
