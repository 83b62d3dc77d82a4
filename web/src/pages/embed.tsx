import type { ChannelDetails } from '../api/wire.ts'
import { ChatPanel } from '../chat/chat-panel.tsx'
import { useChatRoom } from '../chat/use-chat-room.ts'
import { currentQuery } from '../navigation.ts'
import { liveBroadcastOf, Player } from '../player/player.tsx'
import type { Rhythm } from '../polling.ts'
import { text } from '../strings.ts'
import { Logo } from '../ui/icons.tsx'
import { useTitle } from '../ui/use-title.ts'
import { ChannelGate, NoSuchChannel } from './channel-gate.tsx'
import { useNews } from './use-news.ts'
import '../styles/player.css'
import '../styles/embed.css'

const RHYTHM: Rhythm<ChannelDetails | null> = { pauseMs: () => 15_000, runs: 'always' }

/** The video of a channel in a frame of another site, with its chat where `?chat=1` asks for it. */
export function EmbedPage({ username }: { readonly username: string }) {
  return (
    <ChannelGate
      username={username}
      rhythm={RHYTHM}
      missing={<NoSuchChannel username={username} />}
    >
      {(channel) => <Frame polled={channel} />}
    </ChannelGate>
  )
}

function Frame({ polled }: { readonly polled: ChannelDetails }) {
  const room = useChatRoom(polled.id)
  const channel = useNews(polled, room?.stream.value ?? null)
  useTitle(text.watch.documentTitle(channel.display_name, channel.title))
  const hasChat = currentQuery('chat') === '1'
  return (
    <div class="embed" data-chat={hasChat ? '' : undefined}>
      <h1 class="visually-hidden">{channel.title || channel.display_name}</h1>
      <div class="embed-video">
        <Player
          name={channel.display_name}
          broadcast={liveBroadcastOf(channel)}
          poster={channel.thumb_url}
          isInterrupted={room?.stream.value?.status === 'interrupted'}
        />
        <a class="embed-link" href={`/${channel.username}`} target="_blank" rel="noopener">
          <Logo />
          <span>
            <span class="visually-hidden">{text.watch.watchOn(channel.display_name)}: </span>
            {channel.title || channel.display_name}
          </span>
        </a>
      </div>
      {hasChat && (
        <div class="embed-chat">
          {room !== null && <ChatPanel room={room} popOutUrl={`/${channel.username}/chat`} />}
        </div>
      )}
    </div>
  )
}
