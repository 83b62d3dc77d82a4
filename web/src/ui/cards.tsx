import type { Broadcast, Channel } from '../api/wire.ts'
import { formatAgo, formatClock, formatCount } from '../format.ts'
import { text } from '../strings.ts'
import { countViewers } from '../viewers.ts'
import { Avatar } from './avatar.tsx'
import { PeopleIcon } from './icons.tsx'
import { Thumbnail } from './thumbnail.tsx'
import { useNow } from './use-now.ts'

/** A channel that is on air: its picture, what it is called, who watches. */
export function ChannelCard(given: { readonly channel: Channel }) {
  const { channel } = given
  const now = useNow(1_000)
  const startedMs = channel.started_at === null ? null : Date.parse(channel.started_at)
  const viewers = countViewers(channel, now.value)
  return (
    <a class="card" href={`/${channel.username}`}>
      <span class="card-picture">
        <Thumbnail url={channel.thumb_url} name={channel.username} alt="" isRenewed={true} />
        <span class="badge live">{text.home.live}</span>
        {viewers !== null && (
          <span class="badge dim corner">
            <PeopleIcon />
            <span class="visually-hidden">{text.home.viewers(formatCount(viewers))}</span>
            <span aria-hidden="true">{formatCount(viewers)}</span>
          </span>
        )}
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

/** A broadcast that is over: how long it is, and how long ago it was. */
export function BroadcastCard(given: {
  readonly broadcast: Broadcast
  /** Not said where all are of one channel. */
  readonly isOwnerShown: boolean
}) {
  const { broadcast } = given
  const now = useNow(60_000)
  const length = formatClock(broadcast.duration_s * 1000)
  return (
    <a class="card" href={`/${broadcast.username}/${broadcast.id}`}>
      <span class="card-picture">
        <Thumbnail url={broadcast.thumb_url} name={broadcast.username} alt="" isRenewed={false} />
        <span class="badge dim corner end">
          <span class="visually-hidden">{text.home.length(length)}</span>
          <span aria-hidden="true">{length}</span>
        </span>
      </span>
      <span class="card-text">
        {given.isOwnerShown && <Avatar name={broadcast.display_name} />}
        <span class="card-words">
          <strong class="card-title">{broadcast.title || text.home.untitled}</strong>
          <span class="card-meta">
            {given.isOwnerShown && <span class="card-name">{broadcast.display_name}</span>}
            <time class="card-since" dateTime={broadcast.started_at}>
              {formatAgo(Date.parse(broadcast.ended_at ?? broadcast.started_at), now.value)}
            </time>
          </span>
        </span>
      </span>
    </a>
  )
}

/** A channel in a few words, live or not. */
export function ChannelChip(given: { readonly channel: Channel }) {
  const { channel } = given
  const viewers = countViewers(channel, Date.now())
  return (
    <a class="chip" href={`/${channel.username}`}>
      <Avatar name={channel.display_name} />
      <span class="chip-words">
        <strong>{channel.display_name}</strong>
        <span class="chip-meta">
          {channel.live ? (
            <>
              <span class="dot" />
              {text.home.live}
              {viewers !== null && ` · ${text.home.viewers(formatCount(viewers))}`}
            </>
          ) : (
            channel.title || `@${channel.username}`
          )}
        </span>
      </span>
    </a>
  )
}

/** The shape of cards that are on their way. */
export function SkeletonCards(given: { readonly count: number; readonly label: string }) {
  return (
    <div class="grid skeleton" role="status">
      <span class="visually-hidden">{given.label}</span>
      {Array.from({ length: given.count }, (_, at) => (
        <span key={at} class="card" aria-hidden="true">
          <span class="bone picture" />
          <span class="card-text">
            <span class="bone round" />
            <span class="bone-lines">
              <span class="bone line" />
              <span class="bone line short" />
            </span>
          </span>
        </span>
      ))}
    </div>
  )
}
