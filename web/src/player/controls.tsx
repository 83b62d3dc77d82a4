import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { formatClock } from '../format.ts'
import { text } from '../strings.ts'
import {
  ExitFullscreenIcon,
  FullscreenIcon,
  MutedIcon,
  PauseIcon,
  PipIcon,
  PlayIcon,
  SoundIcon,
} from '../ui/icons.tsx'
import { decideKey, type KeyAction } from './keys.ts'
import type { PlayerParts } from './player.tsx'
import { QualityMenu } from './quality-menu.tsx'

const VOLUME_STEP = 0.05
/** A window shorter than this offers no seeking worth a slider, seconds. */
const SEEK_WINDOW_S_MIN = 30

/** The bar under the picture, the picture as a button, and the keys. */
export function Controls({ playback, media }: PlayerParts) {
  const togglePlay = (): void => playback.togglePlay()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { key, ctrlKey, metaKey, altKey } = event
      const action = decideKey({ key, hasModifier: ctrlKey || metaKey || altKey }, focusOf(event))
      if (action === null) return
      event.preventDefault()
      act(action, { playback, media })
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [playback, media])

  const { isPaused, isFullscreen } = media
  return (
    <>
      <button
        type="button"
        class="player-surface"
        tabIndex={-1}
        aria-label={isPaused.value ? text.player.play : text.player.pause}
        onClick={(event) => {
          // On a touch screen the first tap brings the controls, as people expect it there.
          if (!(event instanceof PointerEvent) || event.pointerType === 'mouse') togglePlay()
        }}
        onDblClick={() => quietly(media.toggleFullscreen())}
      />
      <div class="player-bar" role="toolbar" aria-label={text.player.controls}>
        <SeekSlider playback={playback} media={media} />
        <div class="player-row">
          <ControlButton
            label={isPaused.value ? text.player.play : text.player.pause}
            onClick={togglePlay}
          >
            {isPaused.value ? <PlayIcon /> : <PauseIcon />}
          </ControlButton>
          <Volume playback={playback} media={media} />
          <LiveButton playback={playback} media={media} />
          <span class="player-gap" />
          <QualityMenu playback={playback} />
          {media.canPip && (
            <ControlButton
              label={text.player.pip}
              isPressed={media.isInPip.value}
              onClick={() => quietly(media.togglePip())}
            >
              <PipIcon />
            </ControlButton>
          )}
          <ControlButton
            label={isFullscreen.value ? text.player.exitFullscreen : text.player.fullscreen}
            onClick={() => quietly(media.toggleFullscreen())}
          >
            {isFullscreen.value ? <ExitFullscreenIcon /> : <FullscreenIcon />}
          </ControlButton>
        </div>
      </div>
    </>
  )
}

function ControlButton(given: {
  readonly label: string
  readonly isPressed?: boolean
  readonly onClick: () => void
  readonly children: ComponentChildren
}) {
  return (
    <button
      type="button"
      class="control"
      aria-label={given.label}
      title={given.label}
      aria-pressed={given.isPressed}
      onClick={given.onClick}
    >
      {given.children}
    </button>
  )
}

function Volume({ media }: PlayerParts) {
  const isMuted = media.isMuted.value
  const percent = isMuted ? 0 : Math.round(media.volume.value * 100)
  return (
    <div class="player-volume">
      <ControlButton
        label={isMuted ? text.player.unmute : text.player.mute}
        onClick={() => media.setMuted(!isMuted)}
      >
        {isMuted ? <MutedIcon /> : <SoundIcon />}
      </ControlButton>
      <input
        type="range"
        class="slider"
        min="0"
        max="100"
        aria-label={text.player.volume}
        value={percent}
        style={{ '--filled': `${percent}%` }}
        onInput={(event) => media.setVolume(event.currentTarget.valueAsNumber / 100)}
      />
    </div>
  )
}

function LiveButton({ playback, media }: PlayerParts) {
  const isLive = playback.isAtLive.value && !media.isPaused.value
  const behindMs = playback.behindMs.value
  return (
    <button
      type="button"
      class="player-live"
      data-live={isLive ? '' : undefined}
      title={isLive ? text.player.atLive : text.player.goLive}
      aria-disabled={isLive}
      onClick={() => {
        if (!isLive) playback.goLive()
      }}
    >
      <span class="dot" />
      {text.player.live}{' '}
      {behindMs !== null && (
        <span class="player-behind">
          {playback.isAtLive.value
            ? text.player.behindShort((behindMs / 1000).toFixed(1))
            : text.player.behind(formatClock(behindMs))}
        </span>
      )}
    </button>
  )
}

/** Moves within what the server still has; absent while that is too short to be of use. */
function SeekSlider({ playback, media }: PlayerParts) {
  const wantedS = useSignal<number | null>(null)
  const startS = media.seekableStartS.value
  const endS = media.seekableEndS.value
  if (endS - startS < SEEK_WINDOW_S_MIN) return null
  const positionS = wantedS.value ?? media.positionS.value
  const filled = ((positionS - startS) / (endS - startS)) * 100
  return (
    <input
      type="range"
      class="slider seek"
      min={startS}
      max={endS}
      step="1"
      value={positionS}
      aria-label={text.player.seek}
      aria-valuetext={text.player.seekValue(formatClock((endS - positionS) * 1000))}
      style={{ '--filled': `${Math.min(100, Math.max(0, filled))}%` }}
      onInput={(event) => {
        wantedS.value = event.currentTarget.valueAsNumber
      }}
      onChange={(event) => {
        playback.seek(event.currentTarget.valueAsNumber)
        wantedS.value = null
      }}
    />
  )
}

function act(action: KeyAction, { playback, media }: PlayerParts): void {
  switch (action) {
    case 'toggle-play':
      playback.togglePlay()
      return
    case 'toggle-mute':
      media.setMuted(!media.isMuted.value)
      return
    case 'toggle-fullscreen':
      quietly(media.toggleFullscreen())
      return
    case 'toggle-pip':
      if (media.canPip) quietly(media.togglePip())
      return
    case 'go-live':
      playback.goLive()
      return
    case 'louder':
      media.setVolume(media.volume.value + VOLUME_STEP)
      return
    case 'softer':
      media.setVolume(media.volume.value - VOLUME_STEP)
      return
  }
}

function focusOf(event: KeyboardEvent): 'page' | 'control' | 'text' {
  const { target } = event
  if (!(target instanceof HTMLElement)) return 'page'
  if (target.isContentEditable || target.matches('textarea, select, dialog *')) return 'text'
  if (target.matches('input:not([type="range"])')) return 'text'
  return target.matches('button:not(.player-surface), a, input, [role^="menu"]')
    ? 'control'
    : 'page'
}

/** The browser may refuse full screen or picture in picture; the button then simply does nothing. */
function quietly(wish: Promise<void>): void {
  wish.catch((thrown: unknown) => {
    if (!(thrown instanceof DOMException || thrown instanceof TypeError)) throw thrown
  })
}
