import type { ComponentChildren, RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { createViewMode, type ViewMode } from '../player/view-mode.ts'
import '../styles/player.css'
import '../styles/watch.css'

/** A video and what is said beside it, as the viewer wants them. In full screen both fill it. */
export function Stage(given: {
  readonly isLive: boolean
  readonly player: (view: ViewMode, stage: RefObject<HTMLDivElement | null>) => ComponentChildren
  /** Below the video. */
  readonly about: ComponentChildren
  readonly chat: ComponentChildren
}) {
  const stage = useRef<HTMLDivElement>(null)
  const [view] = useState(createViewMode)
  return (
    <div
      ref={stage}
      class="watch"
      data-live={given.isLive ? '' : undefined}
      data-theatre={view.isTheatre.value ? '' : undefined}
      data-chat={view.isChatShown.value ? '' : undefined}
    >
      <div class="watch-player">{given.player(view, stage)}</div>
      <div class="watch-main">{given.about}</div>
      <div class="watch-chat">{given.chat}</div>
    </div>
  )
}

/** What a streamer says of a channel: a few lines, the rest on demand. */
export function Description(given: {
  readonly words: string
  readonly labels: { readonly more: string; readonly less: string }
}) {
  const [isOpen, setOpen] = useState(false)
  const { words, labels } = given
  if (words === '') return null
  const isLong = words.length > 160 || words.split('\n').length > 2
  return (
    <div class="watch-description">
      <p data-open={isOpen || !isLong ? '' : undefined}>{words}</p>
      {isLong && (
        <button type="button" class="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? labels.less : labels.more}
        </button>
      )}
    </div>
  )
}
