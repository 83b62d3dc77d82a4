import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { ApiError } from '../api/client.ts'
import { signIn, signUp } from '../api/session.ts'
import { signText } from '../strings-sign.ts'
import { fieldOf, messageOf } from '../ui/faults.ts'
import { Field } from '../ui/field.tsx'
import { Logo } from '../ui/icons.tsx'

const FIELDS = ['email', 'username', 'display_name', 'password'] as const

/** What went wrong and at which field; null field: it concerns the whole form. */
interface FormFault {
  readonly field: (typeof FIELDS)[number] | null
  readonly message: string
}

/** Sign in, or create a channel: one at a time, with a way to the other. */
export function SignForms() {
  const isNew = useSignal(false)
  const toggle = (): void => {
    isNew.value = !isNew.value
  }
  return isNew.value ? <SignUp key="up" onOther={toggle} /> : <SignIn key="in" onOther={toggle} />
}

function SignIn(given: { readonly onOther: () => void }) {
  const sending = useSending((form) =>
    signIn({ email: textOf(form, 'email'), password: textOf(form, 'password') }),
  )
  return (
    <SignBox
      title={signText.inTitle}
      lead={signText.inLead}
      action={signText.inAction}
      other={{ question: signText.toUp, action: signText.toUpAction, go: given.onOther }}
      sending={sending}
    >
      <EmailField fault={sending.faultAt('email')} />
      <Field
        label={signText.password}
        name="password"
        type="password"
        autocomplete="current-password"
        isRequired={true}
        fault={sending.faultAt('password')}
      />
    </SignBox>
  )
}

function SignUp(given: { readonly onOther: () => void }) {
  const sending = useSending((form) => {
    const displayName = textOf(form, 'display_name').trim()
    return signUp({
      email: textOf(form, 'email'),
      username: textOf(form, 'username'),
      password: textOf(form, 'password'),
      ...(displayName === '' ? {} : { display_name: displayName }),
    })
  })
  return (
    <SignBox
      title={signText.upTitle}
      lead={signText.upLead}
      action={signText.upAction}
      other={{ question: signText.toIn, action: signText.toInAction, go: given.onOther }}
      sending={sending}
    >
      <EmailField fault={sending.faultAt('email')} />
      <Field
        label={signText.username}
        name="username"
        autocomplete="username"
        note={signText.usernameNote}
        isRequired={true}
        fault={sending.faultAt('username')}
      />
      <Field
        label={signText.displayName}
        name="display_name"
        autocomplete="nickname"
        fault={sending.faultAt('display_name')}
      />
      <Field
        label={signText.password}
        name="password"
        type="password"
        autocomplete="new-password"
        note={signText.passwordNote}
        isRequired={true}
        lengthMin={8}
        fault={sending.faultAt('password')}
      />
    </SignBox>
  )
}

function EmailField(given: { readonly fault: string | null }) {
  return (
    <Field
      label={signText.email}
      name="email"
      type="email"
      autocomplete="email"
      isRequired={true}
      fault={given.fault}
    />
  )
}

function SignBox(given: {
  readonly title: string
  readonly lead: string
  readonly action: string
  readonly other: { readonly question: string; readonly action: string; readonly go: () => void }
  readonly sending: Sending
  readonly children: ComponentChildren
}) {
  const { sending, other } = given
  return (
    <div class="sign">
      <form class="panel sign-box" onSubmit={sending.onSubmit}>
        <Logo />
        <h1>{given.title}</h1>
        <p class="lead">{given.lead}</p>
        {sending.formFault !== null && (
          <p class="form-fault" role="alert">
            {sending.formFault}
          </p>
        )}
        {given.children}
        <button type="submit" class="button primary large wide" disabled={sending.isBusy}>
          {sending.isBusy ? signText.busy : given.action}
        </button>
        <p class="sign-other">
          {other.question}{' '}
          <button type="button" class="link" onClick={other.go}>
            {other.action}
          </button>
        </p>
      </form>
    </div>
  )
}

interface Sending {
  readonly isBusy: boolean
  readonly formFault: string | null
  faultAt(field: (typeof FIELDS)[number]): string | null
  onSubmit(event: SubmitEvent): Promise<void>
}

/** Sends a form once at a time and keeps what the server had against it. */
function useSending(send: (form: FormData) => Promise<void>): Sending {
  const isBusy = useSignal(false)
  const fault = useSignal<FormFault | null>(null)
  const found = fault.value
  return {
    isBusy: isBusy.value,
    formFault: found !== null && found.field === null ? found.message : null,
    faultAt: (field) => (found !== null && found.field === field ? found.message : null),
    onSubmit: async (event) => {
      event.preventDefault()
      if (isBusy.value || !(event.currentTarget instanceof HTMLFormElement)) return
      isBusy.value = true
      fault.value = null
      try {
        await send(new FormData(event.currentTarget))
      } catch (thrown) {
        if (!(thrown instanceof ApiError)) throw thrown
        fault.value = { field: fieldOf(thrown.code, FIELDS), message: messageOf(thrown) }
      } finally {
        isBusy.value = false
      }
    },
  }
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}
