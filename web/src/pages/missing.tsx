import { text } from '../strings.ts'
import { NothingIcon } from '../ui/icons.tsx'
import { Notice } from '../ui/notice.tsx'
import { useTitle } from '../ui/use-title.ts'

/** The answer to an address that no page has. */
export function MissingPage() {
  useTitle(text.watch.documentTitle(text.missing.title, ''))
  return (
    <div class="page">
      <Notice title={text.missing.title} body={text.missing.text} art={<NothingIcon />}>
        <a class="button primary" href="/">
          {text.missing.action}
        </a>
      </Notice>
    </div>
  )
}
