import { useEffect } from 'preact/hooks'
import { text } from '../strings.ts'
import { Notice } from '../ui/notice.tsx'

/** The answer to an address that no page has. */
export function MissingPage() {
  useEffect(() => {
    document.title = text.home.documentTitle
  }, [])
  return (
    <div class="page">
      <Notice title={text.missing.title} body={text.missing.text}>
        <a class="button primary" href="/">
          {text.missing.action}
        </a>
      </Notice>
    </div>
  )
}
