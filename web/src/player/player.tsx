import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { text } from '../strings.ts'
import { Controls } from './controls.tsx'
import { MediaState } from './media-state.ts'
import { Overlay } from './overlay.tsx'
import { Playback, type PlaybackPhase } from './playback.ts'

/** What a page may know of the player, also the value of `data-state`. */
type PlayerState = 'loading' | 'playing' | 'waiting' | 'offline' | 'error'

/** How long the controls stay after the pointer came to rest. */
const REST_MS = 2_500

export interface PlayerParts {
  readonly playback: Playback
  readonly media: MediaState
}

/**
 * The video with its controls. Plays `broadcast` from its live edge; when that is null it finishes
 * what it has and waits, and another `id` is another broadcast and a fresh start.
 */
export function Player(given: {
  readonly name: string
  readonly broadcast: { readonly id: string; readonly url: string } | null
  readonly poster: string | null
}) {
  const root = useRef<HTMLElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const parts = useSignal<PlayerParts | null>(null)
  const isAtRest = useSignal(false)
  const restTimer = useRef<ReturnType<typeof setTimeout>>(undefined)

  useEffect(() => {
    if (root.current === null || video.current === null) return
    const media = new MediaState(video.current, root.current)
    const playback = new Playback(video.current)
    parts.value = { media, playback }
    return () => {
      clearTimeout(restTimer.current)
      playback.close()
      media.close()
    }
  }, [])

  const current = parts.value
  useEffect(() => {
    if (given.broadcast === null) current?.playback.finish()
    else current?.playback.open(given.broadcast.url)
  }, [current, given.broadcast?.id])

  const wake = (): void => {
    isAtRest.value = false
    clearTimeout(restTimer.current)
    restTimer.current = setTimeout(() => {
      isAtRest.value = true
    }, REST_MS)
  }
  const phase = current?.playback.phase.value ?? 'loading'
  useEffect(wake, [phase])
  const isOver = phase === 'idle' || phase === 'ended'
  return (
    <section
      ref={root}
      class="player"
      aria-label={text.player.label(given.name)}
      data-state={stateOf(phase)}
      data-rest={isAtRest.value && phase === 'playing' ? '' : undefined}
      onPointerMove={wake}
      onPointerDown={wake}
      onFocusIn={wake}
    >
      <video
        ref={video}
        class="player-video"
        muted
        playsInline
        poster={given.poster === null || isOver ? undefined : given.poster}
      />
      {current !== null && (
        <>
          <Overlay playback={current.playback} media={current.media} name={given.name} />
          {!isOver && <Controls playback={current.playback} media={current.media} />}
        </>
      )}
    </section>
  )
}

function stateOf(phase: PlaybackPhase): PlayerState {
  switch (phase) {
    case 'idle':
    case 'ended':
      return 'offline'
    case 'failed':
    case 'unsupported':
      return 'error'
    case 'loading':
    case 'playing':
    case 'waiting':
      return phase
  }
}
