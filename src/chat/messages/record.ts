import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import {
  type ChannelId,
  formatTime,
  type MessageId,
  parseJson,
  type UserId,
} from '../../base/index.ts'
import type { Entry } from '../../ports/index.ts'
import { mentionsOf, quoteOf } from './text.ts'

/** One that speaks or acts, as the chat needs to know them. */
export interface Speaker {
  readonly userId: UserId
  readonly username: string
  readonly displayName: string
  readonly role: 'user' | 'admin'
  /** When the account was made, ms since 1970. */
  readonly createdAtMs: number
  /** What the token of a bot allows; null: a person, who may do what they are. */
  readonly scopes: readonly string[] | null
}

/** The quote of a message inside its reply, as it was then. */
export interface ParentQuote {
  readonly id: MessageId
  readonly user_id: UserId
  readonly username: string
  readonly content: string
}

/** A message as stored and sent, before the log adds `seq` and `sum`. */
export interface MessageRecord {
  readonly type: 'message'
  readonly id: MessageId
  readonly channel_id: string
  readonly parent_id: MessageId | null
  /** The first message of the thread; null outside of one. */
  readonly thread_id: MessageId | null
  readonly parent: ParentQuote | null
  readonly content: string
  readonly user: {
    readonly id: UserId
    readonly username: string
    readonly display_name: string
    readonly roles: readonly string[]
  }
  /** ISO 8601 UTC. */
  readonly created_at: string
  /** `action`: the text after /me. */
  readonly kind?: 'action'
  readonly mentions?: readonly string[]
  readonly nonce?: string
}

/**
 * A fresh id that tells its own place: the number in base 36, a dash, 72 random bits. So a message
 * is found by id without an index, and nobody guesses the id of one that is not shown.
 */
export function createMessageId(seq: number): MessageId {
  return `${seq.toString(36)}-${randomBytes(9).toString('base64url')}` as MessageId
}

/** The number inside an id; null when it is none of ours. */
export function seqOfId(id: string): number | null {
  const digits = /^([0-9a-z]{1,11})-[A-Za-z0-9_-]{12}$/.exec(id)?.[1]
  if (digits === undefined) return null
  const seq = Number.parseInt(digits, 36)
  return Number.isSafeInteger(seq) ? seq : null
}

/** A stored record with what the room must know of it. */
export interface Line {
  readonly seq: number
  readonly bytes: Uint8Array
  readonly record: StoredRecord
}

const id = z.custom<MessageId>((value) => typeof value === 'string')
const user = z.custom<UserId>((value) => typeof value === 'string')
const storedSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id,
    thread_id: id.nullable(),
    parent: z.object({ id, user_id: user, username: z.string(), content: z.string() }).nullable(),
    content: z.string(),
    user: z.object({ id: user, username: z.string() }),
    created_at: z.string(),
    nonce: z.string().optional(),
  }),
  z.object({
    type: z.literal('delete'),
    id,
    target_id: id.optional(),
    user_id: user.optional(),
    created_at: z.string(),
  }),
  z.object({ type: z.literal('notice'), id, created_at: z.string() }),
])
type StoredRecord = z.infer<typeof storedSchema>

/** What a stored entry says; null when another version or a hand wrote something else there. */
export function decodeLine({ seq, bytes }: Entry): Line | null {
  const parsed = storedSchema.safeParse(parseJson(bytes))
  return parsed.success ? { seq, bytes, record: parsed.data } : null
}

/**
 * A message as it is stored: place, time and author are the server's, whatever was sent. [W32]
 *
 * @param nowMs since 1970.
 */
export function composeMessage(
  author: Speaker & { readonly roles: readonly string[] },
  content: string,
  place: {
    readonly id: MessageId
    readonly channelId: ChannelId
    readonly nonce: string | null
    readonly parent: Line | null
  },
  nowMs: number,
): MessageRecord {
  const action = /^\/me (.+)$/u.exec(content)?.[1]
  const mentions = mentionsOf(content)
  const quote = place.parent === null ? null : quoteLine(place.parent)
  return {
    type: 'message',
    id: place.id,
    channel_id: place.channelId,
    parent_id: quote?.parent.id ?? null,
    thread_id: quote?.threadId ?? null,
    parent: quote?.parent ?? null,
    content: action ?? content,
    user: {
      id: author.userId,
      username: author.username,
      display_name: author.displayName,
      roles: author.roles,
    },
    created_at: formatTime(nowMs),
    ...(action !== undefined && { kind: 'action' as const }),
    ...(mentions.length > 0 && { mentions }),
    ...(place.nonce !== null && { nonce: place.nonce }),
  }
}

/** When a record was made, ms since 1970. */
export function timeOf({ record }: Line): number {
  return Date.parse(record.created_at)
}

/**
 * What a reply takes from its parent: a quote of it as it was, and the thread it is in, or begins.
 * null: nobody replies to that.
 */
function quoteLine({ record }: Line): {
  readonly parent: ParentQuote
  readonly threadId: MessageId
} | null {
  if (record.type !== 'message') return null
  const { id, user, content, thread_id } = record
  const parent = { id, user_id: user.id, username: user.username, content: quoteOf(content) }
  return { parent, threadId: thread_id ?? id }
}
