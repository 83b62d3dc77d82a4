import { type Signal, useSignal } from '@preact/signals'
import { ApiError } from '../api/client.ts'
import { noticeSessionEnd } from '../api/session.ts'
import { messageOf } from './faults.ts'

/** How a change that somebody asked for is doing. */
export type Saving =
  | { readonly phase: 'idle' }
  | { readonly phase: 'saving' }
  | { readonly phase: 'saved' }
  | { readonly phase: 'failed'; readonly code: string; readonly message: string }

/**
 * Does one thing at a time and knows how it went; asking again meanwhile changes nothing.
 *
 * @returns the state, and the function that does a piece of work and says whether it was done.
 */
export function useSaving(): {
  readonly saving: Signal<Saving>
  readonly save: (work: () => Promise<unknown>) => Promise<boolean>
} {
  const saving = useSignal<Saving>({ phase: 'idle' })
  const save = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (saving.value.phase === 'saving') return false
    saving.value = { phase: 'saving' }
    try {
      await work()
      saving.value = { phase: 'saved' }
      return true
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      noticeSessionEnd(thrown)
      saving.value = { phase: 'failed', code: thrown.code, message: messageOf(thrown) }
      return false
    }
  }
  return { saving, save }
}

/** What went wrong with it; null: nothing. */
export function faultIn(saving: Saving): string | null {
  return saving.phase === 'failed' ? saving.message : null
}
