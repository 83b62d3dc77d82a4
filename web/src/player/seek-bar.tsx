import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { formatClock } from '../format.ts'
import { text } from '../strings.ts'
import type { PlayerParts } from './player.tsx'
import { parseStoryboard, type StoryboardTile, tileAt } from './storyboard.ts'

/** A live window shorter than this offers no seeking worth a slider, seconds. */
const SEEK_WINDOW_S_MIN = 30
/**
 * Between the bar and the top of the player what is not for the picture: the time and the gaps, CSS
 * pixels.
 */
const BESIDE_PICTURE_PX = 38

/** Where the pointer is over the bar. */
interface Pointed {
  /** 0 to 1, from the left. */
  readonly at: number
  /** From the bar to the top of the player, CSS pixels. */
  readonly roomPx: number
}

/**
 * Moves within what there is: a whole recording, or what the server still has of a broadcast;
 * absent while that is too short to be of use. The pointer over it sees the time, and the picture
 * if there is a storyboard.
 */
export function SeekBar(given: PlayerParts & { readonly storyboardUrl: string | null }) {
  const { media } = given
  const { timeline } = given.playback
  const wantedS = useSignal<number | null>(null)
  const pointed = useSignal<Pointed | null>(null)
  const tiles = useStoryboard(given.storyboardUrl)
  const startS = media.seekableStartS.value
  const endS = media.seekableEndS.value
  const lengthS = endS - startS
  const isRecording = timeline.isRecording.value
  if (isRecording ? lengthS <= 0 : lengthS < SEEK_WINDOW_S_MIN) return null
  const positionS = wantedS.value ?? media.positionS.value
  const filled = ((positionS - startS) / lengthS) * 100
  const say = (atS: number): string =>
    isRecording ? formatClock(atS * 1000) : text.player.behind(formatClock((endS - atS) * 1000))
  return (
    <div
      class="seek-box"
      onPointerMove={(event) => {
        const { left, top, width } = event.currentTarget.getBoundingClientRect()
        const player = event.currentTarget.closest('.player')?.getBoundingClientRect()
        pointed.value = {
          at: Math.min(1, Math.max(0, (event.clientX - left) / width)),
          roomPx: top - (player?.top ?? 0),
        }
      }}
      onPointerLeave={() => {
        pointed.value = null
      }}
    >
      {pointed.value !== null && (
        <Preview
          pointed={pointed.value}
          label={say(startS + pointed.value.at * lengthS)}
          tile={tileAt(tiles, startS + pointed.value.at * lengthS)}
        />
      )}
      <input
        type="range"
        class="slider seek"
        min={startS}
        // In whole steps, or the end of a short recording could not be reached by the knob.
        max={startS + Math.floor(lengthS)}
        step="1"
        value={positionS}
        aria-label={text.player.seek}
        aria-valuetext={
          isRecording
            ? text.player.position(formatClock(positionS * 1000), formatClock(lengthS * 1000))
            : text.player.seekValue(formatClock((endS - positionS) * 1000))
        }
        style={{ '--filled': `${Math.min(100, Math.max(0, filled))}%` }}
        onInput={(event) => {
          wantedS.value = event.currentTarget.valueAsNumber
        }}
        onChange={(event) => {
          timeline.seek(event.currentTarget.valueAsNumber)
          wantedS.value = null
        }}
      />
    </div>
  )
}

/** The picture is made smaller where the player is too low for it. */
function Preview(given: {
  readonly pointed: Pointed
  readonly label: string
  readonly tile: StoryboardTile | null
}) {
  const { tile } = given
  const { at, roomPx } = given.pointed
  return (
    <span class="seek-preview" style={{ '--at': `${at * 100}%` }} aria-hidden="true">
      {tile !== null && (
        <span
          class="seek-picture"
          style={{
            width: `${tile.width}px`,
            height: `${tile.height}px`,
            backgroundImage: `url("${tile.url}")`,
            backgroundPosition: `-${tile.x}px -${tile.y}px`,
            scale: `${Math.min(1, Math.max(0, roomPx - BESIDE_PICTURE_PX) / tile.height)}`,
          }}
        />
      )}
      <span class="seek-time">{given.label}</span>
    </span>
  )
}

/**
 * The pictures of a storyboard, once they are there; a bar without them is no fault worth a word.
 */
function useStoryboard(url: string | null): readonly StoryboardTile[] {
  const tiles = useSignal<readonly StoryboardTile[]>([])
  useEffect(() => {
    tiles.value = []
    if (url === null) return
    const stop = new AbortController()
    const load = async (): Promise<void> => {
      const response = await fetch(url, { signal: stop.signal })
      if (!response.ok) return
      tiles.value = parseStoryboard(await response.text(), new URL(url, location.href).href)
    }
    load().catch((thrown: unknown) => {
      if (!(thrown instanceof TypeError || thrown instanceof DOMException)) throw thrown
    })
    return () => stop.abort()
  }, [url])
  return tiles.value
}
