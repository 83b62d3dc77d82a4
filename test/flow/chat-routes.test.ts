import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { FILE_LOG_DEFAULTS, openFileLog } from '../../src/adapters/file-log.ts'
import type { UserId } from '../../src/base/index.ts'
import {
  BOT_TOKEN_COLLECTION,
  BotTokens,
  CHAT_DEFAULTS,
  Chat,
  FOLLOW_COLLECTION,
  Follows,
  type Speaker,
} from '../../src/chat/index.ts'
import { addChatRoutes } from '../../src/servers/chat-routes.ts'
import type { ApiContext } from '../../src/servers/index.ts'
import { asUser, startSite } from '../support/http-site.ts'
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

test('one follows a channel once, is counted, and may leave', async (context) => {
  const { call, owner, ann, bob } = await openSite(context)
  const follow = `/api/channels/${owner.id}/follow`
  equal((await call('PUT', follow)).status, 401)
  for (const user of [ann, ann, bob]) equal((await call('PUT', follow, user)).status, 200)
  deepEqual((await call('GET', follow, ann)).body, { following: true, followers: 2 })
  deepEqual((await call('DELETE', follow, ann)).body, { following: false, followers: 1 })
})

test('a bot’s token is shown once, good for its scopes, and revocable by its owner alone', async (context) => {
  const { call, tokens, ann, bob } = await openSite(context)
  const made = await call('POST', '/api/me/tokens', ann, { name: 'bot', scopes: ['chat:write'] })
  equal(made.status, 201)
  const { token, id } = made.body as { token: string; id: string }
  match(token, /^vibly_bot_[A-Za-z0-9_-]{43}$/)
  deepEqual(await tokens.find(token), { userId: ann.id, scopes: ['chat:write'] })
  equal(await tokens.find(`${token.slice(0, -1)}_`), null)
  const list = await call('GET', '/api/me/tokens', ann)
  ok(!JSON.stringify(list.body).includes(token))
  equal((await call('DELETE', `/api/me/tokens/${id}`, bob)).status, 404)
  equal((await call('DELETE', `/api/me/tokens/${id}`, ann)).status, 204)
  equal(await tokens.find(token), null)
  equal((await call('POST', '/api/me/tokens', ann, { name: 'x', scopes: ['admin'] })).status, 400)
})

test('the owner, and nobody else, takes the whole chat away as JSON or text', async (context) => {
  const { call, say, owner, ann } = await openSite(context)
  for (let n = 1; n <= 250; n += 1) await say(ann, `message ${n}`)
  const url = `/api/channels/${owner.id}/chat/export`
  equal((await call('GET', url, ann)).status, 403)
  const json = await call('GET', url, owner)
  const lines = String(json.body).trim().split('\n')
  deepEqual(
    lines.map((line) => JSON.parse(line).content),
    range(1, 250).map((n) => `message ${n}`),
  )
  const text = await call('GET', `${url}?format=text`, owner)
  match(String(text.body).split('\n')[0] ?? '', /^\d{4}-.*Z <annabel> message 1$/)
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
      const user = await accounts.user(userId)
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
    addChatRoutes(app, api, { chat, speaker, follows: followed, tokens })
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
    ...{ owner, ann, bob, tokens: found },
    call: (method: string, path: string, user?: Person, body?: object) =>
      call(site.url + path, method, user, body),
    say: async (user: Person, content: string) => {
      const room = await chat.room(owner.id)
      const who = await speaker(user.id)
      if (who === null) throw new TypeError('nobody')
      return await chat.say(room, who, { type: 'message', content }, '127.0.0.1')
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

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n)
}
