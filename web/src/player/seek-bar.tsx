import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { formatClock } from '../format.ts'
import { text } from '../strings.ts'
import type { PlayerParts } from './player.tsx'
import { parseStoryboard, type StoryboardTile, tileAt } from './storyboard.ts'

/** A live window shorter than this offers no seeking worth a slider, seconds. */
const SEEK_WINDOW_S_MIN = 30

/**
 * Moves within what there is: a whole recording, or what the server still has of a broadcast; absent
 * while that is too short to be of use. The pointer over it sees the time, and the picture if there is
 * a storyboard.
 */
export function SeekBar(given: PlayerParts & { readonly storyboardUrl: string | null }) {
  const { media } = given
  const { timeline } = given.playback
  const wantedS = useSignal<number | null>(null)
  const pointedAt = useSignal<number | null>(null)
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
        const { left, width } = event.currentTarget.getBoundingClientRect()
        pointedAt.value = Math.min(1, Math.max(0, (event.clientX - left) / width))
      }}
      onPointerLeave={() => {
        pointedAt.value = null
      }}
    >
      {pointedAt.value !== null && (
        <Preview
          at={pointedAt.value}
          label={say(startS + pointedAt.value * lengthS)}
          tile={tileAt(tiles, startS + pointedAt.value * lengthS)}
        />
      )}
      <input
        type="range"
        class="slider seek"
        min={startS}
        max={endS}
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

function Preview(given: {
  /** 0 to 1, from the left. */
  readonly at: number
  readonly label: string
  readonly tile: StoryboardTile | null
}) {
  const { tile } = given
  return (
    <span class="seek-preview" style={{ '--at': `${given.at * 100}%` }} aria-hidden="true">
      {tile !== null && (
        <span
          class="seek-picture"
          style={{
            width: `${tile.width}px`,
            height: `${tile.height}px`,
            backgroundImage: `url("${tile.url}")`,
            backgroundPosition: `-${tile.x}px -${tile.y}px`,
          }}
        />
      )}
      <span class="seek-time">{given.label}</span>
    </span>
  )
}

/** The pictures of a storyboard, once they are there; a bar without them is no fault worth a word. */
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
