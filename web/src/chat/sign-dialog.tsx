import { useLayoutEffect, useRef } from 'preact/hooks'
import { session } from '../api/session.ts'
import { SignForms } from '../pages/sign-forms.tsx'
import { text } from '../strings.ts'
import { CloseIcon } from '../ui/icons.tsx'
import '../styles/chat.css'
import '../styles/studio.css'

/** Signs a guest in without leaving the page. Escape means later. */
export function SignDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const isDone = session.value.phase === 'signed-in'
  useLayoutEffect(() => {
    dialog.current?.showModal()
    dialog.current?.querySelector<HTMLElement>('.sign-box input')?.focus()
  }, [])
  useLayoutEffect(() => {
    // The browser's own way: it gives the focus back.
    if (isDone) dialog.current?.close()
  }, [isDone])
  return (
    <dialog ref={dialog} class="chat-sign" aria-label={text.nav.signIn} onClose={onClose}>
      <form method="dialog">
        <button type="submit" class="chat-tool" aria-label={text.chat.close}>
          <CloseIcon />
        </button>
      </form>
      <SignForms />
    </dialog>
  )
}
