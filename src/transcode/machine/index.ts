/**
 * What this machine has and can: FFmpeg and the tools around it, bounds for what runs, how fast it
 * encodes, how idle it is.
 */
export { calibrate } from './calibrate.ts'
export {
  CHILD_ENVIRONMENT,
  type ChildEnd,
  type ChildWork,
  killGroup,
  runChild,
} from './child.ts'
export { IdleMeter } from './idle-meter.ts'
export { killOrphans } from './orphans.ts'
export {
  type Ffmpeg,
  type FfmpegProgram,
  findProgram,
  probeFfmpeg,
  probeTools,
  type Wrapper,
} from './probe.ts'
export { Tail } from './tail.ts'
export { openWorkerGroups, type WorkerGroups } from './worker-groups.ts'
