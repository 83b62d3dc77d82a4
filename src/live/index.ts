/**
 * A broadcast from its first byte to its last, who is live now, and what was live before. Joins the
 * media, FFmpeg and HLS; must not know sockets, HTTP, people or files.
 */
export { type Archive, type ArchiveDeps, type ArchiveOptions, openArchive } from './archive.ts'
export type { Broadcast, BroadcastOptions, Phase, ShownStatus } from './broadcast.ts'
export type { Health, RenditionHealth } from './health.ts'
export { Intake, type IntakeEnding, type IntakeMessage } from './intake.ts'
export {
  type BroadcastChange,
  type BroadcastQuery,
  type BroadcastRecord,
  type BroadcastStatus,
  Library,
  openLibrary,
  type RenditionRecord,
  type Visibility,
} from './library.ts'
export { Live, type LiveChannel, type LiveDeps, type PlaylistAnswer } from './live.ts'
export type { RenditionPace } from './pace.ts'
export {
  listBroadcasts,
  type RebuildDeps,
  type RebuildOptions,
  rebuildBroadcast,
} from './rebuild.ts'
export { Recordings, type RecordingsDeps } from './recordings.ts'
export type { Directives } from './reloads.ts'
export type { ChannelUse, RetentionOptions } from './retention.ts'
export type { DiskSpace, SpaceLevel } from './space.ts'
