import { api } from '../api/session.ts'
import type { Channel } from '../api/wire.ts'
import { ChatPanel } from '../chat/chat-panel.tsx'
import { useChatRoom } from '../chat/use-chat-room.ts'
import { type Rhythm, usePolled } from '../polling.ts'
import { text } from '../strings.ts'
import { Notice, Spinner } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'

/** Asked once it was found: what changes comes over the chat itself. */
const RHYTHM: Rhythm<Channel | null> = {
  pauseMs: (last) => (last === null ? 3_000 : 600_000),
  runs: 'always',
}

/** A channel's chat in a window of its own, beside a game or on a second screen. */
export function ChatPage({ username }: { readonly username: string }) {
  const state = usePolled(username, (signal) => api.channel(username, signal), RHYTHM).value
  switch (state.phase) {
    case 'loading':
      return <Spinner label={text.chat.loading} />
    case 'failed':
      return <Notice title={text.watch.failedTitle} body={text.watch.failedText} />
    case 'ready':
      return state.value === null ? (
        <Notice title={text.watch.missingTitle} body={text.watch.missingText(username)} />
      ) : (
        <OpenChat channel={state.value} />
      )
  }
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
