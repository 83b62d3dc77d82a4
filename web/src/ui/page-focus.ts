import { useEffect, useRef } from 'preact/hooks'
import { session } from '../api/session.ts'
import { currentPath } from '../navigation.ts'

/** Makes Tab go on from the beginning of the page itself, behind the header. */
export function focusMain(): void {
  document.getElementById('main')?.focus({ preventScroll: true })
}

/**
 * Puts the focus at the beginning of a page that took the place of another, as loading it would,
 * and of one whose form is gone, with the focus in it, since it signed somebody in.
 */
export function usePageFocus(): void {
  const path = currentPath.value
  const { phase } = session.value
  const shown = useRef({ path, phase })
  useEffect(() => {
    const before = shown.current
    shown.current = { path, phase }
    const isSignedIn = before.phase === 'anonymous' && phase === 'signed-in'
    const isLost = document.activeElement === document.body
    if (path !== before.path || (isSignedIn && isLost)) focusMain()
  }, [path, phase])
}
