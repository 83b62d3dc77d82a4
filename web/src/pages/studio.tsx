import { useEffect } from 'preact/hooks'
import { session } from '../api/session.ts'
import { studioText } from '../strings-studio.ts'
import { Spinner } from '../ui/notice.tsx'
import { SignForms } from './sign-forms.tsx'
import { StudioChannel } from './studio-channel.tsx'
import { StudioEncoder } from './studio-encoder.tsx'
import '../styles/studio.css'

/** The streamer's own page: sign in first, then the encoder's settings and the channel. */
export function StudioPage() {
  useEffect(() => {
    document.title = studioText.documentTitle
  }, [])
  const current = session.value
  switch (current.phase) {
    case 'unknown':
      return <Spinner label={studioText.loading} />
    case 'anonymous':
      return <SignForms />
    case 'signed-in':
      return (
        <div class="page studio">
          <div class="page-head">
            <h1>{studioText.title}</h1>
          </div>
          <div class="studio-columns">
            <StudioChannel user={current.user} />
            <StudioEncoder />
          </div>
        </div>
      )
  }
}
