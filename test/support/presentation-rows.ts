import type { JournalText, Segment } from '../../src/hls/index.ts'
import type { RunRendition } from '../../src/hls/listing/rendition.ts'
import { Presentation, type PresentationOptions } from '../../src/hls/presentation.ts'
import type { VideoFacts } from '../../src/media/index.ts'
import { LENGTHS } from './hls-lengths.ts'
import { listSegment } from './list-segment.ts'
import { H264_1080P } from './sample-facts.ts'

export const TALL: RunRendition = { name: '720p', peakBps: 3_000_000, averageBps: 2_500_000 }
export const SMALL: RunRendition = { name: '480p', peakBps: 1_500_000, averageBps: 1_200_000 }
/** Of the first run, ms since 1970. */
export const START_MS = Date.UTC(2026, 0, 1)

function video(height: number): VideoFacts {
  return {
    ...H264_1080P,
    codecString: 'avc1.64001f',
    width: 2 * Math.round((height * 8) / 9),
    height,
    frameRate: null,
    levelIdc: 31,
  }
}

/** A made-up segment: only its figures matter here. */
export function segmentAt(
  startMs: number,
  durationMs: number,
  byteCount = 500_000,
  height = 720,
): Segment {
  return {
    startTicks: startMs * 90,
    durationTicks: durationMs * 90,
    bytes: new Uint8Array(byteCount),
    parts: [],
    isAfterHole: false,
    frameCount: Math.round((durationMs * 30) / 1000),
    video: video(height),
    audio: { codec: 'aac', codecString: 'mp4a.40.2', sampleRate: 48_000, channels: 2 },
  }
}

/** Places and stores one segment of each named rendition; returns what was listed. */
export function addRow(
  presentation: Presentation,
  names: readonly string[],
  startMs: number,
  durationMs = 2000,
): JournalText[] {
  return names.flatMap((name) => {
    const fileName = presentation.place(name, segmentAt(startMs, durationMs))
    return [...listSegment(presentation, name, fileName)]
  })
}

/** A presentation whose first run has begun. */
export function startPresentation(
  options: Partial<PresentationOptions> = {},
  renditions = [TALL, SMALL],
): Presentation {
  const presentation = new Presentation({ ...LENGTHS, ...options })
  presentation.startRun({ renditions, wallClockMs: START_MS })
  return presentation
}
