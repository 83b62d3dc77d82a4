/**
 * The chat of channels: what may be said, what was said, who hears it. Knows a log, time and who
 * speaks; must not know sockets, files, HTTP or broadcasts.
 */
export { CHAT_DEFAULTS, Chat, type ChatOptions } from './chat.ts'
export { BOT_TOKEN_COLLECTION, FOLLOW_COLLECTION, scopeSchema } from './collections.ts'
export { EMOTE_BYTES_MAX, Emotes } from './emotes.ts'
export { Follows } from './follows.ts'
export { encodeJsonFrame } from './frame.ts'
export type { Member } from './hub.ts'
export type { Moderation } from './moderation.ts'
export type { Speaker } from './record.ts'
export type { Room } from './room.ts'
export type { Ban, Rules } from './rules.ts'
export type { Receipt } from './senders.ts'
export type { SettingsFrame, YouFrame } from './standing.ts'
export { CONTENT_CHARACTERS_MAX } from './text.ts'
export { BotTokens, type FoundToken } from './tokens.ts'
export {
  type ClientFrame,
  durationSchema,
  type ErrorFrame,
  errorFrame,
  nonceOf,
  parseClientFrame,
  reasonSchema,
  type Settings,
  type SettingsChange,
  type Since,
  settingsChangeSchema,
  settingsSchema,
} from './wire.ts'
