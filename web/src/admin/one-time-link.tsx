import { adminText } from '../strings-admin.ts'
import { CopyButton } from '../ui/copy-button.tsx'

/** A link that is shown this once: to be copied and handed over. */
export function OneTimeLink(given: { readonly words: string; readonly path: string }) {
  const url = `${location.origin}${given.path}`
  return (
    <div class="form-done" role="status">
      <p>{given.words}</p>
      <div class="field-row">
        <input class="mono" value={url} readOnly aria-label={adminText.users.link} />
        <CopyButton label={adminText.users.copyLink} read={async () => url} />
      </div>
    </div>
  )
}
