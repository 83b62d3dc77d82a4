import { type Signal, useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { text } from '../strings.ts'
import { Controls } from './controls.tsx'
import { loadHls } from './load-hls.ts'
import { MediaState } from './media-state.ts'
import { Overlay } from './overlay.tsx'
import { Playback, type PlaybackPhase } from './playback.ts'
import type { ViewMode } from './view-mode.ts'

/** What a page may know of the player, also the value of `data-state`. */
type PlayerState = 'loading' | 'playing' | 'waiting' | 'finished' | 'offline' | 'error'

// Whoever loads this is about to play something. What fails here is asked for again, and told,
// then.
loadHls().catch(() => undefined)

/** How long the controls stay after the pointer came to rest. */
const REST_MS = 2_500

export interface PlayerParts {
  readonly playback: Playback
  readonly media: MediaState
}

export interface PlayedBroadcast {
  readonly id: string
  readonly url: string
  /** Where to begin in a recording, s; null: it is live, from its edge. */
  readonly startS: number | null
}

/** What is played of a channel; null: it is offline. */
export function liveBroadcastOf(channel: {
  readonly id: string
  readonly live: boolean
  readonly broadcast_id: string | null
}): PlayedBroadcast | null {
  const { id, live, broadcast_id } = channel
  if (!live || broadcast_id === null) return null
  return { id: broadcast_id, url: `/live/${id}/index.m3u8`, startS: null }
}

/**
 * The video with its controls. Plays `broadcast`; when that is null it finishes what it has and
 * waits, and another `id` is another broadcast and a fresh start.
 */
export function Player(given: {
  readonly name: string
  readonly broadcast: PlayedBroadcast | null
  readonly poster: string | null
  /** Whether the encoder lost its line and may come back. */
  readonly isInterrupted?: boolean
  /** WebVTT of small pictures for the seek bar. */
  readonly storyboardUrl?: string | null
  /** How it stands on its page; null: alone. */
  readonly view?: ViewMode | null
  /** What fills the screen; without it the video alone. */
  readonly stage?: RefObject<HTMLElement | null>
  /** Gets the player once it is there. */
  readonly parts?: Signal<PlayerParts | null>
}) {
  const root = useRef<HTMLElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const ownParts = useSignal<PlayerParts | null>(null)
  const parts = given.parts ?? ownParts
  const isAtRest = useSignal(false)
  const restTimer = useRef<ReturnType<typeof setTimeout>>(undefined)

  useEffect(() => {
    if (root.current === null || video.current === null) return
    const media = new MediaState(video.current, given.stage?.current ?? root.current)
    const playback = new Playback(video.current)
    parts.value = { media, playback }
    return () => {
      parts.value = null
      clearTimeout(restTimer.current)
      playback.close()
      media.close()
    }
  }, [])

  const current = parts.value
  useEffect(() => {
    if (given.broadcast === null) current?.playback.finish()
    else current?.playback.open(given.broadcast.url, given.broadcast.startS)
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
          <Overlay
            playback={current.playback}
            media={current.media}
            name={given.name}
            isInterrupted={given.isInterrupted === true}
          />
          {!isOver && (
            <Controls
              playback={current.playback}
              media={current.media}
              view={given.view ?? null}
              storyboardUrl={given.storyboardUrl ?? null}
            />
          )}
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
    case 'finished':
      return phase
  }
}
