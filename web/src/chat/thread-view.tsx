import { useLayoutEffect, useRef } from 'preact/hooks'
import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'
import { MessageLine } from './message-line.tsx'
import { moveFocus, REACHABLE } from './message-list.tsx'
import { useActiveLines } from './use-active-lines.ts'

/** One message and everything said in answer to it, as far as it is here. */
export function ThreadView(given: { readonly room: ChatRoom; readonly threadId: string }) {
  const { room, threadId } = given
  const list = useRef<HTMLDivElement>(null)
  const back = useRef<HTMLButtonElement>(null)
  const username = room.me.value?.username ?? null
  const { isActive, events } = useActiveLines()
  const lines = room.shown.value.lines.filter(
    (line) => line.type === 'message' && (line.id === threadId || line.thread_id === threadId),
  )
  useLayoutEffect(() => {
    back.current?.focus()
  }, [])
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
          onClick={() => {
            room.threadId.value = null
          }}
        >
          {chatText.backToChat}
        </button>
      </div>
      <div
        ref={list}
        class="chat-list"
        role="log"
        aria-live="off"
        aria-label={chatText.thread}
        {...REACHABLE}
        {...events}
        onKeyDown={(event) => moveFocus(event, event.currentTarget)}
      >
        {lines[0]?.id !== threadId && <p class="chat-empty">{chatText.threadStartGone}</p>}
        {lines.map((line) => (
          <MessageLine
            key={line.id}
            line={line}
            room={room}
            username={username}
            isActive={isActive(line.id)}
          />
        ))}
      </div>
    </div>
  )
}
