import { z } from 'zod'
import { cleanTitle } from '../../accounts/index.ts'
import { ViblyError } from '../../base/index.ts'
import {
  broadcastChangeSchema,
  broadcastListSchema,
  broadcastSchema,
  pageSchema,
  type WireBroadcast,
} from '../wire.ts'
import type { ApiApp, ApiContext, BroadcastFacts } from './api-context.ts'
import { findOwn, findReadable } from './broadcast-access.ts'
import { listBroadcasts } from './broadcast-list.ts'
import { FAULT_RESPONSES, MAYBE_SIGNED_IN, NO_CONTENT, SIGNED_IN } from './responses.ts'
import { wireBroadcast } from './wire-forms.ts'

const broadcastParams = z.object({ id: z.string().max(40) })

/** `/api/broadcasts...`: broadcasts on air or over, and what their owner says of them. */
export function addBroadcastRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/broadcasts',
    schema: {
      summary: 'Public broadcasts of all channels that are over, newest first',
      querystring: pageSchema,
      response: { 200: broadcastListSchema, ...FAULT_RESPONSES },
    },
    handler: (request) =>
      listBroadcasts(context, { channelId: null, show: 'public', when: 'over' }, request.query),
  })

  app.route({
    method: 'GET',
    url: '/api/broadcasts/:id',
    schema: {
      summary: 'One broadcast; one that is private is there for its owner only',
      ...MAYBE_SIGNED_IN,
      params: broadcastParams,
      response: { 200: broadcastSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) =>
      withChannel(context, await findReadable(context, request, request.params.id)),
  })

  app.route({
    method: 'PATCH',
    url: '/api/broadcasts/:id',
    schema: {
      summary:
        'Rename a broadcast or set who may see it: its owner only. It holds at once, also while live',
      ...SIGNED_IN,
      params: broadcastParams,
      body: broadcastChangeSchema,
      response: { 200: broadcastSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { facts } = await findOwn(context, request, request.params.id)
      const { title, visibility } = request.body
      const changed = await context.live.changeBroadcast(facts.id, {
        ...(title !== undefined && { title: cleanTitle(title) }),
        ...(visibility !== undefined && { visibility }),
      })
      if (changed === null) throw new ViblyError('live.broadcast-not-found')
      return withChannel(context, changed)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/broadcasts/:id',
    schema: {
      summary:
        'Delete a broadcast with all its media: its owner only. One that is live is ended first',
      ...SIGNED_IN,
      params: broadcastParams,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { facts, identity } = await findOwn(context, request, request.params.id)
      const { id, channelId } = facts
      await context.live.deleteBroadcast(id)
      const { userId } = identity
      context.logger.info('broadcast deleted', { broadcastId: id, channelId, userId })
      return reply.status(204).send()
    },
  })
}

async function withChannel(
  { channels }: Pick<ApiContext, 'channels'>,
  facts: BroadcastFacts,
): Promise<WireBroadcast> {
  const channel = await channels.get(facts.channelId)
  // Its owner is disabled: nothing of the channel is shown.
  if (channel === null) throw new ViblyError('live.broadcast-not-found')
  return wireBroadcast(facts, channel)
}
