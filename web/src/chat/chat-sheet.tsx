import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { ChatMessage } from '../../../client/index.ts'
import { text } from '../strings.ts'
import { chatText } from '../strings-chat.ts'
import { CloseIcon } from '../ui/icons.tsx'
import type { ChatRoom, ChatSheet } from './chat-room.ts'
import { ChatSettingsForm } from './chat-settings-form.tsx'
import { EMOJI } from './emoji.ts'

/** What opens over the lower part of the chat: emoji, settings, what can be done with a message. */
export function ChatSheetView(given: { readonly room: ChatRoom; readonly sheet: ChatSheet }) {
  const { room, sheet } = given
  const close = (): void => {
    room.sheet.value = null
  }
  switch (sheet.kind) {
    case 'emoji':
      return (
        <Sheet title={text.chat.emoji} onClose={close}>
          <EmojiGrid
            onPick={(sign) => {
              close()
              sheet.pick(sign)
            }}
          />
        </Sheet>
      )
    case 'settings':
      return (
        <Sheet title={text.chat.settings} onClose={close}>
          <ChatSettingsForm room={room} onDone={close} />
        </Sheet>
      )
    case 'message':
      return (
        <Sheet title={chatText.messageOf(sheet.message.user.display_name)} onClose={close}>
          <p class="chat-sheet-quote">{sheet.message.content}</p>
          <MessageChoices room={room} message={sheet.message} onDone={close} />
        </Sheet>
      )
  }
}

function Sheet(given: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('button:not(.chat-tool), input')?.focus()
  }, [])
  return (
    <div
      ref={box}
      class="chat-sheet"
      role="dialog"
      aria-label={given.title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') given.onClose()
      }}
    >
      <div class="chat-sheet-head">
        <h3>{given.title}</h3>
        <button
          type="button"
          class="chat-tool"
          aria-label={text.chat.close}
          onClick={given.onClose}
        >
          <CloseIcon />
        </button>
      </div>
      {given.children}
    </div>
  )
}

function EmojiGrid({ onPick }: { readonly onPick: (sign: string) => void }) {
  return (
    <div class="chat-emoji">
      {EMOJI.map(({ name, sign }) => (
        <button
          key={name}
          type="button"
          title={`:${name}:`}
          aria-label={name.replaceAll('_', ' ')}
          onClick={() => onPick(sign)}
        >
          {sign}
        </button>
      ))}
    </div>
  )
}

/** How long somebody may be silenced, in seconds. */
const TIMEOUTS_S = [60, 600, 3_600, 86_400] as const

function MessageChoices(given: {
  readonly room: ChatRoom
  readonly message: ChatMessage
  readonly onDone: () => void
}) {
  const { room, message, onDone } = given
  const { user } = message
  const name = user.display_name
  const isMine = user.id === room.me.value?.id
  const threadId = message.thread_id ?? message.id
  const choose = (act: () => void): (() => void) => {
    return () => {
      onDone()
      act()
    }
  }
  const silence = (durationS: number | null): void => {
    const ban = { type: 'ban', user_id: user.id } as const
    const command = durationS === null ? ban : { ...ban, duration_s: durationS }
    const done = durationS === null ? chatText.banned(name) : chatText.timedOut(name)
    run(room.act(command, done, { type: 'unban', user_id: user.id }))
  }
  return (
    <div class="chat-choices">
      {room.me.value !== null && (
        <Choice
          label={chatText.reply}
          onClick={choose(() => {
            room.replyTo.value = message
          })}
        />
      )}
      <Choice
        label={chatText.thread}
        onClick={choose(() => {
          room.threadId.value = threadId
        })}
      />
      {(isMine || room.mayModerate.value) && (
        <Choice
          label={chatText.delete}
          onClick={choose(() =>
            run(room.act({ type: 'delete', id: message.id }, chatText.messageDeleted)),
          )}
        />
      )}
      {room.mayModerate.value && !isMine && (
        <>
          {TIMEOUTS_S.map((seconds) => (
            <Choice
              key={seconds}
              label={chatText.timeout(seconds)}
              onClick={choose(() => silence(seconds))}
            />
          ))}
          <Choice label={chatText.ban(name)} onClick={choose(() => silence(null))} />
        </>
      )}
    </div>
  )
}

function Choice(given: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="chat-choice" onClick={given.onClick}>
      {given.label}
    </button>
  )
}

/** The room tells what went wrong; only a bug of ours comes out here. */
function run(asked: Promise<unknown>): void {
  asked.catch((thrown: unknown) => {
    throw thrown
  })
}
