import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useId } from 'preact/hooks'
import { chatText } from '../strings-chat.ts'
import type { ChatRoom } from './chat-room.ts'
import { commandsFor } from './commands.ts'
import {
  type Completable,
  type Completion,
  completableAt,
  emojiFor,
  mentionsFor,
} from './completion.ts'
import { EMOJI } from './emoji.ts'

interface Offer {
  readonly at: Completable
  readonly choices: readonly Completion[]
}

const NOTHING: Offer = { at: { kind: 'mention', begun: '', from: 0 }, choices: [] }

/**
 * Offers names after `@`, emoji after `:` and moderators' commands after `/` above the box in which
 * somebody writes. The focus stays in the box, which names the choice it is at; its keys come here
 * first while there is one.
 */
export function CompletionList(given: {
  readonly room: ChatRoom
  readonly box: RefObject<HTMLTextAreaElement | null>
  /** Replaces all that is written. */
  readonly write: (content: string) => void
}) {
  const { room, box, write } = given
  const offer = useSignal(NOTHING)
  const chosen = useSignal(0)
  const listId = useId()

  const look = (): void => {
    const field = box.current
    const at = field === null ? null : completableAt(field.value, field.selectionStart)
    offer.value = at === null ? NOTHING : { at, choices: choicesFor(at, room) }
    chosen.value = 0
  }
  const take = (choice: Completion | undefined): void => {
    const field = box.current
    if (field === null || choice === undefined) return
    const { from, begun } = offer.value.at
    const rest = field.value.slice(from + begun.length + 1)
    write(field.value.slice(0, from) + choice.text + rest)
    const caret = from + choice.text.length
    field.setSelectionRange(caret, caret)
    offer.value = NOTHING
  }
  const onKey = (event: KeyboardEvent): void => {
    const { choices } = offer.value
    if (choices.length === 0 || event.isComposing) return
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (step !== undefined) chosen.value = (chosen.value + step + choices.length) % choices.length
    else if (event.key === 'Escape') offer.value = NOTHING
    else if (event.key === 'Tab' || event.key === 'Enter') take(choices[chosen.value])
    else return
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  useEffect(() => {
    const field = box.current
    if (field === null) return
    const stop = new AbortController()
    const { signal } = stop
    field.setAttribute('aria-autocomplete', 'list')
    field.addEventListener('input', look, { signal })
    field.addEventListener('click', look, { signal })
    field.addEventListener(
      'blur',
      () => {
        offer.value = NOTHING
      },
      { signal },
    )
    field.addEventListener('keydown', onKey, { signal, capture: true })
    look()
    return () => stop.abort()
  }, [])

  const { choices } = offer.value
  useEffect(() => {
    const active = choices.length === 0 ? null : `${listId}-${chosen.value}`
    for (const [name, value] of [
      ['aria-controls', active === null ? null : listId],
      ['aria-activedescendant', active],
    ] as const) {
      if (value === null) box.current?.removeAttribute(name)
      else box.current?.setAttribute(name, value)
    }
  }, [choices, chosen.value])
  if (choices.length === 0) return null
  return (
    <div id={listId} class="chat-completions" role="listbox" aria-label={chatText.completions}>
      {choices.map((choice, at) => (
        <div
          key={choice.label}
          id={`${listId}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === chosen.value}
          // Pressed, not clicked: a click would take the focus out of the box first.
          onPointerDown={(event) => {
            event.preventDefault()
            take(choice)
          }}
        >
          {choice.url !== undefined && <img class="chat-emote" src={choice.url} alt="" />}
          {choice.label}
        </div>
      ))}
    </div>
  )
}

function choicesFor({ kind, begun }: Completable, room: ChatRoom): readonly Completion[] {
  switch (kind) {
    case 'mention':
      return mentionsFor(begun, room.shown.value.lines)
    case 'emoji':
      return emojiFor(begun, room.emotes.value, EMOJI)
    case 'command':
      // They are moderators' words; to all others a slash is a sign like any other.
      return room.mayModerate.value
        ? commandsFor(begun).map(({ name, usage }) => ({ text: `/${name} `, label: usage }))
        : []
  }
}
