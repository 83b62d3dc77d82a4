import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { formatClock } from '../format.ts'
import { text } from '../strings.ts'
import { CloseIcon } from '../ui/icons.tsx'
import { useNow } from '../ui/use-now.ts'
import { SendIcon, SmileIcon } from './chat-icons.tsx'
import type { ChatRoom } from './chat-room.ts'
import { CONTENT_CHARACTERS_MAX, countCharacters, type EmoteUrls } from './chat-text.ts'
import type { CompletionList } from './completion-list.tsx'

/** The counter is shown when so few characters are left. */
const COUNTER_FROM = 100

/** Where those who are signed in write, and are told why something was refused. */
export function WritingBox(given: {
  readonly room: ChatRoom
  /** Whoever is here signed in to write. */
  readonly takesFocus: boolean
}) {
  const { room } = given
  const draft = useSignal('')
  const box = useRef<HTMLTextAreaElement>(null)
  const left = CONTENT_CHARACTERS_MAX - countCharacters(draft.value.trim())
  const waitMs = useWait(room)
  const silenceMs = useSilence(room)
  const isSilenced = silenceMs > 0
  const isReady = draft.value.trim() !== '' && left >= 0 && waitMs <= 0 && !isSilenced

  const reply = room.replyTo.value
  const focusBox = (): void => box.current?.focus()
  useLayoutEffect(() => {
    if (given.takesFocus) focusBox()
  }, [])
  useLayoutEffect(() => {
    if (reply !== null) focusBox()
  }, [reply])

  const write = (content: string): void => {
    draft.value = content
    if (box.current !== null) fitHeight(box.current, content)
  }
  const { Completer, wantCompleter } = useCompleter()
  const send = async (): Promise<void> => {
    if (!isReady) return
    const written = draft.value
    const parentId = reply?.id ?? room.threadId.value
    write('')
    room.replyTo.value = null
    const isDone = await sayOrDo(room, written, parentId)
    // What was refused comes back, unless something else is being written already.
    if (isDone || draft.value !== '') return
    write(written)
    room.replyTo.value = reply
  }
  return (
    <form
      class="chat-composer"
      onSubmit={async (event) => {
        event.preventDefault()
        focusBox()
        await send()
      }}
    >
      {isSilenced && (
        <p class="chat-told">
          <Sentence message={text.chat.silenced} waitMs={silenceMs} />
        </p>
      )}
      <Told room={room} waitMs={waitMs} onLeave={focusBox} />
      <ReplyHead room={room} onLeave={focusBox} />
      {Completer !== null && <Completer room={room} box={box} write={write} />}
      <div class="chat-box">
        <textarea
          ref={box}
          rows={1}
          value={draft.value}
          disabled={isSilenced}
          placeholder={text.chat.placeholder}
          aria-label={text.chat.message}
          aria-invalid={left < 0}
          onInput={(event) => {
            write(event.currentTarget.value)
            if (/^\/|[@:]/.test(draft.value)) wantCompleter()
          }}
          onKeyDown={async (event) => {
            if (event.key === 'Escape') room.replyTo.value = null
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            await send()
          }}
        />
        {left <= COUNTER_FROM && (
          <span class="chat-counter" data-over={left < 0 ? '' : undefined}>
            <span class="visually-hidden">{text.chat.left} </span>
            {left}
          </span>
        )}
        <button
          type="button"
          class="chat-tool"
          aria-label={text.chat.emoji}
          aria-haspopup="dialog"
          onClick={() => {
            room.sheet.value = {
              kind: 'emoji',
              pick: (emoji) => {
                write(draft.value + emoji)
                focusBox()
              },
            }
          }}
        >
          <SmileIcon />
        </button>
        <button
          type="submit"
          class="chat-tool send"
          aria-label={text.chat.send}
          disabled={!isReady}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  )
}

/** What is answered, with a way out. */
function ReplyHead(given: { readonly room: ChatRoom; readonly onLeave: () => void }) {
  const { room, onLeave } = given
  const reply = room.replyTo.value
  if (reply === null) return null
  return (
    <p class="chat-replying">
      <span>
        {text.chat.replyingTo} <b>{reply.user.display_name}</b> {reply.content}
      </span>
      <button
        type="button"
        class="chat-tool"
        aria-label={text.chat.cancelReply}
        onClick={() => {
          onLeave()
          room.replyTo.value = null
        }}
      >
        <CloseIcon />
      </button>
    </p>
  )
}

/** Why the last thing was refused and for how long, or that it was done. */
function Told(given: {
  readonly room: ChatRoom
  readonly waitMs: number
  /** Its buttons go with it: the focus must go elsewhere. */
  readonly onLeave: () => void
}) {
  const { room, waitMs, onLeave } = given
  const told = room.told.value
  const waiting = room.waitingCount.value
  const isOffline = room.state.value.phase !== 'open'
  if (told === null) {
    return isOffline && waiting > 0 ? <p class="chat-told">{text.chat.waiting(waiting)}</p> : null
  }
  const { way } = told
  return (
    <p class="chat-told">
      <Sentence message={told.message} waitMs={waitMs} />
      {way !== null && (
        <button
          type="button"
          class="link"
          onClick={async (event) => {
            if (isByKey(event)) onLeave()
            await way.go()
          }}
        >
          {way.label}
        </button>
      )}
      <button
        type="button"
        class="chat-tool"
        aria-label={text.chat.dismiss}
        onClick={(event) => {
          if (isByKey(event)) onLeave()
          room.told.value = null
        }}
      >
        <CloseIcon />
      </button>
    </p>
  )
}

/** Read out once; the clock beside it, which changes every second, never. */
function Sentence({ message, waitMs }: { readonly message: string; readonly waitMs: number }) {
  const hasEnd = waitMs > 0 && waitMs !== Number.POSITIVE_INFINITY
  return (
    <span>
      <span role="alert">{message}</span>
      {hasEnd && <b> {text.chat.again(formatClock(Math.ceil(waitMs / 1000) * 1000))}</b>}
    </span>
  )
}

/** On a phone the focus would bring up the keyboard, unasked. */
function isByKey(event: MouseEvent): boolean {
  return event.detail === 0
}

/** ms until something may be sent; the notice goes when they are over. */
function useWait(room: ChatRoom): number {
  const now = useNow(500)
  const untilMs = room.told.value?.untilMs ?? null
  const waitMs = untilMs === null ? 0 : untilMs - Math.max(now.value, Date.now())
  useEffect(() => {
    if (untilMs !== null && waitMs <= 0) room.told.value = null
  }, [untilMs, waitMs <= 0])
  return waitMs
}

/** What offers names, emoji and commands: fetched by those who write the first `@`, `:` or `/`. */
function useCompleter() {
  const loaded = useSignal<typeof CompletionList | null>(null)
  const isWanted = useRef(false)
  const wantCompleter = (): void => {
    if (isWanted.current) return
    isWanted.current = true
    import('./completion-list.tsx').then(
      (module) => {
        loaded.value = module.CompletionList
      },
      () => {
        // Without a connection there is none; the next sign tries again.
        isWanted.current = false
      },
    )
  }
  return { Completer: loaded.value, wantCompleter }
}

/** ms until the one who writes may; 0: they may, Infinity: never. */
function useSilence(room: ChatRoom): number {
  const now = useNow(1_000)
  const untilMs = room.silencedUntilMs.value
  return untilMs === null ? 0 : Math.max(0, untilMs - Math.max(now.value, Date.now()))
}

/** Does what a moderator wrote after a slash, or says what was written. False: it was refused. */
async function sayOrDo(room: ChatRoom, written: string, parentId: string | null): Promise<boolean> {
  if (room.mayModerate.value && /^\s*\//.test(written)) {
    const { runSlash } = await import('./run-slash.ts')
    const isDone = await runSlash(room, written)
    if (isDone !== null) return isDone
  }
  return await room.say(await withEmoji(written, room.emotes.value), parentId)
}

/** Words like `:heart:` as what they stand for. Their table is fetched by those who write one. */
async function withEmoji(written: string, emotes: EmoteUrls): Promise<string> {
  if (!/:\w+:/.test(written)) return written
  const { replaceShortcodes } = await import('./emoji.ts')
  return replaceShortcodes(written, emotes)
}

/** As high as what is written, up to the limit of the style sheet. */
function fitHeight(box: HTMLTextAreaElement, content: string): void {
  box.value = content
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight}px`
}
