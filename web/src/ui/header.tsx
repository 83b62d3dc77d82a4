import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { isServerThere, session } from '../api/session.ts'
import { currentPath, currentQuery, navigate } from '../navigation.ts'
import { text } from '../strings.ts'
import { AntennaIcon, Logo, SearchIcon } from './icons.tsx'
import { Lazy } from './lazy.tsx'
import { focusMain } from './page-focus.ts'
import { UserMenu } from './user-menu.tsx'

const loadSign = async () => (await import('../chat/sign-dialog.tsx')).SignDialog

/** The bar on top of every page: the way home, the search, and who is signed in. */
export function Header() {
  const isStudio = currentPath.value === '/studio'
  const isKnown = session.value.phase !== 'unknown'
  const isSigning = useSignal(false)
  const sign = (): void => {
    isSigning.value = true
  }
  const isAsked = session.value.phase === 'anonymous' && !isStudio
  return (
    <header class="header">
      <div class="header-row">
        <a class="brand" href="/" aria-label={text.nav.home}>
          <Logo />
          <span>{text.brand}</span>
        </a>
        <SearchForm />
        <nav class="header-links" aria-label={text.nav.label}>
          {isKnown && (
            <a class="button primary" href="/studio" aria-current={isStudio ? 'page' : undefined}>
              <AntennaIcon />
              <span>{session.value.phase === 'signed-in' ? text.nav.studio : text.nav.goLive}</span>
            </a>
          )}
          {isAsked && (
            <button type="button" class="button wide-sign" onClick={sign}>
              {text.nav.signIn}
            </button>
          )}
          <UserMenu onSign={isAsked ? sign : null} />
        </nav>
      </div>
      {!isServerThere.value && (
        <p class="server-gone" role="status">
          {text.nav.serverGone}
        </p>
      )}
      {isSigning.value && (
        <Lazy
          load={loadSign}
          props={{
            onClose: () => {
              isSigning.value = false
            },
          }}
          label={text.nav.signIn}
          meanwhile={null}
        />
      )}
    </header>
  )
}

/** Works without script too: it is a plain form that asks for the home page. */
function SearchForm() {
  const input = useRef<HTMLInputElement>(null)
  const asked = currentPath.value === '/' ? (currentQuery('q') ?? '') : ''
  return (
    <search class="search">
      <form
        action="/"
        onSubmit={(event) => {
          event.preventDefault()
          const words = input.current?.value.trim() ?? ''
          navigate(words === '' ? '/' : `/?q=${encodeURIComponent(words)}`)
          focusMain()
        }}
      >
        <SearchIcon />
        <input
          ref={input}
          type="search"
          name="q"
          maxLength={100}
          value={asked}
          placeholder={text.nav.searchHint}
          aria-label={text.nav.search}
          autocomplete="off"
        />
      </form>
    </search>
  )
}
