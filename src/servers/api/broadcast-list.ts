import type { Channel } from '../../accounts/index.ts'
import type { BroadcastQuery } from '../../archive/index.ts'
import { type BroadcastId, formatTime } from '../../base/index.ts'
import type { WireBroadcastList } from '../wire.ts'
import type { ApiContext } from './api-context.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import { wireBroadcast } from './wire-forms.ts'

/**
 * A page of broadcasts, newest first. The cursor is the place in the order, not a row, so paging
 * goes on where it was although broadcasts come and go meanwhile.
 */
export async function listBroadcasts(
  { live, channels }: ApiContext,
  query: Pick<BroadcastQuery, 'channelId' | 'show' | 'when'>,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<WireBroadcastList> {
  const place = parseCursor<BroadcastId>(page.cursor)
  const after = place === null ? null : { startedAt: formatTime(place.rank), id: place.id }
  // One more than is shown: so it is known whether there is more.
  const found = await live.listBroadcasts({ ...query, after, countMax: page.limit + 1 })
  const shown = found.slice(0, page.limit)
  const owners = new Map<string, Channel | null>()
  for (const { channelId } of shown) {
    if (!owners.has(channelId)) owners.set(channelId, await channels.get(channelId))
  }
  const last = found.length > shown.length ? shown.at(-1) : undefined
  return {
    // A channel whose owner is disabled has left the stage.
    broadcasts: shown.flatMap((facts) => {
      const channel = owners.get(facts.channelId) ?? null
      return channel === null ? [] : [wireBroadcast(facts, channel)]
    }),
    next_cursor:
      last === undefined ? null : formatCursor({ rank: Date.parse(last.startedAt), id: last.id }),
  }
}
