/**
 * The chat of channels: what may be said, what was said, who hears it. Knows a log, time and who
 * speaks; must not know sockets, files, HTTP or broadcasts.
 */
export { CHAT_DEFAULTS, Chat, type ChatOptions } from './chat.ts'
export { BOT_TOKEN_COLLECTION, FOLLOW_COLLECTION, scopeSchema } from './collections.ts'
export { EMOTE_BYTES_MAX, Emotes } from './emotes/index.ts'
export { Follows } from './follows.ts'
export type { Member } from './hub.ts'
export {
  type ClientFrame,
  CONTENT_CHARACTERS_MAX,
  durationSchema,
  type ErrorFrame,
  encodeJsonFrame,
  errorFrame,
  nonceOf,
  parseClientFrame,
  reasonSchema,
  type Settings,
  type SettingsChange,
  type Since,
  type Speaker,
  settingsChangeSchema,
  settingsSchema,
} from './messages/index.ts'
export type { Moderation } from './moderation.ts'
export type { Room } from './room.ts'
export type { Ban, Receipt, Rules, SettingsFrame, YouFrame } from './rules/index.ts'
export { BotTokens, type FoundToken } from './tokens.ts'
