import { z } from 'zod'
import { type ChannelId, isId, type MessageId, type UserId, ViblyError } from '../base/index.ts'
import {
  type BotTokens,
  type Chat,
  durationSchema,
  type Emotes,
  type Follows,
  type Speaker,
  scopeSchema,
  settingsChangeSchema,
} from '../chat/index.ts'
import type { ApiApp, ApiContext } from './api/api-context.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from './api/responses.ts'
import { addEmoteRoutes } from './chat-emote-routes.ts'
import { addChatReading } from './chat-history-routes.ts'
import { channelParams, createOpeners, type Openers, record, seqQuery } from './chat-openers.ts'

export interface ChatRoutesDeps {
  readonly chat: Chat
  readonly follows: Follows
  readonly tokens: BotTokens
  readonly emotes: Emotes
  /** Someone as they are now; null: the account is gone or disabled. */
  speaker(userId: UserId, scopes: readonly string[] | null): Promise<Speaker | null>
}

const ACTIONS_MAX = 100
const idText = z.string().min(8).max(40)
const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  created_at: z.string(),
})

/**
 * `/api/channels/{channel}/...` of the chat and `/api/me/tokens`: reading, emotes, moderation, follows,
 * tokens.
 * What a moderator may do by frame they may do here; the chat itself checks who is one. [W22]
 */
export async function addChatRoutes(
  app: ApiApp,
  context: ApiContext,
  deps: ChatRoutesDeps,
): Promise<void> {
  const open = createOpeners(context, deps)
  addChatReading(app, context, open)
  await addEmoteRoutes(app, deps.emotes, open)
  addMessageModeration(app, deps, open)
  addPeopleModeration(app, deps, open)
  addFollows(app, context, deps, open)
  addTokens(app, context, deps)
}

function addMessageModeration(app: ApiApp, deps: ChatRoutesDeps, open: Openers): void {
  const { moderation } = deps.chat

  app.route({
    method: 'DELETE',
    url: '/api/channels/:channel/messages/:message_id',
    schema: {
      summary: 'Delete a message: its author or a moderator',
      ...SIGNED_IN,
      params: channelParams.extend({ message_id: idText }),
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { channel, message_id } = request.params
      const room = await open.room(channel)
      await moderation.remove(room, await open.speaker(request), asMessageId(message_id))
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'PATCH',
    url: '/api/channels/:channel/chat/settings',
    schema: {
      summary: 'Change how the chat is set: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      body: settingsChangeSchema,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const room = await open.room(request.params.channel)
      await moderation.changeSettings(room, await open.speaker(request), request.body)
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'GET',
    url: '/api/channels/:channel/chat/held',
    schema: {
      summary: 'Messages that wait for a moderator',
      ...SIGNED_IN,
      params: channelParams,
      response: { 200: z.object({ held: z.array(record) }), ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const room = await open.room(request.params.channel)
      const held = await moderation.held(room, await open.speaker(request))
      return {
        held: held.map(({ id, user, content, parentId }) => ({
          id,
          user,
          content,
          parent_id: parentId,
        })),
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/channels/:channel/chat/actions',
    schema: {
      summary: 'What moderators did, oldest first; `before` pages back: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      querystring: z.object({
        limit: z.coerce.number().int().min(1).max(ACTIONS_MAX).default(50),
        before: seqQuery.default(Number.MAX_SAFE_INTEGER),
      }),
      response: { 200: z.object({ actions: z.array(record) }), ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const room = await open.room(request.params.channel)
      const speaker = await open.speaker(request)
      const { before, limit } = request.query
      const actions = await moderation.actions(room, speaker, before, limit)
      return { actions: z.array(record).parse(actions) }
    },
  })
}

function addPeopleModeration(app: ApiApp, deps: ChatRoutesDeps, open: Openers): void {
  const { moderation } = deps.chat
  const params = channelParams.extend({ user_id: idText })
  const terms = z.object({
    duration_s: durationSchema.nullish(),
    reason: z.string().max(500).optional(),
  })

  app.route({
    method: 'PUT',
    url: '/api/channels/:channel/bans/:user_id',
    schema: {
      summary: 'Silence someone for a time or for good, and delete what they said: moderators only',
      ...SIGNED_IN,
      params,
      body: terms,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const room = await open.room(request.params.channel)
      const { duration_s: durationS = null, reason = '' } = request.body
      const target = asUserId(request.params.user_id)
      await moderation.ban(room, await open.speaker(request), target, { durationS, reason })
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/channels/:channel/bans/:user_id',
    schema: { summary: 'Let someone speak again', ...SIGNED_IN, params, response: NO_CONTENT },
    handler: async (request, reply) => {
      const room = await open.room(request.params.channel)
      const target = asUserId(request.params.user_id)
      await moderation.unban(room, await open.speaker(request), target)
      return reply.status(204).send()
    },
  })

  for (const [method, change] of [
    ['PUT', 'add'],
    ['DELETE', 'remove'],
  ] as const) {
    app.route({
      method,
      url: '/api/channels/:channel/moderators/:user_id',
      schema: {
        summary: `${change} a moderator: the owner only`,
        ...SIGNED_IN,
        params,
        response: NO_CONTENT,
      },
      handler: async (request, reply) => {
        const room = await open.room(request.params.channel)
        const target = asUserId(request.params.user_id)
        await moderation.setModerator(room, await open.speaker(request), target, change)
        return reply.status(204).send()
      },
    })
  }
}

function addFollows(
  app: ApiApp,
  context: ApiContext,
  { follows }: ChatRoutesDeps,
  open: Openers,
): void {
  const answer = z.object({ following: z.boolean(), followers: z.number() })
  const tell = async (channelId: ChannelId, follower: UserId) => ({
    following: (await follows.sinceMs(channelId, follower)) !== null,
    followers: await follows.count(channelId),
  })

  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    app.route({
      method,
      url: '/api/channels/:channel/follow',
      schema: {
        summary:
          'Whether the signed-in user follows a channel; PUT follows, DELETE does not any more',
        ...SIGNED_IN,
        params: channelParams,
        response: { 200: answer, ...FAULT_RESPONSES },
      },
      handler: async (request) => {
        const { userId: follower } = await context.identify(request)
        const { channelId } = await open.room(request.params.channel)
        if (method === 'PUT') await follows.follow(channelId, follower)
        if (method === 'DELETE') await follows.unfollow(channelId, follower)
        return await tell(channelId, follower)
      },
    })
  }
}

function addTokens(app: ApiApp, context: ApiContext, { tokens }: ChatRoutesDeps): void {
  app.route({
    method: 'GET',
    url: '/api/me/tokens',
    schema: {
      summary: 'Tokens for bots of the signed-in user',
      ...SIGNED_IN,
      response: { 200: z.object({ tokens: z.array(tokenSchema) }), ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { userId: owner } = await context.identify(request)
      return { tokens: (await tokens.list(owner)).map((token) => ({ ...token })) }
    },
  })

  app.route({
    method: 'POST',
    url: '/api/me/tokens',
    schema: {
      summary: 'Make a token for a bot; it is shown this once',
      ...SIGNED_IN,
      body: z.object({
        name: z.string().min(1).max(50),
        scopes: z.array(scopeSchema).min(1).max(3),
      }),
      response: { 201: tokenSchema.extend({ token: z.string() }), ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const { userId: owner } = await context.identify(request)
      const { name, scopes } = request.body
      const { token, about } = await tokens.create(owner, name, scopes)
      return reply.status(201).send({ ...about, token: token.reveal() })
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/me/tokens/:token_id',
    schema: {
      summary: 'Revoke a token',
      ...SIGNED_IN,
      params: z.object({ token_id: idText }),
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { userId: owner } = await context.identify(request)
      const isRevoked = await tokens.revoke(owner, request.params.token_id)
      if (!isRevoked) throw new ViblyError('chat.token-missing')
      return reply.status(204).send()
    },
  })
}

function asMessageId(text: string): MessageId {
  if (!isId<MessageId>(text)) throw new ViblyError('chat.message-missing')
  return text
}

function asUserId(text: string): UserId {
  if (!isId<UserId>(text)) throw new ViblyError('chat.user-missing')
  return text
}
