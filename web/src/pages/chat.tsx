import type { Channel, ChannelDetails } from '../api/wire.ts'
import { ChatPanel } from '../chat/chat-panel.tsx'
import { useChatRoom } from '../chat/use-chat-room.ts'
import type { Rhythm } from '../polling.ts'
import { text } from '../strings.ts'
import { useTitle } from '../ui/use-title.ts'
import { ChannelGate, NoSuchChannel } from './channel-gate.tsx'

/** Asked once it was found: what changes comes over the chat itself. */
const RHYTHM: Rhythm<ChannelDetails | null> = {
  pauseMs: (last) => (last === null ? 3_000 : 600_000),
  runs: 'always',
}

/** A channel's chat in a window of its own, beside a game or on a second screen. */
export function ChatPage({ username }: { readonly username: string }) {
  return (
    <ChannelGate
      username={username}
      rhythm={RHYTHM}
      missing={<NoSuchChannel username={username} />}
    >
      {(channel) => <OpenChat channel={channel} />}
    </ChannelGate>
  )
}

function OpenChat({ channel }: { readonly channel: Channel }) {
  const room = useChatRoom(channel.id)
  useTitle(text.watch.documentTitle(text.chat.of(channel.display_name), ''))
  return (
    <div class="chat-page">
      <h1 class="visually-hidden">{text.chat.of(channel.display_name)}</h1>
      {room !== null && <ChatPanel room={room} popOutUrl={null} />}
    </div>
  )
}
