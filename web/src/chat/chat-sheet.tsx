import { useSignal } from '@preact/signals'
import type { ComponentChildren, TargetedKeyboardEvent } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { text } from '../strings.ts'
import { chatText } from '../strings-chat.ts'
import { CloseIcon } from '../ui/icons.tsx'
import type { ChatRoom, ChatSheet } from './chat-room.ts'
import { ChatSettingsForm } from './chat-settings-form.tsx'
import type { EmoteUrls } from './chat-text.ts'
import { EMOJI } from './emoji.ts'
import { EmoteShelf } from './emote-shelf.tsx'
import { Choice, MessageChoices } from './message-choices.tsx'
import { ModerationApi } from './moderation-api.ts'
import { ModerationSteps } from './moderation-steps.tsx'
import { PeopleLists } from './people-lists.tsx'

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
            emotes={room.emotes.value}
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
          <MoreSettings room={room} />
        </Sheet>
      )
    case 'people':
      return (
        <Sheet title={chatText.people} onClose={close}>
          <PeopleLists room={room} />
        </Sheet>
      )
    case 'steps':
      return (
        <Sheet title={chatText.steps} onClose={close}>
          <ModerationSteps room={room} />
        </Sheet>
      )
    case 'emotes':
      return (
        <Sheet title={chatText.emotes} onClose={close}>
          <EmoteShelf room={room} />
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

/** What a sheet is opened for; the way out comes after it. */
const FIRST = 'button:not(.chat-tool), input, select, textarea, a'

function Sheet(given: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const isWhole = box.current?.querySelector('.spinner') === null
    const first = isWhole ? box.current?.querySelector<HTMLElement>(FIRST) : null
    const place = first ?? box.current
    place?.focus()
  }, [])
  return (
    <div
      ref={box}
      class="chat-sheet"
      role="dialog"
      tabIndex={-1}
      aria-label={given.title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') given.onClose()
        if (event.key === 'Tab' && !event.altKey) keepFocus(event)
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

/** A sheet covers where one writes, so Tab goes round within it. */
function keepFocus(event: TargetedKeyboardEvent<HTMLDivElement>): void {
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(`.chat-tool, ${FIRST}`)]
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
  const { activeElement } = document
  const isAtEdge =
    activeElement === from || (event.shiftKey && activeElement === event.currentTarget)
  if (!isAtEdge) return
  event.preventDefault()
  to?.focus()
}

/** Where else a moderator may look, and what the owner alone may take away or put. */
function MoreSettings({ room }: { readonly room: ChatRoom }) {
  const open = (kind: 'people' | 'steps' | 'emotes') => () => {
    room.sheet.value = { kind }
  }
  return (
    <div class="chat-choices">
      <Choice label={chatText.people} onClick={open('people')} />
      <Choice label={chatText.steps} onClick={open('steps')} />
      {room.isOwner.value && (
        <>
          <Choice label={chatText.emotes} onClick={open('emotes')} />
          <a
            class="chat-choice"
            href={new ModerationApi(room.channelId).exportUrl('text')}
            download
          >
            {chatText.exportText}
          </a>
          <a
            class="chat-choice"
            href={new ModerationApi(room.channelId).exportUrl('json')}
            download
          >
            {chatText.exportJson}
          </a>
        </>
      )}
    </div>
  )
}

/** The channel's own pictures first; a word narrows both down. */
function EmojiGrid(given: { readonly emotes: EmoteUrls; readonly onPick: (sign: string) => void }) {
  const { emotes, onPick } = given
  const wanted = useSignal('')
  const isWanted = (name: string): boolean => name.includes(wanted.value.trim().toLowerCase())
  return (
    <>
      <input
        class="chat-search"
        type="search"
        value={wanted.value}
        placeholder={chatText.searchEmoji}
        aria-label={chatText.searchEmoji}
        onInput={(event) => {
          wanted.value = event.currentTarget.value
        }}
      />
      <div class="chat-emoji">
        {[...emotes]
          .filter(([name]) => isWanted(name))
          .map(([name, url]) => (
            <button
              key={`:${name}:`}
              type="button"
              title={`:${name}:`}
              aria-label={name.replaceAll('_', ' ')}
              onClick={() => onPick(`:${name}: `)}
            >
              <img class="chat-emote" src={url} alt="" />
            </button>
          ))}
        {EMOJI.filter(({ name }) => isWanted(name)).map(({ name, sign }) => (
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
    </>
  )
}
