import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/**
 * Shows a dialog over the page for as long as it is drawn. The browser tells that one was closed
 * only a moment later, and what opens it may have been pressed again by then: so whoever leaves by
 * a button or by Escape is told of at once.
 *
 * @param onLeft called once
 */
export function useModal(onLeft: () => void): {
  readonly dialog: RefObject<HTMLDialogElement | null>
  /** Closes it, which gives the focus back. */
  readonly leave: () => void
} {
  const dialog = useRef<HTMLDialogElement>(null)
  const hasLeft = useRef(false)
  const leave = (): void => {
    if (hasLeft.current) return
    hasLeft.current = true
    dialog.current?.close()
    onLeft()
  }
  const latest = useRef(leave)
  latest.current = leave
  useLayoutEffect(() => {
    const shown = dialog.current
    const onClosing = (): void => latest.current()
    shown?.showModal()
    // Some browsers do not ask a second time: then there is no `cancel`.
    for (const type of ['cancel', 'close']) shown?.addEventListener(type, onClosing)
  }, [])
  return { dialog, leave }
}
