/**
 * People, their channels, how they sign in, and the keys they stream with. Knows records and time;
 * must not know files, HTTP, RTMP or chat.
 */
export {
  type AccountOptions,
  Accounts,
  type Client,
  type Identity,
  openAccounts,
  type SignIn,
} from './accounts.ts'
export { type Channel, Channels, cleanTitle } from './channels.ts'
export type { Ticket } from './credentials/index.ts'
export type { Registration, User } from './people.ts'
export {
  CHANNEL_COLLECTION,
  type RegistrationMode,
  SESSION_COLLECTION,
  SITE_COLLECTION,
  TICKET_COLLECTION,
  USER_COLLECTION,
} from './records/index.ts'
export { Registrations } from './registrations.ts'
export { TEXT_FORMS } from './text-forms.ts'
