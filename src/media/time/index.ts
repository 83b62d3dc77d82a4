/**
 * The two ways of counting media time, ms of RTMP and 90 kHz ticks of MPEG-TS, past their wraps and
 * jumps.
 */
export { keyframeDistanceMsMax } from './keyframe-distance.ts'
export { TICKS_PER_MS, TICKS_PER_SECOND } from './ticks.ts'
export { Timeline } from './timeline.ts'
export { FLV_WRAP_MS, TS_WRAP_TICKS, unwrap } from './wrap.ts'
