import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Accounts } from '../../accounts/index.ts'
import type { UserId } from '../../base/index.ts'
import type { BotTokens, FoundToken, Speaker } from '../../chat/index.ts'
import { createIdentify, type IdentifyOptions } from '../api/identify.ts'
import { bearerOf } from '../api/session-cookies.ts'
import type { ChatServerDeps } from './chat-server.ts'
import type { ChatIdentity } from './chat-socket.ts'

/** Someone as the chat shows them; null: the account is gone or disabled. */
export async function findSpeaker(
  { users }: Pick<Accounts, 'users'>,
  userId: UserId,
  scopes: readonly string[] | null,
): Promise<Speaker | null> {
  const user = await users.get(userId)
  if (user === null || user.isDisabled) return null
  const { username, displayName, role } = user
  return { userId, username, displayName, role, scopes, createdAtMs: Date.parse(user.createdAt) }
}

/** The program that asks; null: none, by no token that is good. */
export async function findBot(
  tokens: Pick<BotTokens, 'find'>,
  { headers }: { readonly headers: IncomingHttpHeaders },
): Promise<FoundToken | null> {
  const bearer = bearerOf(headers)
  return bearer === null ? null : await tokens.find(bearer)
}

/**
 * Who a chat socket belongs to, people by their sign-in and programs by their token, and until
 * when.
 */
export function createChatIdentity(
  accounts: Accounts,
  tokens: BotTokens,
  options: IdentifyOptions,
): Pick<ChatServerDeps, 'identify' | 'isSignedIn' | 'onSessionEnded'> {
  const identify = createIdentify(accounts, options)
  return {
    identify: async (request: IncomingMessage): Promise<ChatIdentity | null> => {
      const bot = await findBot(tokens, request)
      if (bot !== null) return { userId: bot.userId, scopes: bot.scopes, sessionId: bot.id }
      const identity = await identify(request)
      return identity === null ? null : { ...identity, scopes: null }
    },
    isSignedIn: async ({ userId, sessionId, scopes }) => {
      if (scopes === null) return await accounts.isSignedIn(sessionId)
      const isActive = await tokens.isActive(sessionId)
      return isActive && (await findSpeaker(accounts, userId, scopes)) !== null
    },
    onSessionEnded: (listener) => {
      const stops = [accounts.onSessionEnded(listener), tokens.onRevoked(listener)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
