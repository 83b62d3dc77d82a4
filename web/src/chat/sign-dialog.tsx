import { useLayoutEffect } from 'preact/hooks'
import { session } from '../api/session.ts'
import { SignForms } from '../pages/sign-forms.tsx'
import { text } from '../strings.ts'
import { CloseIcon } from '../ui/icons.tsx'
import { useModal } from '../ui/use-modal.ts'
import '../styles/chat.css'
import '../styles/studio.css'

/** Signs a guest in without leaving the page. Escape means later. */
export function SignDialog({ onClose }: { readonly onClose: () => void }) {
  const { dialog, leave } = useModal(onClose)
  const isDone = session.value.phase === 'signed-in'
  useLayoutEffect(() => {
    dialog.current?.querySelector<HTMLElement>('.sign-box input')?.focus()
  }, [])
  useLayoutEffect(() => {
    if (isDone) leave()
  }, [isDone])
  return (
    <dialog ref={dialog} class="chat-sign" aria-label={text.nav.signIn}>
      <button type="button" class="chat-tool" aria-label={text.chat.close} onClick={leave}>
        <CloseIcon />
      </button>
      <SignForms />
    </dialog>
  )
}
