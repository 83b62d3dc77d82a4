import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { session } from '../api/session.ts'
import { text } from '../strings.ts'
import { Lazy } from '../ui/lazy.tsx'
import type { ChatRoom } from './chat-room.ts'

// Guests, most of those who watch, need neither.
const loadSign = async () => (await import('./sign-dialog.tsx')).SignDialog
const loadWriting = async () => (await import('./writing-box.tsx')).WritingBox

/** Where one writes; for guests, the way to sign in. */
export function Composer({ room }: { readonly room: ChatRoom }) {
  const hasAsked = useRef(false)
  switch (session.value.phase) {
    case 'unknown':
      return <div class="chat-composer" />
    case 'anonymous':
      return (
        <GuestBox
          onAsk={() => {
            hasAsked.current = true
          }}
        />
      )
    case 'signed-in':
      return (
        <Lazy
          load={loadWriting}
          props={{ room, takesFocus: hasAsked.current }}
          label={text.chat.loading}
          meanwhile={<div class="chat-composer" />}
        />
      )
  }
}

function GuestBox({ onAsk }: { readonly onAsk: () => void }) {
  const isAsking = useSignal(false)
  const close = (): void => {
    isAsking.value = false
  }
  return (
    <div class="chat-composer">
      <button
        type="button"
        class="button primary wide"
        onClick={() => {
          onAsk()
          isAsking.value = true
        }}
      >
        {text.chat.signIn}
      </button>
      {isAsking.value && (
        <Lazy load={loadSign} props={{ onClose: close }} label={text.chat.loading} />
      )}
    </div>
  )
}
