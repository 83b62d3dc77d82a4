import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Answer } from '../api/answer.ts'
import { ApiError } from '../api/client.ts'
import { noticeSessionEnd } from '../api/session.ts'

/**
 * Asks once: when the component comes to the page, and again when `key` changes or `reload` is
 * called. A failure after the first answer keeps what is shown, and with it a link that is shown
 * only once.
 */
export function useLoaded<T>(
  key: string,
  ask: () => Promise<T>,
): { readonly state: Signal<Answer<T>>; readonly reload: () => Promise<void> } {
  const state = useSignal<Answer<T>>({ phase: 'loading' })
  const reload = async (): Promise<void> => {
    if (state.value.phase === 'failed') state.value = { phase: 'loading' }
    try {
      state.value = { phase: 'ready', value: await ask() }
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      noticeSessionEnd(thrown)
      if (state.value.phase !== 'ready') state.value = { phase: 'failed', error: thrown }
    }
  }
  useEffect(() => {
    reload().catch((thrown: unknown) => {
      throw thrown
    })
  }, [key])
  return { state, reload }
}
