import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { text } from '../strings.ts'
import { QualityIcon } from '../ui/icons.tsx'
import { AUTO_QUALITY, type Playback, type Quality } from './playback.ts'

/** A button and its menu of renditions, by the menu-button pattern: arrows move, Escape closes. */
export function QualityMenu({ playback }: { readonly playback: Playback }) {
  const isOpen = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!isOpen.value) return
    box.current?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus()
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
  const choose = (id: number): void => {
    playback.chooseQuality(id)
    close()
  }
  const qualities = itemsOf(playback)
  if (qualities.length < 3) return null
  return (
    <div class="menu-box" ref={box}>
      <button
        ref={button}
        type="button"
        class="control"
        aria-label={text.player.quality}
        title={text.player.quality}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value
        }}
      >
        <QualityIcon />
      </button>
      {isOpen.value && (
        <div
          class="menu"
          role="menu"
          tabIndex={-1}
          aria-label={text.player.quality}
          onKeyDown={(event) => moveFocus(event, close)}
        >
          {qualities.map(({ id, name }) => (
            <button
              type="button"
              key={id}
              class="menu-item"
              role="menuitemradio"
              tabIndex={-1}
              aria-checked={id === playback.chosenQuality.value}
              onClick={() => choose(id)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

/** Best first, the player's own choice last and with what it chose. */
function itemsOf(playback: Playback): readonly Quality[] {
  const qualities = playback.qualities.value
  const shown = qualities.find(({ id }) => id === playback.shownQuality.value)
  const isAuto = playback.chosenQuality.value === AUTO_QUALITY
  const name = isAuto && shown !== undefined ? text.player.autoNow(shown.name) : text.player.auto
  return [...qualities.toReversed(), { id: AUTO_QUALITY, name }]
}

function moveFocus(event: KeyboardEvent, close: () => void): void {
  if (event.key === 'Escape') {
    event.stopPropagation()
    close()
    return
  }
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }
  const step = steps[event.key]
  const { activeElement } = document
  if (step === undefined || !(event.currentTarget instanceof HTMLElement)) return
  if (!(activeElement instanceof HTMLElement)) return
  event.preventDefault()
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitemradio"]')]
  const at = items.indexOf(activeElement)
  items[(at + step + items.length) % items.length]?.focus()
}
