import { z } from 'zod'
import { type ChannelId, isId, type UserId } from '../../base/index.ts'
import type { Collection } from '../../ports/index.ts'

const id = z.custom<UserId>(isId, 'not an id')
const time = z.iso.datetime({ precision: 3 })
/** SHA-256 in hexadecimal. */
const digest = z.string().regex(/^[0-9a-f]{64}$/)

const userSchema = z.object({
  id,
  email: z.string(),
  username: z.string(),
  display_name: z.string(),
  password_hash: z.string(),
  /** Sealed: see `stream-keys.ts`. */
  stream_key: z.string(),
  stream_key_digest: digest,
  role: z.enum(['user', 'admin']),
  /** When the account was disabled; null: it is not. */
  disabled_at: time.nullable().default(null),
  created_at: time,
})

/** A person, as on disk (CONTRACT: `users.json`). */
export type UserRecord = z.infer<typeof userSchema>

const sessionSchema = z.object({
  id: z.string(),
  user_id: id,
  /** Of the one refresh token that is good now; the token itself is nowhere. */
  token_digest: digest,
  created_at: time,
  refreshed_at: time,
})

/** One sign-in and all refresh tokens that follow from it. */
export type SessionRecord = z.infer<typeof sessionSchema>

const channelSchema = z.object({
  id: z.custom<ChannelId>(isId, 'not an id'),
  title: z.string().default(''),
  description: z.string().default(''),
  settings: z.record(z.string(), z.json()).default({}),
})

/** What a channel has beyond its user. Absent until the owner first changes something. */
export type ChannelRecord = z.infer<typeof channelSchema>

const TICKET_KINDS = ['invite', 'reset', 'first-admin'] as const
export type TicketKind = (typeof TICKET_KINDS)[number]

const ticketSchema = z.object({
  id: z.string(),
  kind: z.enum(TICKET_KINDS),
  token_digest: digest,
  uses_left: z.int(),
  uses_max: z.int(),
  user_id: id.nullable(),
  note: z.string(),
  created_at: time,
  expires_at: time,
})

/** What stands in a link and lets someone do one thing; the link itself is nowhere. */
export type TicketRecord = z.infer<typeof ticketSchema>

const REGISTRATIONS = ['open', 'invite', 'closed'] as const
/** Who may sign up: everyone, whoever has an invitation, nobody. */
export type RegistrationMode = (typeof REGISTRATIONS)[number]

const siteSchema = z.object({
  id: z.literal('site'),
  /** null: as the setting has it. */
  registration: z.enum(REGISTRATIONS).nullable(),
})

/** What administrators chose on their page. One record. */
export type SiteRecord = z.infer<typeof siteSchema>

export const USER_COLLECTION: Collection<UserRecord> = {
  collection: 'users',
  version: 1,
  schema: userSchema,
  indexes: {
    email: (user) => user.email.toLowerCase(),
    username: (user) => user.username,
    stream_key_digest: (user) => user.stream_key_digest,
  },
  unique: ['email', 'username', 'stream_key_digest'],
}

export const SESSION_COLLECTION: Collection<SessionRecord> = {
  collection: 'sessions',
  version: 1,
  schema: sessionSchema,
  indexes: { user_id: (session) => session.user_id },
  unique: [],
}

export const TICKET_COLLECTION: Collection<TicketRecord> = {
  collection: 'tickets',
  version: 1,
  schema: ticketSchema,
  indexes: { kind: (ticket) => ticket.kind },
  unique: [],
}

export const SITE_COLLECTION: Collection<SiteRecord> = {
  collection: 'site',
  version: 1,
  schema: siteSchema,
  indexes: {},
  unique: [],
}

export const CHANNEL_COLLECTION: Collection<ChannelRecord> = {
  collection: 'channels',
  version: 1,
  schema: channelSchema,
  indexes: {},
  unique: [],
}
