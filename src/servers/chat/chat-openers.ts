import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type UserId, ViblyError } from '../../base/index.ts'
import type { BotTokens, Chat, Room, Speaker } from '../../chat/index.ts'
import type { ApiContext } from '../api/api-context.ts'
import { queryNumber } from '../wire.ts'
import { findBot } from './chat-identity.ts'

export const channelParams = z.object({
  channel: z.string().min(1).max(40).describe('id or username'),
})
export const idText = z.string().min(8).max(40)
/** Stored records, told as they are; the chat's own document describes them. */
export const record = z.record(z.string(), z.unknown())
export const seqQuery = queryNumber({ min: 1, max: Number.MAX_SAFE_INTEGER })

/** What nearly every route of the chat begins with. */
export interface Openers {
  /** @throws ViblyError `chat.channel-missing` */
  room(channel: string): Promise<Room>
  /**
   * Who asks, as the chat knows them; maybe a bot. @throws ViblyError `accounts.unauthenticated`
   */
  speaker(request: FastifyRequest): Promise<Speaker>
  /** The room that an address names, and who asks. @throws as `room` and `speaker` */
  visit(
    request: FastifyRequest & { readonly params: { readonly channel: string } },
  ): Promise<{ readonly room: Room; readonly speaker: Speaker }>
  /**
   * The room, for its owner or an administrator in person, no bot of theirs. @throws ViblyError
   * `http.forbidden`
   */
  ownRoom(request: FastifyRequest, channel: string): Promise<Room>
}

export function createOpeners(
  context: ApiContext,
  deps: {
    readonly chat: Chat
    readonly tokens: BotTokens
    speaker(userId: UserId, scopes: readonly string[] | null): Promise<Speaker | null>
  },
): Openers {
  const room = async (channel: string): Promise<Room> => {
    const found = await context.channels.byIdOrName(channel)
    if (found === null) throw new ViblyError('chat.channel-missing')
    return await deps.chat.room(found.id)
  }
  const speaker = async (request: FastifyRequest): Promise<Speaker> => {
    const bot = await findBot(deps.tokens, request)
    const { userId } = bot ?? (await context.identify(request))
    const found = await deps.speaker(userId, bot?.scopes ?? null)
    if (found === null) throw new ViblyError('accounts.unauthenticated')
    return found
  }
  const visit: Openers['visit'] = async (request) => ({
    room: await room(request.params.channel),
    speaker: await speaker(request),
  })
  const ownRoom = async (request: FastifyRequest, channel: string): Promise<Room> => {
    const who = await speaker(request)
    const opened = await room(channel)
    const isTheirs = who.userId === opened.channelId || who.role === 'admin'
    if (!isTheirs || who.scopes !== null) throw new ViblyError('http.forbidden')
    return opened
  }
  return { room, speaker, visit, ownRoom }
}
