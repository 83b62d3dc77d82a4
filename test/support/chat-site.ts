import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { FILE_LOG_DEFAULTS, type FileLogOptions, openFileLog } from '../../src/adapters/index.ts'
import type { Disk } from '../../src/adapters/log/file-log-disk.ts'
import {
  type ChannelId,
  type Clock,
  isId,
  type Logger,
  systemClock,
  type UserId,
  ViblyError,
} from '../../src/base/index.ts'
import { CHAT_DEFAULTS, Chat, type ChatOptions, type Speaker } from '../../src/chat/index.ts'
import {
  CHAT_SERVER_DEFAULTS,
  type ChatServerOptions,
  createAddressOf,
  createIdentify,
  startChatServer,
} from '../../src/servers/index.ts'
import { silentLogger } from './silent-logger.ts'

export interface ChatSiteOptions {
  readonly directory: string
  readonly port?: number
  readonly clock?: Clock
  readonly logger?: Logger
  /** Another disk than the real one. */
  readonly disk?: Disk
  readonly log?: Partial<FileLogOptions>
  readonly chat?: Partial<ChatOptions>
  readonly server?: Partial<ChatServerOptions>
}

/** The channel that every chat site has; its owner has the same id. */
export const CHANNEL = 'channel-1' as ChannelId
export const ADMIN = 'admin-0001' as UserId

export type ChatSite = Awaited<ReturnType<typeof startChatSite>>

/**
 * The chat alone behind a plain HTTP server, with real files and real sockets. Anyone may be
 * anyone: a token is `{user id}.{session id}`, and users are made up from their ids.
 */
export async function startChatSite(options: ChatSiteOptions) {
  const { directory, clock = systemClock, logger = silentLogger } = options
  const logOptions = { ...FILE_LOG_DEFAULTS, directory, ...options.log }
  const logDeps = { clock, logger, ...(options.disk && { disk: options.disk }) }
  const log = await openFileLog(logDeps, { ...logOptions, prefix: 'chat_' })
  const moderationLog = await openFileLog(logDeps, { ...logOptions, prefix: 'moderation_' })
  const settings = new Map<ChannelId, Readonly<Record<string, unknown>>>()
  const followers = new Map<string, number>()
  const listeners = new Set<(sessionId: string, userId: UserId) => void>()
  const ended = new Set<string>()
  const speaker = async (userId: UserId, scopes: readonly string[] | null = null) =>
    speakerOf(userId, scopes)

  const chat = new Chat(
    {
      log,
      moderationLog,
      clock,
      logger,
      speaker,
      channelExists: async (channelId) => channelId.startsWith('channel-'),
      settingsOf: async (channelId) => settings.get(channelId) ?? {},
      saveSettings: async (channelId, change) => {
        settings.set(channelId, { ...settings.get(channelId), ...structuredClone(change) })
      },
      followedSinceMs: async (_, userId) => followers.get(userId) ?? null,
    },
    { ...CHAT_DEFAULTS, ...options.chat },
  )

  const authenticate = async (token: string) => {
    const [userId = '', sessionId = ''] = token.split('.')
    if (!isId<UserId>(userId) || ended.has(sessionId)) {
      throw new ViblyError('accounts.unauthenticated')
    }
    return { userId, sessionId, role: 'user' as const }
  }
  const identify = createIdentify({ authenticate }, { publicOrigin: null })
  const server = startChatServer(
    {
      chat,
      speaker,
      clock,
      logger,
      // As a proxy would say it, so that a test can come from anywhere.
      addressOf: createAddressOf(['127.0.0.1']),
      identify: async (request) => {
        const identity = await identify(request)
        return identity === null ? null : { ...identity, scopes: scopesOf(identity.userId) }
      },
      isSignedIn: async ({ sessionId }) => !ended.has(sessionId),
      onSessionEnded: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    { ...CHAT_SERVER_DEFAULTS, ...options.server },
  )
  const http = createServer((_, response) => response.writeHead(404).end())
  http.on('upgrade', (request, socket, head) => server.upgrade(request, socket, head))
  await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', 4096, resolve))
  const { port } = http.address() as AddressInfo

  return {
    port,
    chat,
    server,
    log,
    settings,
    followers,
    endSession: (sessionId: string, userId: UserId, how: 'told' | 'silent' = 'told') => {
      ended.add(sessionId)
      if (how === 'told') for (const listener of listeners) listener(sessionId, userId)
    },
    close: async () => {
      await server.close()
      await chat.close()
      await log.close()
      await moderationLog.close()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** A user made up from an id: `ann-00001` is called ann; ids with `bot` are bots, `new` are new. */
function speakerOf(userId: UserId, scopes: readonly string[] | null): Speaker | null {
  if (userId.startsWith('gone-')) return null
  const username = userId.split('-')[0] ?? userId
  return {
    userId,
    username,
    displayName: username.toUpperCase(),
    role: userId === ADMIN ? 'admin' : 'user',
    createdAtMs: userId.startsWith('new') ? Date.now() : 0,
    scopes,
  }
}

function scopesOf(userId: string): readonly string[] | null {
  return userId.startsWith('bot') ? ['chat:read'] : null
}

/** A chat site on a directory of its own that can be restarted; all is gone after the test. */
export async function openChatSite(
  context: TestContext,
  options: Omit<ChatSiteOptions, 'directory'> = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-chat-'))
  let site = await startChatSite({ directory, ...options })
  context.after(async () => {
    await site.close()
    await rm(directory, { recursive: true })
  })
  return {
    ...site,
    directory,
    restart: async () => {
      await site.close()
      site = await startChatSite({ directory, ...options })
      return site
    },
  }
}
