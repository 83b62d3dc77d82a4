import { useSignal } from '@preact/signals'
import { forgetSession, noteUser } from '../api/session.ts'
import type { User } from '../api/wire.ts'
import { studioText } from '../strings-studio.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { FaultLine } from '../ui/fault-line.tsx'
import { Field } from '../ui/field.tsx'
import { faultIn, useSaving } from '../ui/use-saving.ts'
import { AccessTokens } from './access-tokens.tsx'
import { studioApi } from './studio-api.ts'

const words = studioText.account

/** Who one is here, and what acts in one's name. */
export function AccountTab({ user }: { readonly user: User }) {
  return (
    <div class="studio-columns">
      <div class="studio-stack">
        <NameForm user={user} />
        <PasswordForm user={user} />
        <SignOutEverywhere />
      </div>
      <AccessTokens />
    </div>
  )
}

function NameForm({ user }: { readonly user: User }) {
  const name = useSignal(user.display_name)
  const { saving, save } = useSaving()
  const state = saving.value
  return (
    <section class="panel" aria-labelledby="name-title">
      <h2 id="name-title">{words.nameTitle}</h2>
      <dl class="facts">
        <div>
          <dt>{words.username}</dt>
          <dd>@{user.username}</dd>
        </div>
        <div>
          <dt>{words.email}</dt>
          <dd>{user.email}</dd>
        </div>
      </dl>
      <form
        class="form"
        onSubmit={async (event) => {
          event.preventDefault()
          await save(async () => noteUser(await studioApi.saveName(name.value)))
        }}
      >
        <Field
          label={words.displayName}
          name="display_name"
          autocomplete="nickname"
          lengthMax={50}
          isRequired
          value={name.value}
          fault={faultIn(state)}
          onInput={(value) => {
            name.value = value
            saving.value = { phase: 'idle' }
          }}
        />
        <button type="submit" class="button primary" aria-disabled={state.phase === 'saving'}>
          <span aria-live="polite">{state.phase === 'saved' ? studioText.saved : words.save}</span>
        </button>
      </form>
    </section>
  )
}

function PasswordForm({ user }: { readonly user: User }) {
  const current = useSignal('')
  const next = useSignal('')
  const { saving, save } = useSaving()
  const state = saving.value
  const isOfCurrent = state.phase === 'failed' && state.code === 'accounts.password-wrong'
  const fault = faultIn(state)
  return (
    <section class="panel" aria-labelledby="password-title">
      <h2 id="password-title">{words.passwordTitle}</h2>
      <form
        class="form"
        onSubmit={async (event) => {
          event.preventDefault()
          const isDone = await save(() => studioApi.changePassword(current.value, next.value))
          if (!isDone) return
          current.value = ''
          next.value = ''
        }}
      >
        {/* So that password stores know whose it is. */}
        <input class="visually-hidden" autocomplete="username" value={user.email} readOnly hidden />
        <Field
          label={words.current}
          name="current_password"
          type="password"
          autocomplete="current-password"
          isRequired
          value={current.value}
          fault={isOfCurrent ? fault : null}
          onInput={(value) => {
            current.value = value
          }}
        />
        <Field
          label={words.next}
          name="password"
          type="password"
          autocomplete="new-password"
          isRequired
          lengthMin={8}
          value={next.value}
          fault={isOfCurrent ? null : fault}
          onInput={(value) => {
            next.value = value
          }}
        />
        {state.phase === 'saved' && (
          <p class="form-done" role="status">
            {words.passwordDone}
          </p>
        )}
        <button type="submit" class="button primary" aria-disabled={state.phase === 'saving'}>
          {words.passwordSave}
        </button>
      </form>
    </section>
  )
}

function SignOutEverywhere() {
  const { saving, save } = useSaving()
  return (
    <section class="panel" aria-labelledby="sessions-title">
      <h2 id="sessions-title">{words.sessionsTitle}</h2>
      <p class="lead">{words.sessionsText}</p>
      <div>
        <ConfirmButton
          className="button"
          label={words.sessionsAction}
          question={{
            title: words.sessionsConfirm,
            body: words.sessionsText,
            action: words.sessionsAction,
          }}
          onYes={() =>
            save(async () => {
              await studioApi.signOutEverywhere()
              forgetSession()
            })
          }
        />
      </div>
      <FaultLine fault={faultIn(saving.value)} />
    </section>
  )
}
