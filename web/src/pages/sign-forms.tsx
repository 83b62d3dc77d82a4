import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { api, signIn, signUp, signUpFirstAdmin } from '../api/session.ts'
import { currentPath, navigate } from '../navigation.ts'
import { signText } from '../strings-sign.ts'
import { FaultLine } from '../ui/fault-line.tsx'
import { fieldOf, messageOf } from '../ui/faults.ts'
import { Field } from '../ui/field.tsx'
import { Logo } from '../ui/icons.tsx'
import { useTitle } from '../ui/use-title.ts'
import '../styles/studio.css'

const FIELDS = ['email', 'username', 'display_name', 'password'] as const

/** What went wrong and at which field; null field: it concerns the whole form. */
interface FormFault {
  readonly field: (typeof FIELDS)[number] | null
  readonly message: string
}

/** What stands behind the # of the link that was followed: it is sent to nobody but in a form. */
const linkToken = (): string => location.hash.slice(1)

/** Where the link of an invitation, or of the first administrator, leads. */
export function JoinPage({ as }: { readonly as: 'guest' | 'first-admin' }) {
  useTitle(`${as === 'guest' ? signText.upTitle : signText.adminTitle} · Vibly`)
  return <SignForms as={as} />
}

/** Where the link leads that an administrator gave to someone who forgot their password. */
export function ResetPage() {
  useTitle(`${signText.resetTitle} · Vibly`)
  const isDone = useSignal(false)
  const sending = useSending(async (form) => {
    await api.resetPassword(linkToken(), textOf(form, 'password'))
    isDone.value = true
  })
  if (isDone.value) return <SignForms as="visitor" done={signText.resetDone} />
  return (
    <SignBox
      title={signText.resetTitle}
      lead={signText.resetLead}
      action={signText.resetAction}
      sending={sending}
    >
      <NewPasswordField fault={sending.faultAt('password')} />
    </SignBox>
  )
}

/** What is opened by a link of this server, and is of no use once it was. */
const LINK_PATHS = ['/join', '/first-admin', '/reset']

/** Whoever came by a link has been where it leads; everybody else stays, as beside a video. */
function goOn(path: string): void {
  if (LINK_PATHS.includes(currentPath.value)) navigate(path)
}

type Newcomer = 'visitor' | 'guest' | 'first-admin'

/** Sign in, or create a channel: one at a time, with a way to the other. */
export function SignForms(given: { readonly as?: Newcomer; readonly done?: string }) {
  const as = given.as ?? 'visitor'
  const isNew = useSignal(as !== 'visitor')
  const takesFocus = useRef(given.done !== undefined)
  const toggle = (): void => {
    takesFocus.current = true
    isNew.value = !isNew.value
  }
  return isNew.value ? (
    <SignUp key="up" as={as} takesFocus={takesFocus.current} onOther={toggle} />
  ) : (
    <SignIn key="in" done={given.done ?? null} takesFocus={takesFocus.current} onOther={toggle} />
  )
}

function SignIn(given: {
  readonly done: string | null
  readonly takesFocus: boolean
  readonly onOther: () => void
}) {
  const sending = useSending(async (form) => {
    await signIn({ email: textOf(form, 'email'), password: textOf(form, 'password') })
    goOn('/studio')
  })
  return (
    <SignBox
      title={signText.inTitle}
      lead={signText.inLead}
      action={signText.inAction}
      other={{ question: signText.toUp, action: signText.toUpAction, go: given.onOther }}
      takesFocus={given.takesFocus}
      sending={sending}
    >
      {given.done !== null && (
        <p class="form-done" role="status">
          {given.done}
        </p>
      )}
      <EmailField fault={sending.faultAt('email')} />
      <Field
        label={signText.password}
        name="password"
        type="password"
        autocomplete="current-password"
        isRequired={true}
        fault={sending.faultAt('password')}
      />
      {sending.formFault !== null && <p class="field-note">{signText.forgotten}</p>}
    </SignBox>
  )
}

function SignUp(given: {
  readonly as: Newcomer
  readonly takesFocus: boolean
  readonly onOther: () => void
}) {
  const { as } = given
  const isAdmin = as === 'first-admin'
  const refused = useRefusal(as)
  const sending = useSending(async (form) => {
    const displayName = textOf(form, 'display_name').trim()
    const input = {
      email: textOf(form, 'email'),
      username: textOf(form, 'username'),
      password: textOf(form, 'password'),
      ...(displayName === '' ? {} : { display_name: displayName }),
    }
    if (isAdmin) await signUpFirstAdmin({ ...input, token: linkToken() })
    else await signUp(as === 'guest' ? { ...input, invite: linkToken() } : input)
    goOn(isAdmin ? '/admin' : '/studio')
  })
  const other = { question: signText.toIn, action: signText.toInAction, go: given.onOther }
  if (refused !== null) {
    return (
      <div class="sign">
        <div class="panel sign-box">
          <Logo />
          <h1>{signText.upTitle}</h1>
          <p class="lead">{refused}</p>
          <OtherWay {...other} />
        </div>
      </div>
    )
  }
  return (
    <SignBox
      title={isAdmin ? signText.adminTitle : signText.upTitle}
      lead={isAdmin ? signText.adminLead : as === 'guest' ? signText.joinLead : signText.upLead}
      action={isAdmin ? signText.adminAction : signText.upAction}
      other={other}
      takesFocus={given.takesFocus}
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
      <NewPasswordField fault={sending.faultAt('password')} />
    </SignBox>
  )
}

/** Why nobody who comes without a link may sign up here; null: they may, or it is not known yet. */
function useRefusal(as: Newcomer): string | null {
  const refused = useSignal<string | null>(null)
  useEffect(() => {
    if (as !== 'visitor') return
    api.server().then(
      ({ registration }) => {
        refused.value = registration === 'open' ? null : signText.upRefused[registration]
      },
      (thrown: unknown) => {
        // Then the form says it when it is sent.
        if (!(thrown instanceof ApiError)) throw thrown
      },
    )
  }, [as])
  return refused.value
}

function NewPasswordField(given: { readonly fault: string | null }) {
  return (
    <Field
      label={signText.password}
      name="password"
      type="password"
      autocomplete="new-password"
      note={signText.passwordNote}
      isRequired={true}
      lengthMin={8}
      fault={given.fault}
    />
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
  readonly other?: Other
  /** It took the place of another form, which had the focus. */
  readonly takesFocus?: boolean
  readonly sending: Sending
  readonly children: ComponentChildren
}) {
  const { sending, other } = given
  const box = useRef<HTMLFormElement>(null)
  useLayoutEffect(() => {
    if (given.takesFocus === true) box.current?.querySelector('input')?.focus()
  }, [])
  useLayoutEffect(() => {
    if (!sending.isBusy) box.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [sending.isBusy])
  return (
    <div class="sign">
      <form ref={box} class="panel sign-box" onSubmit={sending.onSubmit}>
        <Logo />
        <h1>{given.title}</h1>
        <p class="lead">{given.lead}</p>
        <FaultLine fault={sending.formFault} />
        {given.children}
        <button type="submit" class="button primary large wide" aria-disabled={sending.isBusy}>
          {sending.isBusy ? signText.busy : given.action}
        </button>
        {other !== undefined && <OtherWay {...other} />}
      </form>
    </div>
  )
}

interface Other {
  readonly question: string
  readonly action: string
  readonly go: () => void
}

function OtherWay({ question, action, go }: Other) {
  return (
    <p class="sign-other">
      {question}{' '}
      <button type="button" class="link" onClick={go}>
        {action}
      </button>
    </p>
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
