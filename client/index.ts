/**
 * Vibly's chat for programs and pages: connects, comes back, misses nothing. Runs in browsers and
 * in Node 22 and later; must not know a user interface, and depends on nothing.
 */
export {
  ChatClient,
  type ChatClientOptions,
  type ChatEvents,
  type ChatState,
} from './chat-client.ts'
export type {
  ChatAuthor,
  ChatCommand,
  ChatDeletion,
  ChatLine,
  ChatMessage,
  ChatNotice,
  ChatQuote,
  ChatRecord,
  ChatSettings,
  DecidedFrame,
  ErrorFrame,
  HealthFrame,
  HeldFrame,
  HistoryFrame,
  PresenceFrame,
  SettingsFrame,
  StreamFrame,
  YouFrame,
} from './chat-frames.ts'
export { withoutDeleted } from './chat-lines.ts'
export { ChatError, type ChatReceipt } from './chat-outbox.ts'
export type { ChatSocket, ChatSocketEvents, ChatSurroundings } from './chat-surroundings.ts'
