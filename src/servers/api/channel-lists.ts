import type { ChannelId } from '../../base/index.ts'
import type { LiveChannel } from '../../live/index.ts'
import type { WireChannelList } from '../wire.ts'
import type { ApiContext } from './api-context.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import { wireChannelCard } from './wire-forms.ts'

/** Of those that fit a search so many are looked at, to put the live ones first. */
const SEARCH_FOUND_MAX = 500

/** @see pageSchema */
interface Page {
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * Who is on air, most watched first. The cursor is the place in the order, not a row, so paging
 * goes on where it was although viewers come and channels go meanwhile.
 */
export async function listLive(
  { channels, live }: ApiContext,
  page: Page,
): Promise<WireChannelList> {
  const place = parseCursor<ChannelId>(page.cursor)
  const after = place === null ? null : { viewers: place.rank, channelId: place.id }
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
    next_cursor:
      last === undefined ? null : formatCursor({ rank: last.viewers, id: last.channelId }),
  }
}

/**
 * Whose name or title fits, live ones first. One page and no more: who does not find it there types
 * another letter.
 */
export async function searchChannels(
  context: ApiContext,
  wish: { readonly words: string; readonly isLive: boolean },
  limit: number,
): Promise<WireChannelList> {
  const found = await context.channels.search(wish.words, SEARCH_FOUND_MAX)
  const cards = found
    .map((channel) => wireChannelCard(channel, listedOn(context, channel.id)))
    .filter(({ live }) => live || !wish.isLive)
    .toSorted((a, b) => Number(b.live) - Number(a.live))
  return { channels: cards.slice(0, limit), next_cursor: null }
}

/** All channels, oldest first. */
export async function listAll(context: ApiContext, page: Page): Promise<WireChannelList> {
  const after = parseCursor<ChannelId>(page.cursor)?.id ?? null
  const { channels, next } = await context.channels.list(after, page.limit)
  return {
    channels: channels.map((channel) => wireChannelCard(channel, listedOn(context, channel.id))),
    next_cursor: next === null ? null : formatCursor({ rank: 0, id: next }),
  }
}

type Place = Pick<LiveChannel, 'viewers' | 'channelId'>

function compareByViewers(a: Place, b: Place): number {
  if (a.viewers !== b.viewers) return b.viewers - a.viewers
  return a.channelId < b.channelId ? -1 : Number(a.channelId > b.channelId)
}

/** These channels, live ones first, else in the order given; those that are gone are left out. */
export async function listChannels(
  context: ApiContext,
  ids: readonly ChannelId[],
  limit: number,
): Promise<WireChannelList> {
  const isLive = (id: ChannelId): boolean => listedOn(context, id) !== null
  const order = [...ids.filter(isLive), ...ids.filter((id) => !isLive(id))]
  const found = await Promise.all(order.slice(0, limit).map((id) => context.channels.get(id)))
  const channels = found
    .filter((channel) => channel !== null)
    .map((channel) => wireChannelCard(channel, listedOn(context, channel.id)))
  return { channels, next_cursor: null }
}

/** A broadcast that is not listed is none here: only who has its address may know. */
function listedOn({ live }: ApiContext, id: ChannelId): LiveChannel | null {
  const found = live.liveChannels().find(({ channelId }) => channelId === id)
  return found?.isListed === true ? found : null
}
