import { useSignal } from '@preact/signals'

/**
 * Which lines show what can be done with them: the one under the pointer and the one with the
 * focus. All others are text alone, which is what keeps a long chat light.
 */
export function useActiveLines() {
  const hoveredId = useSignal<string | null>(null)
  const focusedId = useSignal<string | null>(null)
  return {
    isActive: (id: string): boolean => id === hoveredId.value || id === focusedId.value,
    /** For the list of lines. */
    events: {
      onPointerOver: (event: PointerEvent) => {
        hoveredId.value = idOf(event.target)
      },
      onPointerLeave: () => {
        hoveredId.value = null
      },
      onFocusIn: (event: FocusEvent) => {
        focusedId.value = idOf(event.target)
      },
      onFocusOut: (event: FocusEvent) => {
        focusedId.value = idOf(event.relatedTarget)
      },
    },
  }
}

function idOf(target: EventTarget | null): string | null {
  const line = target instanceof Element ? target.closest('.chat-line') : null
  return line?.getAttribute('data-id') ?? null
}
