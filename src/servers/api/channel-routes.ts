import { z } from 'zod'
import type { Channel, Identity } from '../../accounts/index.ts'
import { type ChannelId, isId, ViblyError } from '../../base/index.ts'
import { type SettingsChange, settingsChangeSchema } from '../../chat/index.ts'
import {
  broadcastListSchema,
  broadcastQuerySchema,
  channelChangeSchema,
  channelListSchema,
  channelQuerySchema,
  channelSchema,
  type WireChannelList,
} from '../wire.ts'
import type { ApiApp, ApiContext, LiveChannel } from './api-context.ts'
import { listBroadcasts } from './broadcast-list.ts'
import { isOwner } from './identify.ts'
import { FAULT_RESPONSES, SIGNED_IN } from './responses.ts'
import { wireChannel, wireChannelCard } from './wire-forms.ts'

const channelParams = z.object({ channel: z.string().min(1).max(40).describe('id or username') })

/** `/api/channels...`: who is there, who is live, and the owner's own words about it. */
export function addChannelRoutes(app: ApiApp, context: ApiContext): void {
  const { channels } = context

  app.route({
    method: 'GET',
    url: '/api/channels',
    schema: {
      summary: 'Channels: with live=true those on air, most watched first; else all, oldest first',
      querystring: channelQuerySchema,
      response: { 200: channelListSchema, ...FAULT_RESPONSES },
    },
    handler: async (request) => {
      const { live: only, ...page } = request.query
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

interface Page {
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * The cursor is the place in the order, not a row, so paging goes on where it was although viewers come
 * and channels go meanwhile.
 */
async function listLive({ channels, live }: ApiContext, page: Page): Promise<WireChannelList> {
  const after = page.cursor === undefined ? null : parseCursor(page.cursor)
  const rest = live
    .liveChannels()
    .filter(({ isListed }) => isListed)
    .toSorted(compareByViewers)
    .filter((entry) => after === null || compareByViewers(after, entry) < 0)
  const shown = rest.slice(0, page.limit)
  const cards = await Promise.all(
    shown.map(async (entry) => {
      const channel = await channels.get(entry.channelId)
      return channel === null ? [] : [wireChannelCard(channel, entry)]
    }),
  )
  const last = rest.length > shown.length ? shown.at(-1) : undefined
  return {
    channels: cards.flat(),
    next_cursor: last === undefined ? null : `${last.viewers}.${last.channelId}`,
  }
}

async function listAll(context: ApiContext, page: Page): Promise<WireChannelList> {
  const { cursor } = page
  if (cursor !== undefined && !isId<ChannelId>(cursor)) throw unknownCursor()
  const { channels, next } = await context.channels.list(cursor ?? null, page.limit)
  return {
    channels: channels.map((channel) => wireChannelCard(channel, liveOn(context, channel.id))),
    next_cursor: next,
  }
}

type Place = Pick<LiveChannel, 'viewers' | 'channelId'>

function compareByViewers(a: Place, b: Place): number {
  if (a.viewers !== b.viewers) return b.viewers - a.viewers
  return a.channelId < b.channelId ? -1 : Number(a.channelId > b.channelId)
}

function parseCursor(cursor: string): Place {
  const [, viewers, channelId] = /^(\d{1,9})\.(.+)$/.exec(cursor) ?? []
  if (channelId === undefined || !isId<ChannelId>(channelId)) throw unknownCursor()
  return { viewers: Number(viewers), channelId }
}

function unknownCursor(): ViblyError {
  return new ViblyError('http.invalid', { faults: 'cursor: not one that this list gave' })
}

function liveOn({ live }: ApiContext, id: ChannelId): LiveChannel | null {
  return live.liveChannels().find(({ channelId }) => channelId === id) ?? null
}

async function findChannel({ channels }: ApiContext, text: string): Promise<Channel> {
  const channel = await channels.byIdOrName(text)
  if (channel === null) throw new ViblyError('live.channel-not-found')
  return channel
}
