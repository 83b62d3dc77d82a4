/**
 * A broadcast from its first byte to its last, and who is live now. Joins the media, FFmpeg and
 * HLS; must not know sockets, HTTP, people or files.
 */
export type { Broadcast, BroadcastOptions, Phase, ShownStatus } from './broadcast.ts'
export type { Health } from './health.ts'
export { Intake } from './intake/index.ts'
export { Live, type LiveChannel, type PlaylistAnswer } from './live.ts'
export type { Directives } from './reloads.ts'
