import { z } from 'zod'
import { isId, type MessageId, type UserId, ViblyError } from '../../base/index.ts'
import {
  CONTENT_CHARACTERS_MAX,
  durationSchema,
  type Moderation,
  reasonSchema,
  settingsChangeSchema,
  settingsSchema,
} from '../../chat/index.ts'
import type { ApiApp } from '../api/api-context.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from '../api/responses.ts'
import { queryNumber } from '../wire.ts'
import { channelParams, idText, type Openers, record, seqQuery } from './chat-openers.ts'

const ACTIONS_MAX = 100
const person = z.object({ id: z.string(), username: z.string(), display_name: z.string() })

/**
 * What a moderator may do by frame, by request; a bot with the scope `channel:moderate` too. [W32]
 */
export function addChatModeration(app: ApiApp, moderation: Moderation, open: Openers): void {
  addMessages(app, moderation, open)
  addHeld(app, moderation, open)
  addSettings(app, moderation, open)
  addBans(app, moderation, open)
  addModerators(app, moderation, open)
}

function addMessages(app: ApiApp, moderation: Moderation, open: Openers): void {
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
      const { room, speaker } = await open.visit(request)
      await moderation.remove(room, speaker, asMessageId(request.params.message_id))
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/channels/:channel/messages',
    schema: {
      summary: 'Delete everything that a user has said so far: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      querystring: z.object({ user_id: idText }),
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { room, speaker } = await open.visit(request)
      const target = asUserId(request.query.user_id)
      await moderation.purge(room, speaker, target)
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/channels/:channel/chat/announcements',
    schema: {
      summary: 'Say something in the name of the channel: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      body: z.object({
        content: z.string().max(4000).meta({ minLength: 1, maxLength: CONTENT_CHARACTERS_MAX }),
      }),
      response: { 201: z.object({ id: z.string(), seq: z.number() }), ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      const { room, speaker } = await open.visit(request)
      const { id, seq } = await moderation.announce(room, speaker, request.body.content)
      return reply.status(201).send({ id, seq })
    },
  })
}

function addHeld(app: ApiApp, moderation: Moderation, open: Openers): void {
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
      const { room, speaker } = await open.visit(request)
      const held = await moderation.held(room, speaker)
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

  for (const [decision, summary] of [
    ['approve', 'Let a message that waits be said'],
    ['reject', 'Refuse a message that waits'],
  ] as const) {
    app.route({
      method: 'POST',
      url: `/api/channels/:channel/chat/held/:message_id/${decision}`,
      schema: {
        summary: `${summary}: moderators only`,
        ...SIGNED_IN,
        params: channelParams.extend({ message_id: idText }),
        response: NO_CONTENT,
      },
      handler: async (request, reply) => {
        const { room, speaker } = await open.visit(request)
        const id = asMessageId(request.params.message_id)
        await moderation[decision](room, speaker, id)
        return reply.status(204).send()
      },
    })
  }
}

function addSettings(app: ApiApp, moderation: Moderation, open: Openers): void {
  const url = '/api/channels/:channel/chat/settings'

  app.route({
    method: 'GET',
    url,
    schema: {
      summary: 'How the chat is set, with its blocked words: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      response: { 200: settingsSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { room, speaker } = await open.visit(request)
      return moderation.settings(room, speaker)
    },
  })

  app.route({
    method: 'PATCH',
    url,
    schema: {
      summary: 'Change how the chat is set: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      body: settingsChangeSchema,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { room, speaker } = await open.visit(request)
      await moderation.changeSettings(room, speaker, request.body)
      return reply.status(204).send()
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
        limit: queryNumber({ min: 1, max: ACTIONS_MAX }).prefault(50),
        before: seqQuery.prefault(Number.MAX_SAFE_INTEGER),
      }),
      response: { 200: z.object({ actions: z.array(record) }), ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { room, speaker } = await open.visit(request)
      const { before, limit } = request.query
      const actions = await moderation.actions(room, speaker, before, limit)
      return { actions: z.array(record).parse(actions) }
    },
  })
}

const channelAndUser = channelParams.extend({ user_id: idText })

function addBans(app: ApiApp, moderation: Moderation, open: Openers): void {
  app.route({
    method: 'GET',
    url: '/api/channels/:channel/bans',
    schema: {
      summary: 'Who is silenced at the moment, the latest last: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      response: {
        200: z.object({
          bans: z.array(
            z.object({
              user: person,
              until: z.string().nullable().describe('ISO 8601, UTC; null: for good'),
              reason: z.string(),
              created_at: z.string(),
            }),
          ),
        }),
        ...FAULT_RESPONSES,
      },
    },
    handler: async (request) => {
      const { room, speaker } = await open.visit(request)
      return { bans: [...(await moderation.bans(room, speaker))] }
    },
  })

  app.route({
    method: 'PUT',
    url: '/api/channels/:channel/bans/:user_id',
    schema: {
      summary: 'Silence someone for a time or for good, and delete what they said: moderators only',
      ...SIGNED_IN,
      params: channelAndUser,
      body: z.object({ duration_s: durationSchema.nullish(), reason: reasonSchema }),
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { room, speaker } = await open.visit(request)
      const { duration_s: durationS = null, reason = '' } = request.body
      const target = asUserId(request.params.user_id)
      await moderation.ban(room, speaker, target, { durationS, reason })
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/channels/:channel/bans/:user_id',
    schema: {
      summary: 'Let someone speak again: moderators only',
      ...SIGNED_IN,
      params: channelAndUser,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { room, speaker } = await open.visit(request)
      const target = asUserId(request.params.user_id)
      await moderation.unban(room, speaker, target)
      return reply.status(204).send()
    },
  })
}

function addModerators(app: ApiApp, moderation: Moderation, open: Openers): void {
  app.route({
    method: 'GET',
    url: '/api/channels/:channel/moderators',
    schema: {
      summary: 'Who moderates beside the owner: moderators only',
      ...SIGNED_IN,
      params: channelParams,
      response: { 200: z.object({ moderators: z.array(person) }), ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { room, speaker } = await open.visit(request)
      const found = await moderation.moderators(room, speaker)
      return { moderators: [...found] }
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
        params: channelAndUser,
        response: NO_CONTENT,
      },
      handler: async (request, reply) => {
        const { room, speaker } = await open.visit(request)
        const target = asUserId(request.params.user_id)
        await moderation.setModerator(room, speaker, target, change)
        return reply.status(204).send()
      },
    })
  }
}

function asMessageId(text: string): MessageId {
  if (!isId<MessageId>(text)) throw new ViblyError('chat.message-missing')
  return text
}

function asUserId(text: string): UserId {
  if (!isId<UserId>(text)) throw new ViblyError('chat.user-missing')
  return text
}
