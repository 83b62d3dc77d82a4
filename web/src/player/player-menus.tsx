import { text } from '../strings.ts'
import { QualityIcon } from '../ui/icons.tsx'
import { type Choice, ChoiceMenu } from './choice-menu.tsx'
import { AUTO_QUALITY, type Playback, SPEEDS } from './playback.ts'

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
export function SpeedMenu({ playback }: { readonly playback: Playback }) {
  const isAtEdge = !playback.isRecording.value && playback.isAtLive.value
  return (
    <ChoiceMenu
      // What is seen belongs to the name: who steers by voice says it.
      label={`${text.player.speed} ${playback.speed.value}×`}
      choices={SPEEDS.map((speed) => ({
        id: speed,
        name: speed === 1 ? text.player.normalSpeed : `${speed}×`,
        isOff: isAtEdge && speed > 1,
      }))}
      chosen={playback.speed.value}
      onChoose={(speed) => playback.chooseSpeed(speed)}
    >
      <span class="speed">{playback.speed.value}×</span>
    </ChoiceMenu>
  )
}
