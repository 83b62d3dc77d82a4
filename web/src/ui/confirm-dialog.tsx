import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { studioText } from '../strings-studio.ts'

/** Asks before something that cannot be undone. Escape means no. */
export function ConfirmDialog(given: {
  readonly title: string
  readonly body: string
  readonly action: string
  readonly onAnswer: (isYes: boolean) => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-body`}
      onClose={() => given.onAnswer(dialog.current?.returnValue === 'yes')}
    >
      <form method="dialog">
        <h2 id={`${id}-title`}>{given.title}</h2>
        <p id={`${id}-body`}>{given.body}</p>
        <div class="dialog-actions">
          <button type="submit" class="button" value="no">
            {studioText.cancel}
          </button>
          <button type="submit" class="button danger" value="yes">
            {given.action}
          </button>
        </div>
      </form>
    </dialog>
  )
}
