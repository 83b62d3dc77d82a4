import { type ReadonlySignal, signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { Answer } from './api/answer.ts'
import { ApiError } from './api/client.ts'

/** When to ask: `pauseMs` after each answer; a page that nobody looks at may rest or go on. */
export interface Rhythm<T> {
  readonly pauseMs: (last: T | null) => number
  readonly runs: 'while-visible' | 'always'
}

/**
 * Asks now and then in the given rhythm, and at once when the page is looked at again or the
 * network is back. Never two requests at a time.
 *
 * @returns the function that stops it and aborts what is under way
 */
export function startPolling(
  ask: (signal: AbortSignal) => Promise<void>,
  rhythm: { readonly pauseMs: () => number; readonly runs: Rhythm<never>['runs'] },
): () => void {
  const stop = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsking = false

  const round = async (): Promise<void> => {
    if (isAsking || stop.signal.aborted) return
    if (document.hidden && rhythm.runs === 'while-visible') return
    clearTimeout(timer)
    isAsking = true
    try {
      await ask(stop.signal)
    } finally {
      isAsking = false
      if (!stop.signal.aborted) timer = setTimeout(start, rhythm.pauseMs())
    }
  }
  const start = (): void => {
    round().catch((thrown: unknown) => {
      if (!stop.signal.aborted) throw thrown
    })
  }
  const askAtOnce = (): void => start()
  document.addEventListener('visibilitychange', askAtOnce)
  window.addEventListener('online', askAtOnce)
  start()
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', askAtOnce)
    window.removeEventListener('online', askAtOnce)
    stop.abort()
  }
}

/**
 * `startPolling` for the life of a component; starts anew, from `loading`, when `key` changes. A
 * failure after the first answer keeps the last value: old facts on the screen are better than
 * none.
 *
 * @param first what is known before anything was asked; null: nothing
 */
export function usePolled<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  rhythm: Rhythm<T>,
  first: T | null = null,
): ReadonlySignal<Answer<T>> {
  const begin = (): Answer<T> =>
    first === null ? { phase: 'loading' } : { phase: 'ready', value: first }
  const [state] = useState(() => signal<Answer<T>>(begin()))
  // Only `key`: `ask` is a new function at each render.
  useEffect(() => {
    state.value = begin()
    const last = (): T | null => (state.value.phase === 'ready' ? state.value.value : null)
    return startPolling(
      async (abort) => {
        state.value = await settle(ask(abort), state.value)
      },
      { pauseMs: () => rhythm.pauseMs(last()), runs: rhythm.runs },
    )
  }, [key])
  return state
}

async function settle<T>(asked: Promise<T>, before: Answer<T>): Promise<Answer<T>> {
  try {
    return { phase: 'ready', value: await asked }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return before.phase === 'ready' ? before : { phase: 'failed', error }
  }
}
