import { useSignal } from '@preact/signals'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { studioText } from '../strings-studio.ts'

/** What is asked before something is done. */
interface Question {
  readonly title: string
  readonly body: string
  /** What the way to say yes is called. */
  readonly action: string
}

/** A button for something that cannot be undone: asks first. Escape means no. */
export function ConfirmButton(given: {
  readonly className: string
  readonly label: string
  /** For those who do not see what it stands beside; absent where `label` says it all. */
  readonly fullLabel?: string
  readonly isOff?: boolean
  readonly question: Question
  readonly onYes: () => Promise<unknown>
}) {
  const isAsking = useSignal(false)
  return (
    <>
      <button
        type="button"
        class={given.className}
        aria-label={given.fullLabel}
        disabled={given.isOff}
        onClick={() => {
          isAsking.value = true
        }}
      >
        {given.label}
      </button>
      {isAsking.value && (
        <ConfirmDialog
          {...given.question}
          onAnswer={async (isYes) => {
            isAsking.value = false
            if (isYes) await given.onYes()
          }}
        />
      )}
    </>
  )
}

function ConfirmDialog(given: Question & { readonly onAnswer: (isYes: boolean) => void }) {
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
