import { join } from 'node:path'
import { z } from 'zod'
import { FILE_LOG_DEFAULTS, openDiskBlobs, openFileLog } from '../adapters/index.ts'
import { type Logger, systemClock, type UserId } from '../base/index.ts'
import {
  BOT_TOKEN_COLLECTION,
  BotTokens,
  CHAT_DEFAULTS,
  Chat,
  Emotes,
  FOLLOW_COLLECTION,
  Follows,
  type Speaker,
} from '../chat/index.ts'
import { type Config, publicOriginOf, trustedProxiesOf } from '../config.ts'
import {
  CHAT_SERVER_DEFAULTS,
  createAddressOf,
  createChatIdentity,
  findSpeaker,
  type HttpServer,
  isTls,
  startChatServer,
} from '../servers/index.ts'
import { type Closeable, close } from './closeable.ts'
import { openRecords, type People } from './people.ts'

/** Everything that people say something with. */
export interface Talk extends Closeable {
  readonly chat: Chat
  readonly follows: Follows
  readonly tokens: BotTokens
  readonly emotes: Emotes
  speaker(userId: UserId, scopes?: readonly string[] | null): Promise<Speaker | null>
}

/** What can be kept among a channel's settings. */
const jsonObject = z.record(z.string(), z.json())

/** The chat with its files, and what else people say with: follows, tokens of bots. */
export async function openTalk(config: Config, people: People, logger: Logger): Promise<Talk> {
  await using opened = new AsyncDisposableStack()
  const { dataDir, accounts, channels } = people
  const followed = opened.adopt(await openRecords(dataDir, 'follows', FOLLOW_COLLECTION), close)
  const issued = opened.adopt(await openRecords(dataDir, 'tokens', BOT_TOKEN_COLLECTION), close)
  const logDeps = { clock: systemClock, logger }
  const logOptions = { ...FILE_LOG_DEFAULTS, directory: dataDir }
  const log = await openFileLog(logDeps, { ...logOptions, prefix: 'chat_' })
  opened.adopt(log, close)
  const moderationLog = await openFileLog(logDeps, { ...logOptions, prefix: 'moderation_' })
  opened.adopt(moderationLog, close)

  const follows = new Follows(followed, systemClock)
  const speaker = (userId: UserId, scopes: readonly string[] | null = null) =>
    findSpeaker(accounts, userId, scopes)
  const chat = new Chat(
    {
      log,
      moderationLog,
      clock: systemClock,
      logger,
      speaker,
      channelExists: async (id) => (await channels.get(id)) !== null,
      settingsOf: async (id) => (await channels.get(id))?.settings ?? {},
      saveSettings: async (id, settings) => {
        await channels.update(id, { settings: jsonObject.parse(settings) })
      },
      followedSinceMs: (id, userId) => follows.sinceMs(id, userId),
    },
    { ...CHAT_DEFAULTS, limits: config.limits },
  )
  opened.adopt(chat, close)
  const tokens = new BotTokens(issued, systemClock)
  const emotes = new Emotes(await openDiskBlobs(join(dataDir, 'emotes'), { isSynced: true }))
  const kept = opened.move()
  return { chat, follows, tokens, emotes, speaker, close: () => kept.disposeAsync() }
}

/** Takes chat sockets at the HTTP server's address. */
export function startChat(
  config: Config,
  people: People,
  talk: Talk,
  http: HttpServer,
  logger: Logger,
): Closeable {
  const origin = { publicOrigin: publicOriginOf(config) }
  const identity = createChatIdentity(people.accounts, talk.tokens, origin)
  const server = startChatServer(
    {
      ...identity,
      chat: talk.chat,
      speaker: talk.speaker,
      addressOf: createAddressOf(trustedProxiesOf(config)),
      clock: systemClock,
      logger,
    },
    { ...CHAT_SERVER_DEFAULTS, limits: config.limits, isTls: isTls(origin) },
  )
  http.server.on('upgrade', (request, socket, head) => server.upgrade(request, socket, head))
  return server
}
