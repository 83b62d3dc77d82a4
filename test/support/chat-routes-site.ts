import { ok } from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { FILE_LOG_DEFAULTS, openFileLog } from '../../src/adapters/index.ts'
import type { MessageId, UserId } from '../../src/base/index.ts'
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
import { type ApiContext, addChatRoutes } from '../../src/servers/index.ts'
import { asUser, startSite } from './http-site.ts'
import { MemoryBlobs } from './memory-blobs.ts'
import { MemoryDisk } from './memory-disk.ts'
import { openMemoryRecords } from './memory-records.ts'

/** A site with the routes of the chat: a channel of `owner`, and two who may write there. */
export async function openChatRoutes(context: TestContext) {
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

/** What the messages of a page say, in its order. */
export function contents(body: unknown): unknown[] {
  ok(typeof body === 'object' && body !== null && 'messages' in body)
  ok(Array.isArray(body.messages))
  return body.messages.map((message: { content: unknown }) => message.content)
}
