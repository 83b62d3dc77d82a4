import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { api, noticeSessionEnd } from '../api/session.ts'
import { studioText } from '../strings-studio.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { messageOf } from '../ui/faults.ts'

/** As long as a stream key, so that showing it moves nothing. */
const HIDDEN_KEY = 'live_••••••••••••••••••••••••••'

/** What the encoder needs: where to send, the stream key, and how to set up OBS. */
export function StudioEncoder() {
  return (
    <section class="panel" aria-labelledby="encoder-title">
      <h2 id="encoder-title">{studioText.setupTitle}</h2>
      <p class="lead">{studioText.setupLead}</p>
      <ServerAddress />
      <StreamKey />
      <h3>{studioText.stepsTitle}</h3>
      <ol class="steps">
        {studioText.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </section>
  )
}

function ServerAddress() {
  const id = useId()
  // Right in most set-ups; the server knows better as soon as it answers.
  const address = useSignal(`rtmp://${location.hostname}:1935/live`)
  useEffect(() => {
    api.server().then(
      (facts) => {
        address.value = facts.rtmp_url
      },
      (thrown: unknown) => {
        if (!(thrown instanceof ApiError)) throw thrown
      },
    )
  }, [])
  return (
    <div class="field">
      <label for={id}>{studioText.server}</label>
      <div class="field-row">
        <input id={id} class="mono" value={address.value} readOnly />
        <CopyButton label={studioText.copyServer} read={async () => address.value} />
      </div>
    </div>
  )
}

function StreamKey() {
  const id = useId()
  const key = useSignal<string | null>(null)
  const isShown = useSignal(false)
  const isAsking = useSignal(false)
  const isRotated = useSignal(false)
  const fault = useSignal<string | null>(null)

  /** Asks the server for a key and keeps it for this visit to the page; null when that failed. */
  const take = async (ask: () => Promise<string>): Promise<string | null> => {
    fault.value = null
    try {
      key.value = await ask()
      return key.value
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      noticeSessionEnd(thrown)
      fault.value = messageOf(thrown)
      return null
    }
  }
  const read = async (): Promise<string | null> => key.value ?? (await take(() => api.streamKey()))
  const toggle = async (): Promise<void> => {
    if (isShown.value) isShown.value = false
    else isShown.value = (await read()) !== null
  }
  const answer = async (isYes: boolean): Promise<void> => {
    isAsking.value = false
    if (isYes) isRotated.value = (await take(() => api.rotateStreamKey())) !== null
  }
  return (
    <div class="field" data-fault={fault.value === null ? undefined : ''}>
      <label for={id}>{studioText.streamKey}</label>
      <div class="field-row">
        <input
          id={id}
          class="mono"
          value={isShown.value && key.value !== null ? key.value : HIDDEN_KEY}
          readOnly
          autocomplete="off"
          aria-describedby={`${id}-note`}
        />
        <button
          type="button"
          class="button"
          aria-label={isShown.value ? studioText.hideKey : studioText.revealKey}
          onClick={toggle}
        >
          {isShown.value ? studioText.hide : studioText.reveal}
        </button>
        <CopyButton label={studioText.copyKey} read={read} />
      </div>
      <div class="field-below">
        <p id={`${id}-note`} class="field-note">
          {studioText.keyNote}
        </p>
        <button
          type="button"
          class="link"
          onClick={() => {
            isAsking.value = true
          }}
        >
          {studioText.rotate}
        </button>
      </div>
      {fault.value !== null && (
        <p class="form-fault" role="alert">
          {fault.value}
        </p>
      )}
      {isRotated.value && fault.value === null && (
        <p class="form-done" role="status">
          {studioText.rotated}
        </p>
      )}
      {isAsking.value && (
        <ConfirmDialog
          title={studioText.rotateTitle}
          body={studioText.rotateText}
          action={studioText.rotateConfirm}
          onAnswer={answer}
        />
      )}
    </div>
  )
}
