import { z } from 'zod'
import { ViblyError } from '../../base/index.ts'
import {
  adminBroadcastSchema,
  adminServerSchema,
  adminStorageSchema,
  type WireAdminBroadcast,
} from '../wire.ts'
import { asUserId } from './admin-access.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { FAULT_RESPONSES, NO_CONTENT, SIGNED_IN } from './responses.ts'
import { wireHealth } from './wire-forms.ts'

/** What runs on this server and what it takes: load, storage, broadcasts to be stopped. */
export function addAdminServerRoutes(app: ApiApp, context: ApiContext): void {
  const { accounts, channels, live, operator, logger } = context

  app.route({
    method: 'GET',
    url: '/api/admin/broadcasts',
    schema: {
      summary: 'Broadcasts that run, those that nobody can watch yet too',
      ...SIGNED_IN,
      response: {
        200: z.object({ broadcasts: z.array(adminBroadcastSchema) }),
        ...FAULT_RESPONSES,
      },
    },
    handler: async (request) => {
      await context.identifyAdmin(request)
      const watched = new Map(live.liveChannels().map((entry) => [entry.channelId, entry]))
      const broadcasts = live.onAir().map(async (id): Promise<readonly WireAdminBroadcast[]> => {
        const channel = await channels.get(id)
        if (channel === null) return []
        const entry = watched.get(id)
        return [
          {
            channel_id: id,
            username: channel.username,
            display_name: channel.displayName,
            title: channel.title,
            started_at: entry?.startedAt ?? null,
            viewers: entry?.viewers ?? 0,
            health: wireHealth(live.health(id)),
          },
        ]
      })
      return { broadcasts: (await Promise.all(broadcasts)).flat() }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/admin/broadcasts/:channel_id',
    schema: {
      summary: 'End the broadcast of a channel at once; what was broadcast is kept',
      ...SIGNED_IN,
      params: z.object({ channel_id: z.string().max(40) }),
      response: NO_CONTENT,
    },
    handler: async (request, reply) => {
      const { userId } = await context.identifyAdmin(request)
      const channelId = asUserId(request.params.channel_id)
      if (!live.onAir().includes(channelId)) throw new ViblyError('live.broadcast-not-found')
      live.stopChannel(channelId, new ViblyError('live.stopped-by-admin'))
      logger.info('broadcast stopped', { channelId, userId })
      return reply.status(204).send()
    },
  })

  app.route({
    method: 'GET',
    url: '/api/admin/server',
    schema: {
      summary: 'How busy the server is, and the limits it was started with',
      ...SIGNED_IN,
      response: { 200: adminServerSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      await context.identifyAdmin(request)
      const { cores, coresUsed, loopDelayMs, memoryBytes, uptimeS } = operator.load()
      return {
        cores,
        cores_used: coresUsed,
        loop_delay_ms: loopDelayMs,
        memory_bytes: memoryBytes,
        uptime_s: uptimeS,
        slots_taken: operator.slots().taken,
        slots_max: operator.slots().max,
        broadcasts: live.onAir().length,
        viewers: live.liveChannels().reduce((sum, { viewers }) => sum + viewers, 0),
        limits: [...operator.limits],
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/admin/storage',
    schema: {
      summary: 'How full the disk is, and what each channel has on it, the most first',
      ...SIGNED_IN,
      response: { 200: adminStorageSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      await context.identifyAdmin(request)
      const disk = operator.disk()
      const rows = (await operator.storage()).map(async ({ channelId, bytes, broadcasts }) => ({
        channel_id: channelId,
        // Of someone disabled too, who has no channel but what was recorded on it.
        username: (await accounts.users.get(channelId))?.username ?? channelId,
        bytes,
        broadcasts,
      }))
      const all = await Promise.all(rows)
      return {
        free_bytes: disk?.bytesFree ?? null,
        total_bytes: disk?.bytesTotal ?? null,
        channels: all.toSorted((a, b) => b.bytes - a.bytes),
      }
    },
  })
}
