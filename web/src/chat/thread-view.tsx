import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { type ChatLine, withoutDeleted } from '../../../client/index.ts'
import { api } from '../api/session.ts'
import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'
import { LOG_BOX } from './log-box.ts'
import { MessageLine } from './message-line.tsx'
import { moveFocus } from './message-list.tsx'
import { useActiveLines } from './use-active-lines.ts'

/** One message and everything said in answer to it, as far as it is here. */
export function ThreadView(given: { readonly room: ChatRoom; readonly threadId: string }) {
  const { room, threadId } = given
  const list = useRef<HTMLDivElement>(null)
  const back = useRef<HTMLButtonElement>(null)
  const username = room.me.value?.username ?? null
  const { isActive, events } = useActiveLines()
  const lines = useThread(room, threadId)
  useLayoutEffect(() => {
    back.current?.focus()
  }, [])
  const leave = (): void => {
    room.threadId.value = null
  }
  useLayoutEffect(() => {
    list.current?.scrollTo(0, list.current.scrollHeight)
  }, [lines.length])
  return (
    <div class="chat-body">
      <div class="chat-thread-head">
        <h3>{chatText.thread}</h3>
        <button
          ref={back}
          type="button"
          class="link"
          onClick={leave}
          onKeyDown={({ key }) => key === 'Escape' && leave()}
        >
          {chatText.backToChat}
        </button>
      </div>
      <div
        ref={list}
        role="log"
        {...LOG_BOX}
        aria-label={chatText.thread}
        {...events}
        onKeyDown={(event) => {
          if (event.key === 'Escape') leave()
          else moveFocus(event, event.currentTarget)
        }}
      >
        {lines[0]?.id !== threadId && <p class="chat-empty">{chatText.threadStartGone}</p>}
        {lines.map((line) => (
          <MessageLine
            key={line.id}
            line={line}
            room={room}
            username={username}
            isActive={isActive(line.id)}
            emotes={room.emotes.value}
          />
        ))}
      </div>
    </div>
  )
}

/**
 * The messages of a thread in order: those the server found when it was opened, and those that came
 * in since. What is deleted meanwhile leaves.
 */
function useThread(room: ChatRoom, threadId: string): readonly ChatLine[] {
  const found = useSignal<readonly ChatLine[]>([])
  useEffect(() => {
    // Whoever read back before would see nothing new here.
    room.follow()
    const stop = room.onDeletion((deletion) => {
      found.value = withoutDeleted(found.value, deletion)
    })
    messagesOfThread(room.channelId, threadId).then(
      (messages) => {
        found.value = messages
      },
      (thrown: unknown) => room.tellFault(thrown),
    )
    return stop
  }, [threadId])
  const ofThread = room.shown.value.lines.filter(
    (line) => line.type === 'message' && (line.id === threadId || line.thread_id === threadId),
  )
  const known = new Map([...found.value, ...ofThread].map((line) => [line.id, line]))
  return [...known.values()].sort((one, other) => one.seq - other.seq)
}

/** The first hundred messages of a thread, oldest first. Rejects with `ApiError`. */
async function messagesOfThread(channelId: string, threadId: string): Promise<readonly ChatLine[]> {
  const channel = `/api/channels/${encodeURIComponent(channelId)}`
  const path = `${channel}/messages/${encodeURIComponent(threadId)}/thread?limit=100`
  return (await api.ask<{ messages: readonly ChatLine[] }>(path)).messages
}
