import { z } from 'zod'
import { type ChannelId, type UserId, ViblyError } from '../../base/index.ts'
import {
  type BotTokens,
  type Chat,
  type Emotes,
  type Follows,
  type Speaker,
  scopeSchema,
} from '../../chat/index.ts'
import type { ApiApp, ApiContext } from '../api/api-context.ts'
import { listChannels } from '../api/channel-lists.ts'
import { FAULT_RESPONSES, MAYBE_SIGNED_IN, NO_CONTENT, SIGNED_IN } from '../api/responses.ts'
import { channelListSchema, pageSchema } from '../wire.ts'
import { addEmoteRoutes } from './chat-emote-routes.ts'
import { addChatReading } from './chat-history-routes.ts'
import { addChatModeration } from './chat-moderation-routes.ts'
import { channelParams, createOpeners, idText, type Openers } from './chat-openers.ts'

export interface ChatRoutesDeps {
  readonly chat: Chat
  readonly follows: Follows
  readonly tokens: BotTokens
  readonly emotes: Emotes
  /** Someone as they are now; null: the account is gone or disabled. */
  speaker(userId: UserId, scopes: readonly string[] | null): Promise<Speaker | null>
}

const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  created_at: z.string(),
})

/**
 * `/api/channels/{channel}/...` of the chat and `/api/me/tokens`: reading, emotes, moderation,
 * follows, tokens. What a moderator may do by frame they may do here; the chat itself checks who is
 * one. [W22]
 */
export async function addChatRoutes(
  app: ApiApp,
  context: ApiContext,
  deps: ChatRoutesDeps,
): Promise<void> {
  const open = createOpeners(context, deps)
  addChatReading(app, context, open)
  await addEmoteRoutes(app, deps.emotes, open)
  addChatModeration(app, deps.chat.moderation, open)
  addFollows(app, context, deps, open)
  addTokens(app, context, deps)
}

function addFollows(
  app: ApiApp,
  context: ApiContext,
  { follows }: ChatRoutesDeps,
  open: Openers,
): void {
  const answer = z.object({ following: z.boolean(), followers: z.number() })
  const tell = async (channelId: ChannelId, follower: UserId | null) => ({
    following: follower !== null && (await follows.sinceMs(channelId, follower)) !== null,
    followers: await follows.count(channelId),
  })

  app.route({
    method: 'GET',
    url: '/api/channels/:channel/follow',
    schema: {
      summary: 'How many follow a channel, and whether the one who asks does; guests may ask too',
      ...MAYBE_SIGNED_IN,
      params: channelParams,
      response: { 200: answer, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const reader = await context.findReader(request)
      const { channelId } = await open.room(request.params.channel)
      return await tell(channelId, reader?.userId ?? null)
    },
  })

  for (const method of ['PUT', 'DELETE'] as const) {
    app.route({
      method,
      url: '/api/channels/:channel/follow',
      schema: {
        summary: 'PUT follows a channel, DELETE does not any more',
        ...SIGNED_IN,
        params: channelParams,
        response: { 200: answer, ...FAULT_RESPONSES },
      },
      handler: async (request) => {
        const { userId: follower } = await context.identify(request)
        const { channelId } = await open.room(request.params.channel)
        if (method === 'PUT') await follows.follow(channelId, follower)
        else await follows.unfollow(channelId, follower)
        return await tell(channelId, follower)
      },
    })
  }

  app.route({
    method: 'GET',
    url: '/api/me/following',
    schema: {
      summary: 'The channels that the signed-in user follows: those on air, then the latest',
      ...SIGNED_IN,
      querystring: z.object({ limit: pageSchema.shape.limit }),
      response: { 200: channelListSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { userId: follower } = await context.identify(request)
      return await listChannels(context, await follows.followedBy(follower), request.query.limit)
    },
  })
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
