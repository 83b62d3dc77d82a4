import { useSignal } from '@preact/signals'
import type { Invite, RegistrationMode, RegistrationState } from '../api/wire.ts'
import { formatDateTime } from '../format.ts'
import { adminText } from '../strings-admin.ts'
import { Answered } from '../ui/answered.tsx'
import { FaultLine } from '../ui/fault-line.tsx'
import { Field } from '../ui/field.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { faultIn, useSaving } from '../ui/use-saving.ts'
import { adminApi } from './admin-api.ts'
import { OneTimeLink } from './one-time-link.tsx'

const words = adminText.registration
const MODES = ['open', 'invite', 'closed'] as const

/** Who may sign up, and invitations for those who otherwise may not. */
export function RegistrationTab() {
  const { state, reload } = useLoaded('registration', adminApi.registration)
  return (
    <Answered answer={state.value} label={adminText.loading} onRetry={reload}>
      {(registration) => (
        <div class="studio-columns">
          <ModeForm
            registration={registration}
            onChange={(value) => {
              state.value = { phase: 'ready', value }
            }}
          />
          <Invites invites={registration.invites} onChange={reload} />
        </div>
      )}
    </Answered>
  )
}

function ModeForm(given: {
  readonly registration: RegistrationState
  readonly onChange: (registration: RegistrationState) => void
}) {
  const { saving, save } = useSaving()
  // What was picked is shown at once; what the server has, if it does not take it.
  const picked = useSignal(given.registration.registration)
  const pick = async (mode: RegistrationMode): Promise<void> => {
    picked.value = mode
    const isDone = await save(async () => given.onChange(await adminApi.setRegistration(mode)))
    if (!isDone) picked.value = given.registration.registration
  }
  return (
    <section class="panel" aria-labelledby="registration-title">
      <h2 id="registration-title">{words.title}</h2>
      <div class="admin-modes" role="radiogroup" aria-labelledby="registration-title">
        {MODES.map((mode) => (
          <label key={mode} class="check">
            <input
              type="radio"
              name="registration"
              checked={picked.value === mode}
              onChange={() => pick(mode)}
            />
            {words.modes[mode]}
          </label>
        ))}
      </div>
      <FaultLine fault={faultIn(saving.value)} />
    </section>
  )
}

function Invites(given: {
  readonly invites: readonly Invite[]
  readonly onChange: () => Promise<void>
}) {
  const { invites, onChange } = given
  const made = useSignal<string | null>(null)
  return (
    <section class="panel" aria-labelledby="invites-title">
      <h2 id="invites-title">{words.invitesTitle}</h2>
      <p class="lead">{words.invitesLead}</p>
      {made.value !== null && <OneTimeLink words={words.made} path={made.value} />}
      <InviteForm
        onMade={async (path) => {
          made.value = path
          await onChange()
        }}
      />
      {invites.length === 0 && <p class="note">{words.invitesNone}</p>}
      <ul class="rows">
        {invites.map((invite) => (
          <InviteRow key={invite.id} invite={invite} onRevoked={onChange} />
        ))}
      </ul>
    </section>
  )
}

function InviteForm({ onMade }: { readonly onMade: (path: string) => Promise<void> }) {
  const note = useSignal('')
  const uses = useSignal(1)
  const days = useSignal(7)
  const { saving, save } = useSaving()
  return (
    <form
      class="form"
      onSubmit={async (event) => {
        event.preventDefault()
        await save(async () => {
          const wish = { uses: uses.value, days: days.value, note: note.value.trim() }
          const { path } = await adminApi.invite(wish)
          note.value = ''
          await onMade(path)
        })
      }}
    >
      <Field
        label={words.note}
        name="note"
        autocomplete="off"
        lengthMax={100}
        value={note.value}
        onInput={(value) => {
          note.value = value
        }}
      />
      <div class="admin-numbers">
        <NumberField
          label={words.uses}
          most={1000}
          value={uses.value}
          onInput={(value) => {
            uses.value = value
          }}
        />
        <NumberField
          label={words.days}
          most={365}
          value={days.value}
          onInput={(value) => {
            days.value = value
          }}
        />
      </div>
      <FaultLine fault={faultIn(saving.value)} />
      <button type="submit" class="button primary" aria-disabled={saving.value.phase === 'saving'}>
        {words.make}
      </button>
    </form>
  )
}

function NumberField(given: {
  readonly label: string
  readonly most: number
  readonly value: number
  readonly onInput: (value: number) => void
}) {
  return (
    <label class="admin-number">
      <span>{given.label}</span>
      <input
        type="number"
        min={1}
        max={given.most}
        required
        value={given.value}
        onInput={(event) => given.onInput(event.currentTarget.valueAsNumber)}
      />
    </label>
  )
}

function InviteRow(given: { readonly invite: Invite; readonly onRevoked: () => Promise<void> }) {
  const { invite, onRevoked } = given
  const { saving, save } = useSaving()
  const name = invite.note === '' ? words.nameless : invite.note
  return (
    <li class="row">
      <div class="row-words">
        <strong>{name}</strong>
        <p class="note">
          {words.left(invite.uses_left, invite.uses_max, formatDateTime(invite.expires_at))}
        </p>
        <FaultLine fault={faultIn(saving.value)} />
      </div>
      <button
        type="button"
        class="button quiet"
        aria-label={words.revokeOf(name)}
        onClick={() =>
          save(async () => {
            await adminApi.revokeInvite(invite.id)
            await onRevoked()
          })
        }
      >
        {words.revoke}
      </button>
    </li>
  )
}
