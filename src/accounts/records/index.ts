/** How people, channels and what they sign in with are kept, and changed without a race. */
export { changeRecord, removeRecord } from './changing.ts'
export {
  CHANNEL_COLLECTION,
  type ChannelRecord,
  type RegistrationMode,
  SESSION_COLLECTION,
  type SessionRecord,
  SITE_COLLECTION,
  type SiteRecord,
  TICKET_COLLECTION,
  type TicketKind,
  type TicketRecord,
  USER_COLLECTION,
  type UserRecord,
} from './collections.ts'
export { createRecordToken, isEqualDigest, recordIdOf } from './record-token.ts'
