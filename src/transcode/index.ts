/**
 * From a source to its renditions: decides the ladder, writes FFmpeg's arguments, runs one process,
 * counts the room for them. Knows nothing of channels, playlists, storage or who watches.
 */
export {
  type IdleDeps,
  IdleFfmpeg,
  type Mp4File,
  openRemux,
  openStills,
  type Remux,
  type RemuxJob,
  type Stills,
} from './idle/index.ts'
export {
  type Ffmpeg,
  findProgram,
  killGroup,
  openWorkerGroups,
  probeFfmpeg,
  probeTools,
} from './machine/index.ts'
export {
  dearestCount,
  ENCODER_DEFAULTS,
  formatArguments,
  type Plan,
  type PlanOptions,
  planRenditions,
  type Rendition,
  type Skip,
  type SourceFacts,
  withoutDearest,
} from './plan/index.ts'
export type { Transcode } from './process/index.ts'
export type { Effort, Loan, Slot, Slots } from './slots.ts'
export { openTranscoder, type Transcoder } from './transcoder.ts'
