import type { AudioFacts, VideoFacts } from '../../src/media/index.ts'
import type { PlanOptions } from '../../src/transcode/index.ts'
import { LENGTHS } from './hls-lengths.ts'

/** A picture of 1080p30 that can be copied, as its header would tell. */
export const H264_1080P = {
  codec: 'h264',
  codecString: 'avc1.640028',
  width: 1920,
  height: 1080,
  sampleAspect: { width: 1, height: 1 },
  frameRate: 30,
  isInterlaced: false,
  bitDepth: 8,
  chroma: '4:2:0',
  profileIdc: 100,
  levelIdc: 40,
} as const satisfies VideoFacts

/** Sound that can be copied. */
export const AAC_STEREO = {
  codec: 'aac',
  codecString: 'mp4a.40.2',
  sampleRate: 48_000,
  channels: 2,
} as const satisfies AudioFacts

/** For the first run of a broadcast. */
export const FIRST_RUN: PlanOptions = {
  segmentMs: LENGTHS.segmentMs,
  keep: null,
  skip: null,
}
