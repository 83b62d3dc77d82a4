import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** One of the choices, by the number that stands for it. */
export interface Choice {
  readonly id: number
  readonly name: string
  /** Not to be had at the moment. */
  readonly isOff?: boolean
}

/** A button and its menu of choices, by the menu-button pattern: arrows move, Escape closes. */
export function ChoiceMenu(given: {
  readonly label: string
  readonly choices: readonly Choice[]
  readonly chosen: number
  readonly onChoose: (id: number) => void
  /** What the button shows. */
  readonly children: ComponentChildren
}) {
  const isOpen = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  // Before it is drawn: a key that is pressed at once is meant for the menu.
  useLayoutEffect(() => {
    if (!isOpen.value) return
    const items = itemsIn(box.current)
    const checked = items.find((item) => item.ariaChecked === 'true')
    const first = checked ?? items[0]
    first?.focus()
    const closeOutside = (event: Event): void => {
      const { target } = event
      if (target instanceof Node && box.current?.contains(target) !== true) isOpen.value = false
    }
    document.addEventListener('pointerdown', closeOutside)
    document.addEventListener('focusin', closeOutside)
    return () => {
      document.removeEventListener('pointerdown', closeOutside)
      document.removeEventListener('focusin', closeOutside)
    }
  }, [isOpen.value])

  const close = (): void => {
    isOpen.value = false
    button.current?.focus()
  }
  return (
    <div class="menu-box" ref={box}>
      <button
        ref={button}
        type="button"
        class="control"
        aria-label={given.label}
        title={given.label}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value
        }}
      >
        {given.children}
      </button>
      {isOpen.value && (
        <div
          class="menu"
          role="menu"
          tabIndex={-1}
          aria-label={given.label}
          onKeyDown={(event) => moveFocus(event, close)}
        >
          {given.choices.map(({ id, name, isOff = false }) => (
            <button
              type="button"
              key={id}
              class="menu-item"
              role="menuitemradio"
              tabIndex={-1}
              aria-checked={id === given.chosen}
              aria-disabled={isOff}
              onClick={() => {
                if (isOff) return
                given.onChoose(id)
                close()
              }}
            >
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

function moveFocus(event: KeyboardEvent, close: () => void): void {
  if (event.key === 'Escape') {
    event.stopPropagation()
    close()
    return
  }
  if (!(event.currentTarget instanceof HTMLElement)) return
  const items = itemsIn(event.currentTarget)
  const { activeElement } = document
  const at = activeElement instanceof HTMLElement ? items.indexOf(activeElement) : -1
  const places: Readonly<Record<string, number>> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  }
  const place = places[event.key]
  if (place === undefined) return
  event.preventDefault()
  items[place]?.focus()
}

function itemsIn(box: HTMLElement | null): readonly HTMLElement[] {
  return [...(box?.querySelectorAll<HTMLElement>('[role="menuitemradio"]') ?? [])]
}
