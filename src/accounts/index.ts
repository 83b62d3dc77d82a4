/**
 * People, their channels, how they sign in, and the keys they stream with. Knows records and time;
 * must not know files, HTTP, RTMP or chat.
 */
export {
  type AccountDeps,
  type AccountOptions,
  Accounts,
  type Client,
  type Identity,
  openAccounts,
  type SignIn,
} from './accounts.ts'
export { type Channel, type ChannelChange, Channels, cleanTitle } from './channels.ts'
export {
  CHANNEL_COLLECTION,
  type ChannelRecord,
  type Collection,
  REGISTRATIONS,
  type RegistrationMode,
  SESSION_COLLECTION,
  type SessionRecord,
  SITE_COLLECTION,
  TICKET_COLLECTION,
  USER_COLLECTION,
  type UserRecord,
} from './collections.ts'
export type { Registration, User, UserChange } from './people.ts'
export { type RegistrationDeps, Registrations } from './registrations.ts'
export type { Ticket } from './tickets.ts'
