/**
 * What is said, as bytes and as values: text that may be sent, stored records, frames of the wire,
 * who may see which.
 */
export { encodeJsonFrame, encodeTextFrame } from './frame.ts'
export {
  composeMessage,
  createMessageId,
  decodeLine,
  type Line,
  type Speaker,
  seqOfId,
  timeOf,
} from './record.ts'
export {
  CONTENT_CHARACTERS_MAX,
  cleanContent,
  findBlocked,
  foldText,
  hasLink,
  isEmotesOnly,
} from './text.ts'
export { Visibility } from './visibility.ts'
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
  type StreamState,
  settingsChangeSchema,
  settingsSchema,
} from './wire.ts'
