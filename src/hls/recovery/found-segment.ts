import { TsReader } from '../../media/index.ts'
import type { SegmentFacts } from '../listing/index.ts'

/** What a stored segment's own bytes tell of it. */
export interface FoundSegment extends Pick<SegmentFacts, 'video' | 'audio' | 'frameCount'> {
  /** 90 kHz: PTS of its first picture, or of its first sound where there is no picture. */
  readonly startTicks: number
  /** Where its last picture, or sound, ends. */
  readonly endTicks: number
}

/**
 * Reads a whole segment (ISO 13818-1 §2.4.3); null when nothing in it can be played.
 *
 * @throws what `TsReader.push` throws.
 */
export function readFoundSegment(bytes: Uint8Array): FoundSegment | null {
  const reader = new TsReader()
  const units = [...reader.push(bytes), ...reader.end()]
  const pictures = units.filter(({ kind }) => kind === 'video')
  const shown = pictures.length > 0 ? pictures : units
  const times = shown.map(({ ptsTicks }) => ptsTicks)
  if (times.length === 0) return null
  const startTicks = times.reduce((first, ticks) => Math.min(first, ticks))
  const lastTicks = times.reduce((last, ticks) => Math.max(last, ticks))
  // A lone picture has nobody to be measured by.
  const stepTicks = times.length > 1 ? (lastTicks - startTicks) / (times.length - 1) : 0
  return {
    startTicks,
    endTicks: lastTicks + (pictures.length > 0 ? stepTicks : reader.audioTicks),
    frameCount: pictures.length,
    video: reader.video,
    audio: reader.audio,
  }
}
