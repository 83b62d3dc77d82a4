import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { noticeSessionEnd } from '../api/session.ts'
import { messageOf } from './faults.ts'

/** Something asked for once. */
export type Loaded<T> =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: T }
  | { readonly phase: 'failed'; readonly message: string }

/** Asks when the component comes to the page, and again when `key` changes or `reload` is called. */
export function useLoaded<T>(
  key: string,
  ask: () => Promise<T>,
): { readonly state: Signal<Loaded<T>>; readonly reload: () => Promise<void> } {
  const state = useSignal<Loaded<T>>({ phase: 'loading' })
  const reload = async (): Promise<void> => {
    try {
      state.value = { phase: 'ready', value: await ask() }
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      noticeSessionEnd(thrown)
      state.value = { phase: 'failed', message: messageOf(thrown) }
    }
  }
  useEffect(() => {
    reload().catch((thrown: unknown) => {
      throw thrown
    })
  }, [key])
  return { state, reload }
}
