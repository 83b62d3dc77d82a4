import type { Channel } from '../../accounts/index.ts'
import type { BroadcastQuery } from '../../archive/index.ts'
import { type BroadcastId, formatTime, isId, ViblyError } from '../../base/index.ts'
import type { WireBroadcastList } from '../wire.ts'
import type { ApiContext, BroadcastFacts } from './api-context.ts'
import { wireBroadcast } from './wire-forms.ts'

type Place = NonNullable<BroadcastQuery['after']>

/**
 * A page of broadcasts, newest first. The cursor is the place in the order, not a row, so paging
 * goes on where it was although broadcasts come and go meanwhile.
 *
 * @throws ViblyError `http.invalid` for a cursor that no list gave.
 */
export async function listBroadcasts(
  { live, channels }: ApiContext,
  query: Pick<BroadcastQuery, 'channelId' | 'show' | 'when'>,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<WireBroadcastList> {
  const after = page.cursor === undefined ? null : parsePlace(page.cursor)
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
    next_cursor: last === undefined ? null : formatPlace(last),
  }
}

/** `{ms since 1970}.{id}` */
function formatPlace({ startedAt, id }: BroadcastFacts): string {
  return `${Date.parse(startedAt)}.${id}`
}

function parsePlace(cursor: string): Place {
  const [, startedMs, id = ''] = /^(\d{1,15})\.(.+)$/.exec(cursor) ?? []
  if (startedMs === undefined || !isId<BroadcastId>(id)) {
    throw new ViblyError('http.invalid', { faults: 'cursor: not one that this list gave' })
  }
  return { startedAt: formatTime(Number(startedMs)), id }
}
