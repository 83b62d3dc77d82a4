/**
 * A broadcast from its first byte to its last, who is live now, and what was live before. Joins the
 * media, FFmpeg and HLS; must not know sockets, HTTP, people or files.
 */
export { type Archive, openArchive } from './archive.ts'
export type { Broadcast, BroadcastOptions, Phase, ShownStatus } from './broadcast.ts'
export type { Health } from './health.ts'
export { Intake } from './intake.ts'
export {
  type BroadcastChange,
  type BroadcastQuery,
  type BroadcastRecord,
  Library,
  type Visibility,
} from './library.ts'
export { Live, type LiveChannel, type PlaylistAnswer } from './live.ts'
export {
  listBroadcasts,
  type RebuildDeps,
  type RebuildOptions,
  rebuildBroadcast,
} from './rebuild.ts'
export type { Directives } from './reloads.ts'
export type { ChannelUse } from './retention.ts'
