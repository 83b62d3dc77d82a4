import { signal } from '@preact/signals'
import { recall, remember as store } from '../storage.ts'
import { Api, ApiError } from './client.ts'
import { readGivenAnswers } from './given-answers.ts'
import type { Registration, User } from './wire.ts'

/** Who uses this page. `unknown` until the server has answered. */
export type Session =
  | { readonly phase: 'unknown' }
  | { readonly phase: 'anonymous' }
  | { readonly phase: 'signed-in'; readonly user: User }

/** Whether the last question was answered at all, by the server and not by a proxy before it. */
export const isServerThere = signal(true)

export const api = new Api(async (url, init) => {
  try {
    const response = await fetch(url, init)
    isServerThere.value = response.status !== 502 && response.status !== 504
    return response
  } catch (thrown) {
    if (init.signal?.aborted !== true) isServerThere.value = false
    throw thrown
  }
}, readGivenAnswers())

export const session = signal<Session>({ phase: 'unknown' })

/**
 * Remembers only that somebody signed in here, so that a visitor who never did costs no request
 * that must fail. It is no secret and proves nothing: that is the cookies' part.
 */
const SIGNED_IN_HINT = 'vibly.signed-in'

/**
 * Finds out who is signed in. When the server cannot be reached the page goes on as for a visitor.
 */
export async function openSession(): Promise<void> {
  if (recall(SIGNED_IN_HINT) === null) {
    session.value = { phase: 'anonymous' }
    return
  }
  try {
    session.value = { phase: 'signed-in', user: await api.me() }
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown
    if (thrown.status === 401) forget()
    else session.value = { phase: 'anonymous' }
  }
}

export async function signUp(input: Registration): Promise<void> {
  remember((await api.register(input)).user)
}

/** By the link that the server printed at its start. */
export async function signUpFirstAdmin(
  input: Registration & { readonly token: string },
): Promise<void> {
  remember((await api.registerFirstAdmin(input)).user)
}

export async function signIn(input: {
  readonly email: string
  readonly password: string
}): Promise<void> {
  remember((await api.login(input)).user)
}

export async function signOut(): Promise<void> {
  try {
    await api.logout()
  } catch (thrown) {
    // A session that is over already is what was wished for.
    if (!(thrown instanceof ApiError) || thrown.status !== 401) throw thrown
  }
  forget()
}

/**
 * To be called with what a signed-in call threw: a session that is over shows the sign-in again.
 */
export function noticeSessionEnd(thrown: unknown): void {
  if (thrown instanceof ApiError && thrown.status === 401) forget()
}

/** To be called with the user as the server has it after a change. */
export function noteUser(user: User): void {
  session.value = { phase: 'signed-in', user }
}

/** To be called when the session is over by one's own wish. */
export function forgetSession(): void {
  forget()
}

function remember(user: User): void {
  store(SIGNED_IN_HINT, '1')
  session.value = { phase: 'signed-in', user }
}

function forget(): void {
  store(SIGNED_IN_HINT, null)
  session.value = { phase: 'anonymous' }
}
