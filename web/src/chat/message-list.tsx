import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { text } from '../strings.ts'
import type { ChatRoom } from './chat-room.ts'
import { MessageLine } from './message-line.tsx'
import { useActiveLines } from './use-active-lines.ts'

/** So near to the end counts as reading along, px. */
const END_PX = 32

/** A box that scrolls must be reachable, or it cannot be scrolled by keys. */
export const REACHABLE = { tabIndex: 0 } as const

/**
 * The lines of the chat, following what comes in until somebody scrolls back. Not read out by itself:
 * `Announcer` does that at a pace at which one can listen.
 */
export function MessageList({ room }: { readonly room: ChatRoom }) {
  const list = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)
  const { lines, newCount } = room.shown.value
  const username = room.me.value?.username ?? null
  const { isActive, events } = useActiveLines()

  const isFollowing = useRef(true)
  const toEnd = (): void => {
    const box = list.current
    if (box === null || !isFollowing.current) return
    box.scrollTop = box.scrollHeight
    lastTop.current = box.scrollTop
  }
  useLayoutEffect(toEnd, [lines])
  useEffect(() => {
    if (list.current === null) return
    const observer = new ResizeObserver(toEnd)
    observer.observe(list.current)
    return () => observer.disconnect()
  }, [])

  const onScroll = (): void => {
    const box = list.current
    if (box === null) return
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < END_PX
    if (isAtEnd && !isFollowing.current && newCount === 0) follow()
    else if (!isAtEnd && box.scrollTop < lastTop.current) {
      isFollowing.current = false
      room.readBack()
    }
    lastTop.current = box.scrollTop
  }
  const follow = (): void => {
    isFollowing.current = true
    room.follow()
    toEnd()
  }
  return (
    <div class="chat-body">
      <div
        ref={list}
        class="chat-list"
        role="log"
        aria-live="off"
        aria-label={text.chat.log}
        {...REACHABLE}
        {...events}
        onScroll={onScroll}
        onKeyDown={(event) => moveFocus(event, event.currentTarget)}
      >
        {lines.length === 0 && <p class="chat-empty">{text.chat.empty}</p>}
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
      {newCount > 0 && (
        <button type="button" class="chat-pill" onClick={follow}>
          {text.chat.newMessages(newCount)}
        </button>
      )}
    </div>
  )
}

/** Arrows up and down go from line to line, left and right through what can be done with one. */
export function moveFocus(event: KeyboardEvent, list: HTMLElement): void {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  const focused = document.activeElement
  if (step !== undefined) {
    const lines = [...list.querySelectorAll<HTMLElement>('.chat-line')]
    const at = lines.findIndex((line) => line.contains(focused))
    const next = lines[at === -1 ? lines.length - 1 : at + step]
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }
  if (side !== undefined) {
    const line = focused?.closest('.chat-line')
    const buttons = [...(line?.querySelectorAll('button') ?? [])]
    const at = focused instanceof HTMLButtonElement ? buttons.indexOf(focused) : -1
    const next = buttons[at === -1 && side > 0 ? 0 : at + side]
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }
}
