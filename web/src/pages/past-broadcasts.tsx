import { paths } from '../api/client.ts'
import { api } from '../api/session.ts'
import type { BroadcastPage } from '../api/wire.ts'
import { usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { BroadcastCard } from '../ui/cards.tsx'

const RHYTHM = { pauseMs: () => 60_000, runs: 'while-visible' } as const

/** What a channel showed before; asked anew when `key` of its place changes. */
export function PastBroadcasts(given: {
  readonly channelId: string
  /** One that is on the page already; null: none is. */
  readonly shownId: string | null
}) {
  const { channelId, shownId } = given
  const state = usePolled(
    channelId,
    (signal) => api.broadcastsOf(channelId, signal),
    RHYTHM,
    api.peek<BroadcastPage>(paths.past(channelId)),
  ).value
  if (state.phase !== 'ready') return null
  const past = state.value.broadcasts.filter(
    ({ id, status }) => id !== shownId && (status === 'ended' || status === 'failed'),
  )
  if (past.length === 0) return null
  return (
    <section class="watch-past">
      <h2>{text.watch.past}</h2>
      <ul class="grid small">
        {past.map((broadcast) => (
          <li key={broadcast.id}>
            <BroadcastCard broadcast={broadcast} isOwnerShown={false} />
          </li>
        ))}
      </ul>
    </section>
  )
}
