import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { AdminUser, AdminUserPage, User } from '../api/wire.ts'
import { formatDateTime } from '../format.ts'
import { adminText } from '../strings-admin.ts'
import { Avatar } from '../ui/avatar.tsx'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { FaultLine } from '../ui/fault-line.tsx'
import { Spinner } from '../ui/notice.tsx'
import { faultIn, useSaving } from '../ui/use-saving.ts'
import { adminApi, type OneTimeLink as Link } from './admin-api.ts'
import { OneTimeLink } from './one-time-link.tsx'

const words = adminText.users
const ROLES = ['user', 'admin'] as const
/** Between the last letter typed and the search. */
const TYPING_MS = 250

/** Everyone with an account: to find, to let in, to shut out. */
export function UsersTab({ user }: { readonly user: User }) {
  const page = useSignal<AdminUserPage | null>(null)
  const asked = useSignal('')
  const { saving, save } = useSaving()
  const load = async (cursor: string | null): Promise<void> => {
    const wanted = asked.value
    await save(async () => {
      const next = await adminApi.users(wanted, cursor)
      const before = cursor === null ? [] : (page.value?.users ?? [])
      page.value = { ...next, users: [...before, ...next.users] }
    })
    // What was typed meanwhile is what is wanted.
    if (asked.value !== wanted) await load(null)
  }
  useEffect(() => {
    const timer = setTimeout(() => {
      load(null).catch((thrown: unknown) => {
        throw thrown
      })
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [asked.value])

  const current = page.value
  const fault = faultIn(saving.value)
  return (
    <section class="panel" aria-labelledby="users-title">
      <div class="panel-head">
        <h2 id="users-title">{words.title}</h2>
        <input
          type="search"
          class="admin-search"
          aria-label={words.search}
          placeholder={words.searchHint}
          value={asked.value}
          onInput={(event) => {
            asked.value = event.currentTarget.value
          }}
        />
      </div>
      <FaultLine fault={fault} />
      {current === null && fault === null && <Spinner label={adminText.loading} />}
      {current !== null && (
        <>
          <ul class="rows">
            {current.users.map((one) => (
              <UserRow
                key={one.id}
                user={one}
                isSelf={one.id === user.id}
                onChange={(changed) => {
                  const users = current.users.map((old) => (old.id === one.id ? changed : old))
                  page.value = { ...current, users }
                }}
              />
            ))}
          </ul>
          {current.users.length === 0 && <p class="note">{words.none}</p>}
          {current.next_cursor !== null && (
            <div>
              <button type="button" class="button" onClick={() => load(current.next_cursor)}>
                {words.more}
              </button>
            </div>
          )}
        </>
      )}
    </section>
  )
}

function UserRow(given: {
  readonly user: AdminUser
  readonly isSelf: boolean
  readonly onChange: (changed: AdminUser) => void
}) {
  const { user, isSelf, onChange } = given
  const link = useSignal<Link | null>(null)
  const { saving, save } = useSaving()
  const change = (part: { role?: 'user' | 'admin'; disabled?: boolean }): Promise<boolean> =>
    save(async () => onChange(await adminApi.changeUser(user.id, part)))
  const name = user.username
  return (
    <li class="row admin-user" data-disabled={user.disabled ? '' : undefined}>
      <Avatar name={user.display_name} />
      <div class="row-words">
        <p>
          <a href={`/${name}`}>
            <strong>{user.display_name}</strong>
          </a>{' '}
          <span class="note">@{name}</span> {isSelf && <span class="badge dim">{words.you}</span>}{' '}
          {user.live && <span class="badge live">{words.live}</span>}{' '}
          {user.disabled && <span class="badge dim">{words.disabled}</span>}
        </p>
        <p class="note">
          {user.email} · {words.since} {formatDateTime(user.created_at)}
        </p>
        <FaultLine fault={faultIn(saving.value)} />
        {link.value !== null && (
          <OneTimeLink
            words={words.resetMade(name, formatDateTime(link.value.expires_at))}
            path={link.value.path}
          />
        )}
      </div>
      <div class="row-actions">
        <select
          aria-label={words.roleOf(name)}
          value={user.role}
          disabled={isSelf}
          aria-disabled={saving.value.phase === 'saving'}
          onChange={async (event) => {
            const role = ROLES.find((one) => one === event.currentTarget.value)
            if (role !== undefined) await change({ role })
          }}
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {words.roles[role]}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button quiet"
          aria-label={words.resetOf(name)}
          onClick={async () => {
            await save(async () => {
              link.value = await adminApi.resetLink(user.id)
            })
          }}
        >
          {words.reset}
        </button>
        {user.disabled ? (
          <button
            type="button"
            class="button quiet"
            aria-label={words.enableOf(name)}
            onClick={() => change({ disabled: false })}
          >
            {words.enable}
          </button>
        ) : (
          <ConfirmButton
            className="button quiet past-delete"
            label={words.disable}
            fullLabel={words.disableOf(name)}
            isOff={isSelf}
            question={{
              title: words.disableTitle(name),
              body: words.disableText,
              action: words.disable,
            }}
            onYes={() => change({ disabled: true })}
          />
        )}
      </div>
    </li>
  )
}
