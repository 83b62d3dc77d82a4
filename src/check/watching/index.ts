/** Watches an address as a player would, and keeps what it saw. */
export type {
  Answer,
  MediaSeen,
  Observation,
  PlaylistSeen,
  Probe,
  ProbeName,
  RenditionSeen,
} from './observation.ts'
export { observe } from './observe.ts'
export {
  allVersions,
  changesOf,
  datesOf,
  frameSeconds,
  latestOf,
  longestFrameSeconds,
  neighbours,
  type ReadSegment,
  readSegments,
  secondsBetween,
  unreadReason,
  versionsOf,
} from './versions.ts'
