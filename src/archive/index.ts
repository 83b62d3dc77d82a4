/**
 * What is kept of broadcasts: records, recordings, pictures; how long, and what a crash left made
 * whole. Must not know how a broadcast comes about, nor sockets, HTTP, people or files.
 */
export { type Archive, openArchive } from './archive.ts'
export {
  type BroadcastChange,
  type BroadcastRecord,
  describeBroadcast,
  type Visibility,
} from './broadcast-record.ts'
export { closeLeftover, type Leftover, readLeftover } from './leftover.ts'
export { type BroadcastQuery, Library, readBlob } from './library.ts'
export {
  listBroadcasts,
  type RebuildDeps,
  type RebuildOptions,
  rebuildBroadcast,
} from './rebuild.ts'
export { Recorder } from './recorder.ts'
export type { Recordings } from './recordings.ts'
export type { ChannelUse } from './retention.ts'
export type { Space } from './space.ts'
