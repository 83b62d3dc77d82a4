import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** Whether this machine has a network at all, as far as the browser knows. */
export function useOnline(): boolean {
  const isOnline = useSignal(navigator.onLine)
  useEffect(() => {
    const look = (): void => {
      isOnline.value = navigator.onLine
    }
    window.addEventListener('online', look)
    window.addEventListener('offline', look)
    return () => {
      window.removeEventListener('online', look)
      window.removeEventListener('offline', look)
    }
  }, [])
  return isOnline.value
}
