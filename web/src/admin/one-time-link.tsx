import { adminText } from '../strings-admin.ts'
import { ShownOnce } from '../ui/shown-once.tsx'

/** A link of this server that lets somebody do something. */
export function OneTimeLink(given: { readonly words: string; readonly path: string }) {
  return (
    <ShownOnce
      words={given.words}
      value={`${location.origin}${given.path}`}
      label={adminText.users.link}
      copyLabel={adminText.users.copyLink}
    />
  )
}
