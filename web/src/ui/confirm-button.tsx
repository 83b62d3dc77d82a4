import { useSignal } from '@preact/signals'
import { useId, useRef } from 'preact/hooks'
import { studioText } from '../strings-studio.ts'
import { useModal } from './use-modal.ts'

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
  const isYes = useRef(false)
  const { dialog, leave } = useModal(() => given.onAnswer(isYes.current))
  const id = useId()
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-body`}
    >
      <h2 id={`${id}-title`}>{given.title}</h2>
      <p id={`${id}-body`}>{given.body}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={leave}>
          {studioText.cancel}
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            isYes.current = true
            leave()
          }}
        >
          {given.action}
        </button>
      </div>
    </dialog>
  )
}
