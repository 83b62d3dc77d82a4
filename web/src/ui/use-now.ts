import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** The wall clock in ms since 1970, renewed every `everyMs` while the component is on the page. */
export function useNow(everyMs: number): ReadonlySignal<number> {
  const now = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) now.value = Date.now()
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
