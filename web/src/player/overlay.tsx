import type { ComponentChildren } from 'preact'
import { text } from '../strings.ts'
import { AntennaIcon, MutedIcon, PlayIcon, ReloadIcon } from '../ui/icons.tsx'
import { Spinner } from '../ui/notice.tsx'
import { useOnline } from '../ui/use-online.ts'
import type { PlayerParts } from './player.tsx'

type Given = PlayerParts & { readonly name: string; readonly isInterrupted: boolean }

/** What lies over the picture: why there is none, or what the viewer has to do to get it. */
export function Overlay(given: Given) {
  const { playback, name } = given
  switch (playback.phase.value) {
    case 'playing':
      return <GestureOverlay playback={playback} media={given.media} />
    case 'loading':
      // A browser that wants a tap first does not get beyond this.
      if (playback.autoplay.gesture.value === 'play') {
        return <GestureOverlay playback={playback} media={given.media} />
      }
      return <Waiting {...given} label={text.player.loading} />
    case 'waiting':
      return <Waiting {...given} label={text.player.waiting} />
    case 'finished':
      return (
        <StartButton label={text.player.again} onClick={() => playback.timeline.seek(0)}>
          <ReloadIcon />
        </StartButton>
      )
    case 'idle':
      return <Card title={text.player.offlineTitle(name)} body={text.player.offlineText} />
    case 'ended':
      return <Card title={text.player.endedTitle} body={text.player.endedText(name)} />
    case 'unsupported':
      return <Card title={text.player.errorTitle} body={text.player.unsupportedText} />
    case 'failed':
      return (
        <Card title={text.player.errorTitle} body={text.player.errorText}>
          <button type="button" class="button primary" onClick={() => playback.retry()}>
            {text.faults.retry}
          </button>
        </Card>
      )
  }
}

/** Over the last picture: what is waited for, as far as it is known. */
function Waiting({ playback, name, isInterrupted, label }: Given & { readonly label: string }) {
  const reason = useReason(playback, isInterrupted ? name : null)
  if (reason === null) return <Spinner label={label} />
  const [what, then] = reason
  return (
    <div class="player-wait" role="status">
      <span class="spinner" />
      <strong>{what}</strong>
      <span>{then}</span>
    </div>
  )
}

/**
 * The nearest reason there is, and what will happen: what is said of the encoder was said by a
 * server that was there. null: none is known.
 *
 * @param interrupted who lost the line of their encoder; null: nobody
 */
function useReason(
  playback: PlayerParts['playback'],
  interrupted: string | null,
): readonly [string, string] | null {
  const isOnline = useOnline()
  const { lostNetwork, lostNetworkText, serverGone, slowLine, slowLineText } = text.player
  if (!isOnline) return [lostNetwork, lostNetworkText]
  if (playback.isServerGone.value) return [serverGone, text.player.interruptedText]
  if (interrupted !== null)
    return [text.player.interrupted(interrupted), text.player.interruptedText]
  return playback.isLineSlow.value ? [slowLine, slowLineText] : null
}

function GestureOverlay({ playback, media }: PlayerParts) {
  switch (playback.autoplay.gesture.value) {
    case 'none':
      return null
    case 'sound':
      return (
        <button type="button" class="player-sound" onClick={() => media.setMuted(false)}>
          <MutedIcon />
          {text.player.tapForSound}
        </button>
      )
    case 'play':
      return (
        <StartButton label={text.player.play} onClick={() => playback.autoplay.play()}>
          <PlayIcon />
        </StartButton>
      )
  }
}

function StartButton(given: {
  readonly label: string
  readonly onClick: () => void
  readonly children: ComponentChildren
}) {
  return (
    <button
      type="button"
      class="player-start"
      aria-label={given.label}
      title={given.label}
      onClick={given.onClick}
    >
      {given.children}
    </button>
  )
}

function Card(given: {
  readonly title: string
  readonly body: string
  readonly children?: ComponentChildren
}) {
  return (
    <div class="player-card" role="status">
      <span class="notice-art">
        <AntennaIcon />
      </span>
      <h2>{given.title}</h2>
      <p>{given.body}</p>
      {given.children}
    </div>
  )
}
