import { useRef } from 'preact/hooks'
import type { ChannelDetails } from '../api/wire.ts'
import { ChatPanel } from '../chat/chat-panel.tsx'
import type { ChatRoom } from '../chat/chat-room.ts'
import { useChatRoom } from '../chat/use-chat-room.ts'
import { formatClock, formatCount } from '../format.ts'
import { liveBroadcastOf, Player } from '../player/player.tsx'
import type { Rhythm } from '../polling.ts'
import { text } from '../strings.ts'
import { Avatar } from '../ui/avatar.tsx'
import { NothingIcon, PeopleIcon } from '../ui/icons.tsx'
import { Notice } from '../ui/notice.tsx'
import { useNow } from '../ui/use-now.ts'
import { useTitle } from '../ui/use-title.ts'
import { ChannelGate } from './channel-gate.tsx'
import { FollowButton } from './follow-button.tsx'
import { PastBroadcasts } from './past-broadcasts.tsx'
import { Description, Stage } from './stage.tsx'
import { useNews } from './use-news.ts'

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
  return (
    <ChannelGate username={username} rhythm={rhythm} missing={<Missing username={username} />}>
      {(channel) => (
        <ChannelView
          channel={channel}
          onChat={(isOpen) => {
            isTold.current = isOpen
          }}
        />
      )}
    </ChannelGate>
  )
}

function Missing({ username }: { readonly username: string }) {
  useTitle(text.watch.documentTitle(text.watch.missingTitle, ''))
  return (
    <Notice
      title={text.watch.missingTitle}
      body={text.watch.missingText(username)}
      art={<NothingIcon />}
    >
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
  const room = useChatRoom(given.channel.id)
  given.onChat(room?.state.value.phase === 'open')
  const channel = useNews(given.channel, room?.stream.value ?? null)
  useTitle(text.watch.documentTitle(channel.display_name, channel.title))
  return (
    <Stage
      isLive={channel.live}
      player={(view, stage) => (
        <Player
          name={channel.display_name}
          broadcast={liveBroadcastOf(channel)}
          poster={channel.thumb_url}
          isInterrupted={room?.stream.value?.status === 'interrupted'}
          view={view}
          stage={stage}
        />
      )}
      about={
        <>
          <div class="watch-about">
            <Avatar name={channel.display_name} />
            <div class="watch-words">
              <h1>{channel.title || channel.display_name}</h1>
              {channel.title !== '' && <p>{channel.display_name}</p>}
            </div>
            <FollowButton channel={channel} />
          </div>
          <Figures channel={channel} room={room} />
          <Description
            words={channel.description}
            labels={{ more: text.watch.more, less: text.watch.less }}
          />
          <PastBroadcasts
            key={channel.broadcast_id ?? 'off'}
            channelId={channel.id}
            shownId={channel.broadcast_id}
          />
        </>
      }
      chat={room !== null && <ChatPanel room={room} popOutUrl={`/${channel.username}/chat`} />}
    />
  )
}

function Figures(given: { readonly channel: ChannelDetails; readonly room: ChatRoom | null }) {
  const { channel, room } = given
  const now = useNow(1_000)
  if (!channel.live) {
    return (
      <div class="watch-figures">
        <span class="badge dim">{text.watch.offline}</span>
      </div>
    )
  }
  const startedMs = channel.started_at === null ? null : Date.parse(channel.started_at)
  // Whoever reads this is one, also before the server has counted them.
  const viewers = Math.max(1, channel.viewers, room?.viewers.value ?? 0)
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
