import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useId } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { api } from '../api/session.ts'
import { studioText } from '../strings-studio.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { FaultLine } from '../ui/fault-line.tsx'
import { DownloadIcon } from '../ui/icons.tsx'
import { faultIn, useSaving } from '../ui/use-saving.ts'
import { createObsProfile } from './obs-profile.ts'

/** As long as a stream key, so that showing it moves nothing. */
const HIDDEN_KEY = 'live_••••••••••••••••••••••••••'

/** What the encoder needs: where to send, the stream key, and how to set up OBS. */
export function EncoderSetup() {
  // Right in most set-ups; the server knows better as soon as it answers.
  const address = useSignal(`rtmp://${location.hostname}:1935/live`)
  const key = useSignal<string | null>(null)
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
    <section class="panel" aria-labelledby="encoder-title">
      <h2 id="encoder-title">{studioText.setupTitle}</h2>
      <p class="lead">{studioText.setupLead}</p>
      <ServerAddress address={address} />
      <StreamKey streamKey={key} />
      <div class="setup-ways">
        <div>
          <h3>{studioText.stepsTitle}</h3>
          <ol class="steps">
            {studioText.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </div>
        <ObsProfile address={address} streamKey={key} />
      </div>
    </section>
  )
}

function ServerAddress({ address }: { readonly address: Signal<string> }) {
  const id = useId()
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

/** @param given `streamKey`: kept for this visit to the page once it was asked for; null before. */
function StreamKey({ streamKey }: { readonly streamKey: Signal<string | null> }) {
  const id = useId()
  const isShown = useSignal(false)
  const isRotated = useSignal(false)
  const { saving, save } = useSaving()
  const fault = faultIn(saving.value)

  /** null when the server did not give it; `fault` says why. */
  const read = async (): Promise<string | null> => {
    if (streamKey.value !== null) return streamKey.value
    await save(async () => {
      streamKey.value = await api.streamKey()
    })
    return streamKey.value
  }
  const toggle = async (): Promise<void> => {
    if (isShown.value) isShown.value = false
    else isShown.value = (await read()) !== null
  }
  const rotate = async (): Promise<void> => {
    isRotated.value = await save(async () => {
      streamKey.value = await api.rotateStreamKey()
    })
  }
  return (
    <div class="field" data-fault={fault === null ? undefined : ''}>
      <label for={id}>{studioText.streamKey}</label>
      <div class="field-row">
        <input
          id={id}
          class="mono"
          value={isShown.value && streamKey.value !== null ? streamKey.value : HIDDEN_KEY}
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
        <ConfirmButton
          className="link"
          label={studioText.rotate}
          question={{
            title: studioText.rotateTitle,
            body: studioText.rotateText,
            action: studioText.rotateConfirm,
          }}
          onYes={rotate}
        />
      </div>
      <FaultLine fault={fault} />
      {isRotated.value && fault === null && (
        <p class="form-done" role="status">
          {studioText.rotated}
        </p>
      )}
    </div>
  )
}

/** The same settings as a file, so that nobody has to type them. */
function ObsProfile(given: {
  readonly address: Signal<string>
  readonly streamKey: Signal<string | null>
}) {
  const { saving, save } = useSaving()
  const download = (): Promise<boolean> =>
    save(async () => {
      const key = given.streamKey.value ?? (await api.streamKey())
      given.streamKey.value = key
      const zip = new Blob([createObsProfile(given.address.value, key)], {
        type: 'application/zip',
      })
      saveFile(zip, 'vibly-obs-profile.zip')
    })
  return (
    <div class="setup-obs">
      <h3>{studioText.obsTitle}</h3>
      <p class="note">{studioText.obsText}</p>
      <p class="note">{studioText.obsSecret}</p>
      <button type="button" class="button" onClick={download}>
        <DownloadIcon />
        {studioText.obsAction}
      </button>
      <FaultLine fault={faultIn(saving.value)} />
    </div>
  )
}

function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
