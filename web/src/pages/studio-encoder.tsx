import { useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { api, noticeSessionEnd } from '../api/session.ts'
import { text } from '../strings.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { messageOf } from '../ui/faults.ts'

/** As long as a stream key, so that showing it moves nothing. */
const HIDDEN_KEY = 'live_••••••••••••••••••••••••••'

/** What the encoder needs: where to send, the stream key, and how to set up OBS. */
export function StudioEncoder() {
  return (
    <section class="panel" aria-labelledby="encoder-title">
      <h2 id="encoder-title">{text.studio.setupTitle}</h2>
      <p class="lead">{text.studio.setupLead}</p>
      <ServerAddress />
      <StreamKey />
      <h3>{text.studio.stepsTitle}</h3>
      <ol class="steps">
        {text.studio.steps.map((step) => (
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
      <label for={id}>{text.studio.server}</label>
      <div class="field-row">
        <input id={id} class="mono" value={address.value} readOnly />
        <CopyButton label={text.studio.copyServer} read={async () => address.value} />
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
      <label for={id}>{text.studio.streamKey}</label>
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
          aria-label={isShown.value ? text.studio.hideKey : text.studio.revealKey}
          onClick={toggle}
        >
          {isShown.value ? text.studio.hide : text.studio.reveal}
        </button>
        <CopyButton label={text.studio.copyKey} read={read} />
      </div>
      <div class="field-below">
        <p id={`${id}-note`} class="field-note">
          {text.studio.keyNote}
        </p>
        <button
          type="button"
          class="link"
          onClick={() => {
            isAsking.value = true
          }}
        >
          {text.studio.rotate}
        </button>
      </div>
      {fault.value !== null && (
        <p class="form-fault" role="alert">
          {fault.value}
        </p>
      )}
      {isRotated.value && fault.value === null && (
        <p class="form-done" role="status">
          {text.studio.rotated}
        </p>
      )}
      {isAsking.value && (
        <ConfirmDialog
          title={text.studio.rotateTitle}
          body={text.studio.rotateText}
          action={text.studio.rotateConfirm}
          onAnswer={answer}
        />
      )}
    </div>
  )
}
