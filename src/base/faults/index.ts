/**
 * Every fault that Vibly reports: a table for each module, gathered into one. docs/ERRORS.md is
 * held equal to it.
 */
import { ACCOUNTS_FAULTS } from './accounts.ts'
import { BASE_FAULTS } from './base.ts'
import { CHAT_FAULTS } from './chat.ts'
import { COMMANDS_FAULTS } from './commands.ts'
import { HLS_FAULTS } from './hls.ts'
import { HTTP_FAULTS } from './http.ts'
import { LIVE_FAULTS } from './live.ts'
import { MEDIA_FAULTS } from './media.ts'
import { RTMP_FAULTS } from './rtmp.ts'
import { STORAGE_FAULTS } from './storage.ts'
import { TRANSCODE_FAULTS } from './transcode.ts'

export type { Fault } from './fault.ts'

export const FAULTS = {
  ...ACCOUNTS_FAULTS,
  ...BASE_FAULTS,
  ...CHAT_FAULTS,
  ...COMMANDS_FAULTS,
  ...HLS_FAULTS,
  ...HTTP_FAULTS,
  ...LIVE_FAULTS,
  ...MEDIA_FAULTS,
  ...RTMP_FAULTS,
  ...STORAGE_FAULTS,
  ...TRANSCODE_FAULTS,
}
