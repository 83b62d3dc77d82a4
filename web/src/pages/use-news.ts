import { useRef } from 'preact/hooks'
import type { StreamFrame } from '../../../client/index.ts'
import type { ChannelDetails } from '../api/wire.ts'

/** An answer of the API that was asked for before this news may arrive after it. */
const NEWS_KEPT_MS = 2_000

/**
 * The channel as it is now: as the API told, or as the chat's news say since, so that the video
 * starts and ends at once for everyone and nobody has to ask.
 */
export function useNews(polled: ChannelDetails, news: StreamFrame | null): ChannelDetails {
  const seen = useRef({ polled, polledMs: 0, news, newsMs: 0 })
  const last = seen.current
  const nowMs = performance.now()
  if (last.polled !== polled) seen.current = { ...seen.current, polled, polledMs: nowMs }
  if (last.news !== news) seen.current = { ...seen.current, news, newsMs: nowMs }
  const { polledMs, newsMs } = seen.current
  // `offline` is said to everyone who joins where nothing is on air, and no news.
  if (news === null || news.status === 'offline' || polledMs > newsMs + NEWS_KEPT_MS) return polled
  const isLive = news.status !== 'ended'
  return {
    ...polled,
    live: isLive,
    broadcast_id: isLive ? news.broadcast_id : null,
    started_at: isLive ? news.started_at : null,
    // A broadcast keeps the name it began with; a channel has the one it was given since.
    title: polled.title === '' ? news.title : polled.title,
  }
}
