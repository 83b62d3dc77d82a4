import { BroadcastsTab } from '../admin/broadcasts-tab.tsx'
import { RegistrationTab } from '../admin/registration-tab.tsx'
import { ServerTab } from '../admin/server-tab.tsx'
import { UsersTab } from '../admin/users-tab.tsx'
import { session } from '../api/session.ts'
import type { User } from '../api/wire.ts'
import { text } from '../strings.ts'
import { adminText } from '../strings-admin.ts'
import { AdminIcon } from '../ui/icons.tsx'
import { Notice, Spinner } from '../ui/notice.tsx'
import { currentTab, Tabs } from '../ui/tabs.tsx'
import { useTitle } from '../ui/use-title.ts'
import { SignForms } from './sign-forms.tsx'
import '../styles/studio.css'
import '../styles/admin.css'

const PARTS = ['server', 'broadcasts', 'users', 'registration'] as const
type Part = (typeof PARTS)[number]

/** Whoever runs the server: what it does, who is on it, who may come. */
export function AdminPage() {
  useTitle(adminText.documentTitle)
  const current = session.value
  switch (current.phase) {
    case 'unknown':
      return <Spinner label={adminText.loading} />
    case 'anonymous':
      return <SignForms />
    case 'signed-in':
      return current.user.role === 'admin' ? (
        <Admin user={current.user} />
      ) : (
        <Notice title={adminText.refused} body={adminText.refusedText} art={<AdminIcon />}>
          <a class="button primary" href="/">
            {text.missing.action}
          </a>
        </Notice>
      )
  }
}

function Admin({ user }: { readonly user: User }) {
  const part = currentTab(PARTS)
  return (
    <div class="page studio">
      <div class="page-head">
        <h1>{adminText.title}</h1>
        <Tabs
          label={adminText.tabs.label}
          path="/admin"
          parts={PARTS}
          current={part}
          labels={adminText.tabs}
        />
      </div>
      <PartView part={part} user={user} />
    </div>
  )
}

function PartView({ part, user }: { readonly part: Part; readonly user: User }) {
  switch (part) {
    case 'server':
      return <ServerTab />
    case 'broadcasts':
      return <BroadcastsTab />
    case 'users':
      return <UsersTab user={user} />
    case 'registration':
      return <RegistrationTab />
  }
}
