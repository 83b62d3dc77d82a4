import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { text } from '../strings.ts'
import { messageOf } from '../ui/faults.ts'
import { Lazy } from '../ui/lazy.tsx'
import { PopOutIcon, TuneIcon } from './chat-icons.tsx'
import type { ChatRoom } from './chat-room.ts'
import { Composer } from './composer.tsx'
import { MessageList } from './message-list.tsx'
import '../styles/chat.css'

// Rarely opened, so fetched when it is.
const loadSheet = async () => (await import('./chat-sheet.tsx')).ChatSheetView
const loadHeld = async () => (await import('./held-lines.tsx')).HeldLines
const loadThread = async () => (await import('./thread-view.tsx')).ThreadView

/** The chat of a channel: what is said, and where to say something. */
export function ChatPanel(given: {
  readonly room: ChatRoom
  /** Address of the chat in a window of its own; null: this is it. */
  readonly popOutUrl: string | null
}) {
  const { room, popOutUrl } = given
  const sheet = room.sheet.value
  const threadId = room.threadId.value
  const panel = useRef<HTMLElement>(null)
  useGivenBack(panel, sheet !== null)
  useGivenBack(panel, threadId !== null)
  return (
    <section ref={panel} class="chat" aria-label={text.chat.title}>
      <header class="chat-head">
        <h2>{text.chat.title}</h2>
        {room.mayModerate.value && (
          <button
            type="button"
            class="chat-tool"
            aria-label={text.chat.settings}
            aria-haspopup="dialog"
            onClick={() => {
              room.sheet.value = { kind: 'settings' }
            }}
          >
            <TuneIcon />
          </button>
        )}
        {popOutUrl !== null && <PopOut url={popOutUrl} />}
      </header>
      <ConnectionLine room={room} />
      <ModesLine room={room} />
      {room.mayModerate.value && room.held.value.length > 0 && (
        <Lazy load={loadHeld} props={{ room }} label={text.chat.loading} />
      )}
      {threadId === null ? (
        <MessageList room={room} />
      ) : (
        <Lazy
          key={threadId}
          load={loadThread}
          props={{ room, threadId }}
          label={text.chat.loading}
        />
      )}
      <Composer room={room} />
      {sheet !== null && (
        <Lazy key={sheet.kind} load={loadSheet} props={{ room, sheet }} label={text.chat.loading} />
      )}
      <Announcer room={room} />
    </section>
  )
}

/**
 * Gives the focus back when what had it closes: to where it was, else to the line which that was
 * in, else to all lines. Unless what was done there put it elsewhere.
 */
function useGivenBack(panel: RefObject<HTMLElement | null>, isOpen: boolean): void {
  const from = useRef<readonly (Element | null)[]>([])
  useLayoutEffect(() => {
    const { activeElement, body } = document
    if (isOpen) from.current = [activeElement, activeElement?.closest('.chat-line') ?? null]
    else if (from.current.length > 0 && activeElement === body) {
      const places = [...from.current, panel.current?.querySelector('.chat-list')]
      const place = places.find((each) => each?.isConnected === true && each !== body)
      if (place instanceof HTMLElement) place.focus()
    }
  }, [isOpen])
}

function PopOut({ url }: { readonly url: string }) {
  return (
    <a
      class="chat-tool"
      href={url}
      target="vibly-chat"
      aria-label={text.chat.popOut}
      onClick={(event) => {
        if (window.open(url, 'vibly-chat', 'popup,width=400,height=680') !== null) {
          event.preventDefault()
        }
      }}
    >
      <PopOutIcon />
    </a>
  )
}

/** Nothing while all is well. */
function ConnectionLine({ room }: { readonly room: ChatRoom }) {
  const state = room.state.value
  const isQuiet =
    state.phase === 'open' || state.phase === 'idle' || room.shown.value.lines.length === 0
  if (state.phase === 'refused') {
    return (
      <p class="chat-connection" role="alert">
        <span>{state.error === null ? text.chat.refused : messageOf(state.error)}</span>
        <button type="button" class="link" onClick={() => room.retry()}>
          {text.faults.retry}
        </button>
      </p>
    )
  }
  return isQuiet ? null : (
    <p class="chat-connection" role="status">
      {text.chat.reconnecting}
    </p>
  )
}

/** What is asked of everyone who writes here; nothing when nothing is. */
function ModesLine({ room }: { readonly room: ChatRoom }) {
  const settings = room.settings.value
  const modes = settings === null ? [] : text.chat.modes(settings)
  return modes.length === 0 ? null : <p class="chat-modes">{modes.join(' · ')}</p>
}

/** Reads out what came in, a few times a minute at most. */
function Announcer({ room }: { readonly room: ChatRoom }) {
  return (
    <p class="visually-hidden" aria-live="polite">
      {room.announcement.value}
    </p>
  )
}
