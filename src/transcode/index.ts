/**
 * From a source to its renditions: decides the ladder, writes FFmpeg's arguments, runs one process,
 * counts the room for them. Knows nothing of channels, playlists, storage or who watches.
 */
export { ENCODER_DEFAULTS, type EncoderOptions, formatArguments } from './arguments.ts'
export { TRANSCODE_DEFAULTS, type Transcode } from './ffmpeg.ts'
export {
  PLAN_DEFAULTS,
  type Plan,
  type PlanOptions,
  planRenditions,
  type Rendition,
  type Source,
  type VideoPlan,
} from './plan.ts'
export { type Ffmpeg, type ProbeOptions, probeFfmpeg, probeTools, type Wrapper } from './probe.ts'
export { type Mp4File, type RemuxJob, remuxToMp4 } from './remux.ts'
export { type Slot, Slots } from './slots.ts'
export { Transcoder, type TranscoderDeps, type TranscoderOptions } from './transcoder.ts'
