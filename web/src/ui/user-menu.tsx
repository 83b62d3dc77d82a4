import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { session, signOut } from '../api/session.ts'
import { changeLanguage, LANGUAGES, language } from '../language.ts'
import { navigate } from '../navigation.ts'
import { text } from '../strings.ts'
import { changeTheme, THEMES, theme } from '../theme.ts'
import { Avatar } from './avatar.tsx'
import { FaultLine } from './fault-line.tsx'
import { messageOf } from './faults.ts'
import {
  AdminIcon,
  AntennaIcon,
  DarkIcon,
  LightIcon,
  PersonIcon,
  SignOutIcon,
  SystemIcon,
} from './icons.tsx'

const THEME_ICONS = { system: SystemIcon, light: LightIcon, dark: DarkIcon } as const

/**
 * What belongs to the visitor: their places, colours and language, the way out. The browser's own
 * popover closes it on Escape and on a press outside, and gives the focus back.
 */
export function UserMenu(given: {
  /** Signs a guest in where they are; null: they are, or are asked already. */
  readonly onSign: (() => void) | null
}) {
  const panel = useRef<HTMLDivElement>(null)
  const close = (): void => panel.current?.hidePopover()
  const user = session.value.phase === 'signed-in' ? session.value.user : null
  return (
    <>
      <button
        type="button"
        class="user-button"
        popovertarget="user-menu"
        aria-label={user === null ? text.nav.guestMenu : text.nav.menu}
        title={user === null ? text.nav.guestMenu : text.nav.menu}
      >
        {user === null ? <PersonIcon /> : <Avatar name={user.display_name} />}
      </button>
      <div
        ref={panel}
        id="user-menu"
        class="user-menu"
        popover="auto"
        onFocusOut={({ relatedTarget }) => {
          // It lies over the page: what has the focus must be seen.
          if (relatedTarget instanceof Node && !panel.current?.contains(relatedTarget)) close()
        }}
      >
        {user === null ? (
          given.onSign !== null && (
            <button
              type="button"
              class="user-item"
              onClick={() => {
                close()
                given.onSign?.()
              }}
            >
              <PersonIcon />
              {text.nav.signIn}
            </button>
          )
        ) : (
          <>
            <p class="user-name">
              <strong>{user.display_name}</strong>
              <span>@{user.username}</span>
            </p>
            <a class="user-item" href={`/${user.username}`} onClick={close}>
              <PersonIcon />
              {text.nav.channel}
            </a>
            <a class="user-item" href="/studio" onClick={close}>
              <AntennaIcon />
              {text.nav.studio}
            </a>
            {user.role === 'admin' && (
              <a class="user-item" href="/admin" onClick={close}>
                <AdminIcon />
                {text.nav.admin}
              </a>
            )}
          </>
        )}
        <ThemeChoice />
        <LanguageChoice />
        {user !== null && <SignOutItem onDone={close} />}
      </div>
    </>
  )
}

function ThemeChoice() {
  return (
    <fieldset class="user-choice">
      <legend>{text.nav.colours}</legend>
      <div class="segments">
        {THEMES.map((name) => {
          const ThemeIcon = THEME_ICONS[name]
          return (
            <label key={name} class="segment">
              <input
                type="radio"
                name="theme"
                class="visually-hidden"
                checked={theme.value === name}
                onChange={() => changeTheme(name)}
              />
              <ThemeIcon />
              {text.nav.theme(name)}
            </label>
          )
        })}
      </div>
    </fieldset>
  )
}

function LanguageChoice() {
  return (
    <fieldset class="user-choice">
      <legend>{text.nav.language}</legend>
      <div class="segments">
        {(['en', 'de'] as const).map((code) => (
          <label key={code} class="segment" lang={code}>
            <input
              type="radio"
              name="language"
              class="visually-hidden"
              checked={language === code}
              onChange={() => changeLanguage(code)}
            />
            {LANGUAGES[code]}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function SignOutItem(given: { readonly onDone: () => void }) {
  const fault = useSignal<string | null>(null)
  const leave = async (): Promise<void> => {
    fault.value = null
    try {
      await signOut()
      given.onDone()
      navigate('/')
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      fault.value = messageOf(thrown)
    }
  }
  return (
    <>
      <button type="button" class="user-item" onClick={leave}>
        <SignOutIcon />
        {text.nav.signOut}
      </button>
      <FaultLine fault={fault.value} />
    </>
  )
}
