import { useEffect } from 'preact/hooks'
import { api } from '../api/session.ts'
import type { Channel } from '../api/wire.ts'
import { formatClock, formatCount } from '../format.ts'
import { Player } from '../player/player.tsx'
import { type Rhythm, usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { Avatar } from '../ui/avatar.tsx'
import { PeopleIcon } from '../ui/icons.tsx'
import { Notice, Spinner } from '../ui/notice.tsx'
import { useNow } from '../ui/use-now.ts'
import '../styles/player.css'

/**
 * Offline, a viewer waits for the start, maybe with the page behind another; live, only numbers
 * change.
 */
const RHYTHM: Rhythm<Channel | null> = {
  pauseMs: (last) => (last?.live === true ? 5_000 : 3_000),
  runs: 'always',
}

/** One channel: its video, what it is called, and who watches. */
export function WatchPage({ username }: { readonly username: string }) {
  const state = usePolled(username, (signal) => api.channel(username, signal), RHYTHM).value

  switch (state.phase) {
    case 'loading':
      return <Spinner label={text.watch.loading} />
    case 'failed':
      return <Notice title={text.watch.failedTitle} body={text.watch.failedText} />
    case 'ready':
      return state.value === null ? (
        <Missing username={username} />
      ) : (
        <ChannelView channel={state.value} />
      )
  }
}

function Missing({ username }: { readonly username: string }) {
  useTitle(text.watch.missingTitle)
  return (
    <Notice title={text.watch.missingTitle} body={text.watch.missingText(username)}>
      <a class="button primary" href="/">
        {text.watch.missingAction}
      </a>
    </Notice>
  )
}

function ChannelView({ channel }: { readonly channel: Channel }) {
  useTitle(channel.display_name)
  const broadcast =
    channel.live && channel.broadcast_id !== null
      ? { id: channel.broadcast_id, url: `/live/${channel.id}/index.m3u8` }
      : null
  return (
    <div class="watch">
      <Player name={channel.display_name} broadcast={broadcast} poster={channel.thumb_url} />
      <div class="watch-about">
        <Avatar name={channel.display_name} />
        <div class="watch-words">
          <h1>{channel.title || channel.display_name}</h1>
          <p>{channel.display_name}</p>
        </div>
        <Figures channel={channel} />
      </div>
    </div>
  )
}

function Figures({ channel }: { readonly channel: Channel }) {
  const now = useNow(1_000)
  if (!channel.live) return <span class="badge dim">{text.watch.offline}</span>
  const startedMs = channel.started_at === null ? null : Date.parse(channel.started_at)
  return (
    <div class="watch-figures">
      <span class="badge live">{text.watch.live}</span>
      <span class="figure">
        <PeopleIcon />
        {text.home.viewers(formatCount(channel.viewers))}
      </span>
      {startedMs !== null && <time class="figure">{formatClock(now.value - startedMs)}</time>}
    </div>
  )
}

function useTitle(name: string): void {
  useEffect(() => {
    document.title = text.watch.documentTitle(name)
  }, [name])
}
