import { useSignal } from '@preact/signals'
import { ApiError } from '../api/client.ts'
import { session, signOut } from '../api/session.ts'
import { currentPath, navigate } from '../navigation.ts'
import { text } from '../strings.ts'
import { Avatar } from './avatar.tsx'
import { messageOf } from './faults.ts'
import { AntennaIcon, Logo } from './icons.tsx'

/** The bar on top of every page: the way home, and who is signed in. */
export function Header() {
  return (
    <header class="header">
      <nav class="header-row" aria-label={text.nav.label}>
        <a class="brand" href="/" aria-label={text.nav.home}>
          <Logo />
          <span>{text.brand}</span>
        </a>
        <SessionLinks />
      </nav>
    </header>
  )
}

function SessionLinks() {
  const fault = useSignal<string | null>(null)
  const current = session.value
  const here = currentPath.value === '/studio' ? 'page' : undefined
  if (current.phase === 'unknown') return null
  if (current.phase === 'anonymous') {
    return (
      <div class="header-links">
        <a class="button primary" href="/studio" aria-current={here}>
          <AntennaIcon />
          {text.nav.goLive}
        </a>
      </div>
    )
  }

  const leave = async (): Promise<void> => {
    try {
      await signOut()
      navigate('/')
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      fault.value = messageOf(thrown)
    }
  }
  return (
    <div class="header-links">
      {fault.value !== null && (
        <span class="header-fault" role="alert">
          {fault.value}
        </span>
      )}
      <a class="button quiet" href="/studio" aria-current={here}>
        <Avatar name={current.user.display_name} />
        {text.nav.studio}
      </a>
      <button type="button" class="button quiet" onClick={leave}>
        {text.nav.signOut}
      </button>
    </div>
  )
}
