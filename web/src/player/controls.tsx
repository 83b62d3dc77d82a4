import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { formatClock } from '../format.ts'
import { text } from '../strings.ts'
import {
  ChatIcon,
  ExitFullscreenIcon,
  FullscreenIcon,
  MutedIcon,
  PauseIcon,
  PipIcon,
  PlayIcon,
  SoundIcon,
  TheatreIcon,
} from '../ui/icons.tsx'
import { decideKey, type KeyAction } from './keys.ts'
import type { PlayerParts } from './player.tsx'
import { QualityMenu, SpeedMenu } from './player-menus.tsx'
import { SeekBar } from './seek-bar.tsx'
import { SPEEDS, type Timeline } from './timeline.ts'
import type { ViewMode } from './view-mode.ts'

const VOLUME_STEP = 0.05
/**
 * What does something of its own with space and arrows: a chat that is read back scrolls by them.
 */
const CONTROLS = [
  'button:not(.player-surface), a, input, summary',
  '[role^="menu"], [role="dialog"], [role="log"], [role="log"] *',
].join()

/** A player and where it stands; `view` null: alone, as in a frame of another site. */
type Place = PlayerParts & { readonly view: ViewMode | null }

/** The bar under the picture, the picture as a button, and the keys. */
export function Controls(given: Place & { readonly storyboardUrl: string | null }) {
  const { playback, media, view } = given
  const { timeline } = playback
  const togglePlay = (): void => playback.togglePlay()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // What was of use where the focus is, is of no use to the player.
      if (event.defaultPrevented) return
      const { key, ctrlKey, metaKey, altKey } = event
      const action = decideKey({ key, hasModifier: ctrlKey || metaKey || altKey }, focusOf(event))
      if (action === null) return
      event.preventDefault()
      act(action, { playback, media, view })
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [playback, media, view])

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
        <SeekBar playback={playback} media={media} storyboardUrl={given.storyboardUrl} />
        <div class="player-row">
          <ControlButton
            label={isPaused.value ? text.player.play : text.player.pause}
            onClick={togglePlay}
          >
            {isPaused.value ? <PlayIcon /> : <PauseIcon />}
          </ControlButton>
          <Volume playback={playback} media={media} />
          {timeline.isRecording.value ? (
            <Clock playback={playback} media={media} />
          ) : (
            <LiveButton playback={playback} media={media} />
          )}
          <span class="player-gap" />
          <SpeedMenu timeline={timeline} />
          <QualityMenu playback={playback} />
          {view !== null && <ViewButtons view={view} isFullscreen={isFullscreen.value} />}
          {media.canPip && (
            <ControlButton
              label={text.player.pip}
              className="wide-only"
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
  readonly className?: string
  readonly onClick: () => void
  readonly children: ComponentChildren
}) {
  return (
    <button
      type="button"
      class={`control ${given.className ?? ''}`}
      aria-label={given.label}
      title={given.label}
      aria-pressed={given.isPressed}
      onClick={given.onClick}
    >
      {given.children}
    </button>
  )
}

/** In full screen everything is as wide as it can be, so there only the chat is a question. */
function ViewButtons(given: { readonly view: ViewMode; readonly isFullscreen: boolean }) {
  const { view } = given
  const isTheatre = view.isTheatre.value
  const isChatShown = view.isChatShown.value
  return (
    <>
      <ControlButton
        label={isChatShown ? text.player.hideChat : text.player.showChat}
        isPressed={isChatShown}
        onClick={() => view.toggleChat()}
      >
        <ChatIcon />
      </ControlButton>
      {!given.isFullscreen && (
        <ControlButton
          label={isTheatre ? text.player.exitTheatre : text.player.theatre}
          isPressed={isTheatre}
          className="wide-only"
          onClick={() => view.toggleTheatre()}
        >
          <TheatreIcon />
        </ControlButton>
      )}
    </>
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

function Clock({ media }: PlayerParts) {
  return (
    <span class="player-clock">
      {formatClock(media.positionS.value * 1000)}
      <span class="player-whole"> / {formatClock(media.seekableEndS.value * 1000)}</span>
    </span>
  )
}

function LiveButton({ playback, media }: PlayerParts) {
  const { timeline } = playback
  const isLive = timeline.isAtLive.value && !media.isPaused.value
  const behindMs = timeline.behindMs.value
  return (
    <button
      type="button"
      class="player-live"
      data-live={isLive ? '' : undefined}
      title={isLive ? text.player.atLive : text.player.goLive}
      aria-disabled={isLive}
      onClick={() => {
        if (!isLive) timeline.goLive()
      }}
    >
      <span class="dot" />
      {text.player.live}{' '}
      {behindMs !== null && (
        <span class="player-behind">
          {timeline.isAtLive.value
            ? text.player.behindShort((behindMs / 1000).toFixed(1))
            : text.player.behind(formatClock(behindMs))}
        </span>
      )}
    </button>
  )
}

function act(action: KeyAction, { playback, media, view }: Place): void {
  const { timeline } = playback
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
    case 'toggle-theatre':
      view?.toggleTheatre()
      return
    case 'toggle-chat':
      view?.toggleChat()
      return
    case 'go-live':
      if (timeline.isRecording.value) timeline.seek(media.seekableEndS.value)
      else timeline.goLive()
      return
    case 'louder':
      media.setVolume(media.volume.value + VOLUME_STEP)
      return
    case 'softer':
      media.setVolume(media.volume.value - VOLUME_STEP)
      return
    case 'back-5':
      timeline.skip(-5)
      return
    case 'back-10':
      timeline.skip(-10)
      return
    case 'forward-5':
      timeline.skip(5)
      return
    case 'forward-10':
      timeline.skip(10)
      return
    case 'slower':
      changeSpeed(timeline, -1)
      return
    case 'faster':
      changeSpeed(timeline, 1)
      return
    default: {
      const startS = media.seekableStartS.value
      const lengthS = media.seekableEndS.value - startS
      timeline.seek(startS + (Number(action.slice('tenth-'.length)) / 10) * lengthS)
    }
  }
}

function changeSpeed(timeline: Timeline, step: 1 | -1): void {
  const speeds: readonly number[] = SPEEDS
  const at = speeds.indexOf(timeline.speed.value)
  const speed = speeds[at + step]
  if (speed !== undefined) timeline.chooseSpeed(speed)
}

function focusOf(event: KeyboardEvent): 'page' | 'control' | 'text' {
  const { target } = event
  if (!(target instanceof HTMLElement)) return 'page'
  if (target.isContentEditable || target.matches('textarea, select, dialog *')) return 'text'
  if (target.matches('input:not([type="range"])')) return 'text'
  return target.matches(CONTROLS) ? 'control' : 'page'
}

/**
 * The browser may refuse full screen or picture in picture; the button then simply does nothing.
 */
function quietly(wish: Promise<void>): void {
  wish.catch((thrown: unknown) => {
    if (!(thrown instanceof DOMException || thrown instanceof TypeError)) throw thrown
  })
}
