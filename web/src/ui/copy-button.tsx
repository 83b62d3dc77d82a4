import { useSignal } from '@preact/signals'
import { studioText } from '../strings-studio.ts'
import { copyText } from './clipboard.ts'
import { CheckIcon, CopyIcon } from './icons.tsx'

const SAID_MS = 2_000

/** Copies what `read` gives (it may have to ask the server) and says so for two seconds. */
export function CopyButton(given: {
  readonly label: string
  /** null: it could not be read, and that was told elsewhere. */
  readonly read: () => Promise<string | null>
}) {
  const outcome = useSignal<'none' | 'copied' | 'failed'>('none')
  const copy = async (): Promise<void> => {
    const value = await given.read()
    if (value === null) return
    outcome.value = (await copyText(value)) ? 'copied' : 'failed'
    setTimeout(() => {
      outcome.value = 'none'
    }, SAID_MS)
  }
  const said = {
    none: studioText.copy,
    copied: studioText.copied,
    failed: studioText.copyFailed,
  }
  return (
    <button type="button" class="button" aria-label={given.label} onClick={copy}>
      {outcome.value === 'copied' ? <CheckIcon /> : <CopyIcon />}
      <span aria-live="polite">{said[outcome.value]}</span>
    </button>
  )
}
