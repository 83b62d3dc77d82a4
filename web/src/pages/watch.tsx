import { useRef } from 'preact/hooks'
import type { StreamFrame } from '../../../client/index.ts'
import { api } from '../api/session.ts'
import type { ChannelDetails } from '../api/wire.ts'
import { ChatPanel } from '../chat/chat-panel.tsx'
import type { ChatRoom } from '../chat/chat-room.ts'
import { useChatRoom } from '../chat/use-chat-room.ts'
import { formatClock, formatCount } from '../format.ts'
import { Player } from '../player/player.tsx'
import { type Rhythm, usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { Avatar } from '../ui/avatar.tsx'
import { PeopleIcon } from '../ui/icons.tsx'
import { Notice, Spinner } from '../ui/notice.tsx'
import { useNow } from '../ui/use-now.ts'
import { useTitle } from '../ui/use-title.ts'
import '../styles/player.css'
import '../styles/watch.css'

/** While the chat is connected it tells the start and the end; asking again only corrects. */
const TOLD_PAUSE_MS = 15_000

/** One channel: its video, what it is called, who watches, and what they say. */
export function WatchPage({ username }: { readonly username: string }) {
  const isTold = useRef(false)
  // Without the chat a viewer waits for the start, maybe with the page behind another.
  const rhythm: Rhythm<ChannelDetails | null> = {
    pauseMs: (last) => (isTold.current ? TOLD_PAUSE_MS : last?.live === true ? 5_000 : 3_000),
    runs: 'always',
  }
  const state = usePolled(username, (signal) => api.channel(username, signal), rhythm).value

  switch (state.phase) {
    case 'loading':
      return <Spinner label={text.watch.loading} />
    case 'failed':
      return <Notice title={text.watch.failedTitle} body={text.watch.failedText} />
    case 'ready':
      return state.value === null ? (
        <Missing username={username} />
      ) : (
        <ChannelView
          channel={state.value}
          onChat={(isOpen) => {
            isTold.current = isOpen
          }}
        />
      )
  }
}

function Missing({ username }: { readonly username: string }) {
  useTitle(text.watch.documentTitle(text.watch.missingTitle))
  return (
    <Notice title={text.watch.missingTitle} body={text.watch.missingText(username)}>
      <a class="button primary" href="/">
        {text.watch.missingAction}
      </a>
    </Notice>
  )
}

function ChannelView(given: {
  readonly channel: ChannelDetails
  /** Whether the chat is connected and tells what happens. */
  readonly onChat: (isOpen: boolean) => void
}) {
  useTitle(text.watch.documentTitle(given.channel.display_name))
  const room = useChatRoom(given.channel.id)
  given.onChat(room?.state.value.phase === 'open')
  const channel = useNews(given.channel, room?.stream.value ?? null)
  const broadcast =
    channel.live && channel.broadcast_id !== null
      ? { id: channel.broadcast_id, url: `/live/${channel.id}/index.m3u8` }
      : null
  return (
    <div class="watch">
      <div class="watch-main">
        <Player name={channel.display_name} broadcast={broadcast} poster={channel.thumb_url} />
        <div class="watch-about">
          <Avatar name={channel.display_name} />
          <div class="watch-words">
            <h1>{channel.title || channel.display_name}</h1>
            <p>{channel.display_name}</p>
          </div>
          <Figures channel={channel} room={room} />
        </div>
        {channel.description && <p class="watch-description">{channel.description}</p>}
      </div>
      <div class="watch-chat">
        {room !== null && <ChatPanel room={room} popOutUrl={`/${channel.username}/chat`} />}
      </div>
    </div>
  )
}

/** An answer of the API that was asked for before this news may arrive after it. */
const NEWS_KEPT_MS = 2_000

/**
 * The channel as it is now: as the API told, or as the chat's news say since, so that the video starts
 * and ends at once for everyone and nobody has to ask.
 */
function useNews(polled: ChannelDetails, news: StreamFrame | null): ChannelDetails {
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
    title: news.title === '' ? polled.title : news.title,
  }
}

function Figures(given: { readonly channel: ChannelDetails; readonly room: ChatRoom | null }) {
  const { channel, room } = given
  const now = useNow(1_000)
  if (!channel.live) return <span class="badge dim">{text.watch.offline}</span>
  const startedMs = channel.started_at === null ? null : Date.parse(channel.started_at)
  const viewers = Math.max(channel.viewers, room?.viewers.value ?? 0)
  const isInterrupted = room?.stream.value?.status === 'interrupted'
  return (
    <div class="watch-figures">
      {isInterrupted ? (
        <span class="badge dim" role="status">
          {text.watch.interrupted}
        </span>
      ) : (
        <span class="badge live">{text.watch.live}</span>
      )}
      <span class="figure">
        <PeopleIcon />
        {text.home.viewers(formatCount(viewers))}
      </span>
      {startedMs !== null && <time class="figure">{formatClock(now.value - startedMs)}</time>}
    </div>
  )
}
