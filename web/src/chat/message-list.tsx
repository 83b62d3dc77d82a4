import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { text } from '../strings.ts'
import type { ChatRoom } from './chat-room.ts'
import { LOG_BOX } from './log-box.ts'
import { MessageLine } from './message-line.tsx'
import { useActiveLines } from './use-active-lines.ts'

/** So near to the end counts as reading along, px. */
const END_PX = 32
/** So near to the beginning older lines are asked for, px. */
const OLDER_PX = 120

/**
 * The lines of the chat, following what comes in until somebody scrolls back. Not read out by
 * itself: `Announcer` does that at a pace at which one can listen.
 */
export function MessageList({ room }: { readonly room: ChatRoom }) {
  const list = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)
  const { lines, newCount, isCut } = room.shown.value
  const emotes = room.emotes.value
  const username = room.me.value?.username ?? null
  const { isActive, events } = useActiveLines()

  const isFollowing = useRef(true)
  const toEnd = (): void => {
    const box = list.current
    if (box === null || !isFollowing.current) return
    box.scrollTop = box.scrollHeight
    lastTop.current = box.scrollTop
  }
  const keepPlace = useKeptPlace(list, lines[0]?.seq)
  const followCount = room.followCount.value
  useLayoutEffect(() => {
    isFollowing.current = true
  }, [followCount])
  useLayoutEffect(() => {
    keepPlace()
    toEnd()
  }, [lines, followCount])
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
    if (isAtEnd && !isFollowing.current && newCount === 0 && !isCut) room.follow()
    else if (!isAtEnd && box.scrollTop < lastTop.current) {
      isFollowing.current = false
      room.readBack()
      if (box.scrollTop < OLDER_PX) room.loadOlder().catch(throwLater)
    }
    lastTop.current = box.scrollTop
  }
  return (
    <div class="chat-body">
      <div
        ref={list}
        role="log"
        {...LOG_BOX}
        aria-label={text.chat.log}
        {...events}
        onScroll={onScroll}
        onKeyDown={(event) => moveFocus(event, event.currentTarget)}
      >
        {lines.length === 0 && <p class="chat-empty">{text.chat.empty}</p>}
        {room.older.value === 'loading' && <p class="chat-empty">{text.chat.loadingOlder}</p>}
        {lines.map((line) => (
          <MessageLine
            key={line.id}
            line={line}
            room={room}
            username={username}
            isActive={isActive(line.id)}
            emotes={emotes}
          />
        ))}
      </div>
      {(newCount > 0 || isCut) && (
        <button type="button" class="chat-pill" onClick={() => room.follow()}>
          {newCount > 0 ? text.chat.newMessages(newCount) : text.chat.toLatest}
        </button>
      )}
    </div>
  )
}

/**
 * Keeps the lines that are read where they are when older ones are put before them.
 *
 * @param firstSeq number of the first line
 * @returns to be called after the lines were drawn
 */
function useKeptPlace(
  list: RefObject<HTMLDivElement | null>,
  firstSeq: number | undefined,
): () => void {
  const last = useRef({ firstSeq, top: 0 })
  const topOf = (seq: number | undefined): number | null => {
    const line = list.current?.querySelector<HTMLElement>(`[data-seq="${seq}"]`)
    return line?.offsetTop ?? null
  }
  return () => {
    const box = list.current
    const before = last.current
    const top = topOf(before.firstSeq)
    if (box !== null && top !== null && firstSeq !== before.firstSeq) {
      box.scrollTop += top - before.top
    }
    last.current = { firstSeq, top: topOf(firstSeq) ?? 0 }
  }
}

/** A bug of ours; the room tells everything else. */
function throwLater(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown
  })
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
