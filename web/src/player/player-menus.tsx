import { text } from '../strings.ts'
import { QualityIcon } from '../ui/icons.tsx'
import { type Choice, ChoiceMenu } from './choice-menu.tsx'
import { AUTO_QUALITY, type Playback } from './playback.ts'
import { SPEEDS, type Timeline } from './timeline.ts'

/** The renditions, best first, the player's own choice last; absent where there is only one. */
export function QualityMenu({ playback }: { readonly playback: Playback }) {
  const choices = qualitiesOf(playback)
  if (choices.length < 3) return null
  return (
    <ChoiceMenu
      label={text.player.quality}
      choices={choices}
      chosen={playback.chosenQuality.value}
      onChoose={(id) => playback.chooseQuality(id)}
    >
      <QualityIcon />
    </ChoiceMenu>
  )
}

function qualitiesOf(playback: Playback): readonly Choice[] {
  const qualities = playback.qualities.value
  const shown = qualities.find(({ id }) => id === playback.shownQuality.value)
  const isAuto = playback.chosenQuality.value === AUTO_QUALITY
  const name = isAuto && shown !== undefined ? text.player.autoNow(shown.name) : text.player.auto
  return [...qualities.toReversed(), { id: AUTO_QUALITY, name }]
}

/** How fast; at the live edge nothing is ahead that could be played faster. */
export function SpeedMenu({ timeline }: { readonly timeline: Timeline }) {
  const isAtEdge = !timeline.isRecording.value && timeline.isAtLive.value
  return (
    <ChoiceMenu
      // What is seen belongs to the name: who steers by voice says it.
      label={`${text.player.speed} ${timeline.speed.value}×`}
      choices={SPEEDS.map((speed) => ({
        id: speed,
        name: speed === 1 ? text.player.normalSpeed : `${speed}×`,
        isOff: isAtEdge && speed > 1,
      }))}
      chosen={timeline.speed.value}
      onChoose={(speed) => timeline.chooseSpeed(speed)}
    >
      <span class="speed">{timeline.speed.value}×</span>
    </ChoiceMenu>
  )
}
