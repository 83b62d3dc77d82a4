import { z } from 'zod'
import { type ChannelId, isId, type UserId } from '../base/index.ts'
import type { Collection } from '../ports/index.ts'

const user = z.custom<UserId>(isId, 'not an id')
const channel = z.custom<ChannelId>(isId, 'not an id')
const time = z.iso.datetime({ precision: 3 })

const followSchema = z.object({
  /** `{channel}:{user}`: nobody follows twice. */
  id: z.string(),
  channel_id: channel,
  user_id: user,
  created_at: time,
})

/** That someone follows a channel. */
export type FollowRecord = z.infer<typeof followSchema>

const BOT_SCOPES = ['chat:read', 'chat:write', 'channel:moderate'] as const
export const scopeSchema = z.enum(BOT_SCOPES)
export type BotScope = z.infer<typeof scopeSchema>

const botTokenSchema = z.object({
  id: z.string(),
  user_id: user,
  name: z.string(),
  scopes: z.array(scopeSchema),
  /** SHA-256 in hexadecimal; the token itself is nowhere. */
  token_digest: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: time,
})

/** A token with which a program acts as its user, within its scopes. */
export type BotTokenRecord = z.infer<typeof botTokenSchema>

/** How follows are stored: what an adapter of the port `Records` must know. */
export const FOLLOW_COLLECTION: Collection<FollowRecord> = {
  collection: 'follows',
  version: 1,
  schema: followSchema,
  indexes: {
    channel_id: (follow) => follow.channel_id,
    user_id: (follow) => follow.user_id,
  },
  unique: [],
}

export const BOT_TOKEN_COLLECTION: Collection<BotTokenRecord> = {
  collection: 'bot_tokens',
  version: 1,
  schema: botTokenSchema,
  indexes: {
    user_id: (token) => token.user_id,
    token_digest: (token) => token.token_digest,
  },
  unique: ['token_digest'],
}
