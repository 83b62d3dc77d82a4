/**
 * From a source to its renditions: decides the ladder, writes FFmpeg's arguments, runs one process,
 * counts the room for them. Knows nothing of channels, playlists, storage or who watches.
 */
export { ENCODER_DEFAULTS, formatArguments } from './arguments.ts'
export { killGroup } from './child.ts'
export type { Transcode } from './ffmpeg.ts'
export { type IdleDeps, IdleFfmpeg } from './idle.ts'
export {
  dearestCount,
  PLAN_DEFAULTS,
  type Plan,
  planRenditions,
  type Rendition,
  type SourceFacts,
  withoutDearest,
} from './plan.ts'
export { type Ffmpeg, findProgram, probeFfmpeg, probeTools } from './probe.ts'
export { type Mp4File, openRemux, type Remux, type RemuxJob } from './remux.ts'
export type { Effort, Loan, Slot, Slots } from './slots.ts'
export { openStills, type Stills } from './stills.ts'
export { openTranscoder, type Transcoder } from './transcoder.ts'
export { openWorkerGroups } from './worker-groups.ts'
