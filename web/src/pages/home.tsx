import { useEffect } from 'preact/hooks'
import { api } from '../api/session.ts'
import type { Channel } from '../api/wire.ts'
import { formatClock, formatCount } from '../format.ts'
import { usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { Avatar } from '../ui/avatar.tsx'
import { AntennaIcon, PeopleIcon } from '../ui/icons.tsx'
import { Notice, Spinner } from '../ui/notice.tsx'
import { Thumbnail } from '../ui/thumbnail.tsx'
import { useNow } from '../ui/use-now.ts'

const RHYTHM = { pauseMs: () => 5_000, runs: 'while-visible' } as const

/** Who is live, as cards; renews itself every 5 s. */
export function HomePage() {
  useEffect(() => {
    document.title = text.home.documentTitle
  }, [])
  const state = usePolled('live', (signal) => api.liveChannels(signal), RHYTHM).value
  return <div class="page">{bodyOf(state)}</div>
}

function bodyOf(state: ReturnType<typeof usePolled<{ channels: readonly Channel[] }>>['value']) {
  switch (state.phase) {
    case 'loading':
      return <Spinner label={text.home.loading} />
    case 'failed':
      return <Notice title={text.home.failedTitle} body={text.home.failedText} />
    case 'ready':
      return state.value.channels.length === 0 ? (
        <Nobody />
      ) : (
        <ChannelGrid channels={state.value.channels} />
      )
  }
}

function Nobody() {
  return (
    <Notice
      title={text.home.emptyTitle}
      body={text.home.emptyText}
      art={
        <span class="notice-art">
          <AntennaIcon />
        </span>
      }
    >
      <a class="button primary large" href="/studio">
        {text.home.emptyAction}
      </a>
      <p class="note">{text.home.emptyNote}</p>
    </Notice>
  )
}

function ChannelGrid(given: { readonly channels: readonly Channel[] }) {
  return (
    <>
      <div class="page-head">
        <h1>{text.home.title}</h1>
        <span class="count">{text.home.count(given.channels.length)}</span>
      </div>
      <ul class="grid">
        {given.channels.map((channel) => (
          <li key={channel.id}>
            <ChannelCard channel={channel} />
          </li>
        ))}
      </ul>
    </>
  )
}

function ChannelCard(given: { readonly channel: Channel }) {
  const { channel } = given
  const now = useNow(1_000)
  const startedMs = channel.started_at === null ? null : Date.parse(channel.started_at)
  return (
    <a class="card" href={`/${channel.username}`}>
      <span class="card-picture">
        <Thumbnail url={channel.thumb_url} name={channel.username} alt="" />
        <span class="badge live">{text.home.live}</span>
        <span class="badge dim corner">
          <PeopleIcon />
          <span class="visually-hidden">{text.home.viewers(formatCount(channel.viewers))}</span>
          <span aria-hidden="true">{formatCount(channel.viewers)}</span>
        </span>
      </span>
      <span class="card-text">
        <Avatar name={channel.display_name} />
        <span class="card-words">
          <strong class="card-title">{channel.title || text.home.untitled}</strong>
          <span class="card-meta">
            <span class="card-name">{channel.display_name}</span>
            {startedMs !== null && (
              <span class="card-since">{text.home.uptime(formatClock(now.value - startedMs))}</span>
            )}
          </span>
        </span>
      </span>
    </a>
  )
}
