import { z } from 'zod'
import type { Channel, Identity } from '../../accounts/index.ts'
import { type ChannelId, ViblyError } from '../../base/index.ts'
import { type SettingsChange, settingsChangeSchema } from '../../chat/index.ts'
import type { LiveChannel } from '../../live/index.ts'
import {
  broadcastListSchema,
  broadcastQuerySchema,
  channelChangeSchema,
  channelListSchema,
  channelQuerySchema,
  channelSchema,
} from '../wire.ts'
import type { ApiApp, ApiContext } from './api-context.ts'
import { listBroadcasts } from './broadcast-list.ts'
import { listAll, listLive, searchChannels } from './channel-lists.ts'
import { isOwner } from './identify.ts'
import { FAULT_RESPONSES, MAYBE_SIGNED_IN, SIGNED_IN } from './responses.ts'
import { wireChannel } from './wire-forms.ts'

const channelParams = z.object({ channel: z.string().min(1).max(40).describe('id or username') })

/** `/api/channels...`: who is there, who is live, and the owner's own words about it. */
export function addChannelRoutes(app: ApiApp, context: ApiContext): void {
  const { channels } = context

  app.route({
    method: 'GET',
    url: '/api/channels',
    schema: {
      summary:
        'Channels: with live=true those on air, most watched first; with q those that fit, live ones ' +
        'first; else all, oldest first',
      querystring: channelQuerySchema,
      response: { 200: channelListSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { live: only, q, ...page } = request.query
      if (q !== undefined)
        return searchChannels(context, { words: q, isLive: only === 'true' }, page.limit)
      return only === 'true' ? listLive(context, page) : listAll(context, page)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/channels/:channel',
    schema: {
      summary: 'One channel',
      params: channelParams,
      response: { 200: channelSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const channel = await findChannel(context, request.params.channel)
      return wireChannel(channel, liveOn(context, channel.id))
    },
  })

  app.route({
    method: 'PATCH',
    url: '/api/channels/:channel',
    schema: {
      summary: 'Change title, description or settings of a channel: its owner only',
      ...SIGNED_IN,
      params: channelParams,
      // What may be set is the chat's to say, blocked words too.
      body: channelChangeSchema.extend({ settings: settingsChangeSchema.optional() }),
      response: { 200: channelSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const identity = await context.identify(request)
      const channel = await findChannel(context, request.params.channel)
      assertOwner(identity, channel.id)
      const { settings = {}, ...texts } = request.body
      const changed = await channels.update(channel.id, { ...texts, settings: given(settings) })
      await context.channelChanged(channel.id)
      return wireChannel(changed, liveOn(context, channel.id))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/channels/:channel/broadcasts',
    schema: {
      summary: 'Broadcasts of a channel, newest first; show=all: those that are not public too',
      ...MAYBE_SIGNED_IN,
      params: channelParams,
      querystring: broadcastQuerySchema,
      response: { 200: broadcastListSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { show, ...page } = request.query
      const identity = show === 'all' ? await context.identify(request) : null
      const channel = await findChannel(context, request.params.channel)
      if (identity !== null) assertOwner(identity, channel.id)
      return listBroadcasts(context, { channelId: channel.id, show, when: 'any' }, page)
    },
  })
}

/**
 * Whether someone may change what a channel or broadcast of this owner is. [W22]
 *
 * @throws ViblyError `http.forbidden`
 */
export function assertOwner(identity: Identity, owner: ChannelId): void {
  if (!isOwner(identity, owner)) throw new ViblyError('http.forbidden')
}

/** Settings that were sent, without those that were left out. */
function given(settings: SettingsChange): Record<string, number | boolean | string[]> {
  const entries = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return Object.fromEntries(entries)
}

async function findChannel({ channels }: ApiContext, text: string): Promise<Channel> {
  const channel = await channels.byIdOrName(text)
  if (channel === null) throw new ViblyError('live.channel-not-found')
  return channel
}

function liveOn({ live }: ApiContext, id: ChannelId): LiveChannel | null {
  return live.liveChannels().find(({ channelId }) => channelId === id) ?? null
}
