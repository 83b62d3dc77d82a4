import { z } from 'zod'
import { type BroadcastId, isId, ViblyError } from '../../base/index.ts'
import { broadcastSchema } from '../wire.ts'
import type { ApiApp, ApiContext, BroadcastFacts } from './api-context.ts'
import { assertOwner } from './channel-routes.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from './responses.ts'
import { wireBroadcast } from './wire-forms.ts'

const broadcastParams = z.object({ id: z.string().max(40) })

/** `/api/broadcasts/{id}`: one broadcast, on air or over. */
export function addBroadcastRoutes(app: ApiApp, context: ApiContext): void {
  const { live, logger } = context

  app.route({
    method: 'GET',
    url: '/api/broadcasts/:id',
    schema: {
      summary: 'One broadcast',
      params: broadcastParams,
      response: { 200: broadcastSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => wireBroadcast(await findBroadcast(request.params.id)),
  })

  app.route({
    method: 'DELETE',
    url: '/api/broadcasts/:id',
    schema: {
      summary: 'Delete a broadcast with its recording: its owner only',
      ...SIGNED_IN,
      params: broadcastParams,
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const identity = await context.identify(request)
      const { id, channelId } = await findBroadcast(request.params.id)
      assertOwner(identity, channelId)
      await live.deleteBroadcast(id)
      logger.info('broadcast deleted', { broadcastId: id, channelId, userId: identity.userId })
      return reply.status(204).send()
    },
  })

  async function findBroadcast(id: string): Promise<BroadcastFacts> {
    const facts = isId<BroadcastId>(id) ? await live.broadcast(id) : null
    if (facts === null) throw new ViblyError('live.broadcast-not-found')
    return facts
  }
}
