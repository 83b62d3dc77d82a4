import { session } from '../api/session.ts'
import type { User } from '../api/wire.ts'
import { studioText } from '../strings-studio.ts'
import { AccountTab } from '../studio/account-tab.tsx'
import { ChatTab } from '../studio/chat-tab.tsx'
import { LiveTab } from '../studio/live-tab.tsx'
import { PastTab } from '../studio/past-tab.tsx'
import { Spinner } from '../ui/notice.tsx'
import { currentTab, Tabs } from '../ui/tabs.tsx'
import { useTitle } from '../ui/use-title.ts'
import { SignForms } from './sign-forms.tsx'
import '../styles/studio.css'

const PARTS = ['live', 'chat', 'past', 'account'] as const
type Part = (typeof PARTS)[number]

/** The streamer's own page: sign in first, then everything about the channel. */
export function StudioPage() {
  useTitle(studioText.documentTitle)
  const current = session.value
  switch (current.phase) {
    case 'unknown':
      return <Spinner label={studioText.loading} />
    case 'anonymous':
      return <SignForms />
    case 'signed-in':
      return <Studio user={current.user} />
  }
}

function Studio({ user }: { readonly user: User }) {
  const part = currentTab(PARTS)
  return (
    <div class="page studio">
      <div class="page-head">
        <h1>{studioText.title}</h1>
        <Tabs
          label={studioText.tabs.label}
          path="/studio"
          parts={PARTS}
          current={part}
          labels={studioText.tabs}
        />
      </div>
      <PartView part={part} user={user} />
    </div>
  )
}

function PartView({ part, user }: { readonly part: Part; readonly user: User }) {
  switch (part) {
    case 'live':
      return <LiveTab user={user} />
    case 'chat':
      return <ChatTab user={user} />
    case 'past':
      return <PastTab user={user} />
    case 'account':
      return <AccountTab user={user} />
  }
}
