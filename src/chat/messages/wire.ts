import { z } from 'zod'
import { type FaultCode, isId, type MessageId, type UserId, ViblyError } from '../../base/index.ts'

const messageId = z.custom<MessageId>(isId)
const userId = z.custom<UserId>(isId)
/** Chosen by the client, echoed in the answer. Printable ASCII. */
const nonce = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/)
  .optional()
/** Longer than the limit, so that a text too long is told so and not called no text. */
const content = z.string().max(4000)
export const reasonSchema = z.string().max(200).optional()
/** One second to fourteen days. */
export const durationSchema = z.int().min(1).max(1_209_600)

export const settingsSchema = z.object({
  slow_mode_s: z
    .union([z.literal(0), z.int().min(3).max(120)])
    .describe('seconds between two messages of one user, 3 to 120; 0: off'),
  followers_only: z.boolean(),
  followers_only_s: z.int().min(0).max(7_776_000).describe('followed for so many seconds'),
  account_age_s: z.int().min(0).max(31_536_000),
  unique_messages: z.boolean(),
  emotes_only: z.boolean(),
  links_off: z.boolean(),
  blocked_words: z.array(z.string().min(1).max(100)).max(200),
  hold_blocked: z.boolean().describe('moderators decide on messages with blocked words'),
})

/** How a chat is set. */
export type Settings = z.infer<typeof settingsSchema>

/** What a moderator may set; what is left out stays. */
export const settingsChangeSchema = settingsSchema.partial()
export type SettingsChange = z.infer<typeof settingsChangeSchema>

const clientFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), content, parent_id: messageId.nullish(), nonce }),
  z.object({ type: z.literal('announce'), content, nonce }),
  z.object({
    type: z.literal('delete'),
    id: messageId.optional(),
    user_id: userId.optional(),
    nonce,
  }),
  z.object({
    type: z.literal('ban'),
    user_id: userId,
    duration_s: durationSchema.nullish(),
    reason: reasonSchema,
    nonce,
  }),
  z.object({ type: z.literal('unban'), user_id: userId, nonce }),
  z.object({ type: z.literal('approve'), id: messageId, nonce }),
  z.object({ type: z.literal('reject'), id: messageId, nonce }),
  settingsChangeSchema.extend({ type: z.literal('settings'), nonce }),
])

/** What a client may say: CONTRACT of the chat socket, one JSON object a text frame. */
export type ClientFrame = z.infer<typeof clientFrameSchema>

/**
 * Reads one text frame of a client.
 *
 * @throws ViblyError `chat.not-json` when it is no JSON object at all (the peer speaks something
 *   else), `chat.frame-invalid` when it is one that means nothing here.
 */
export function parseClientFrame(text: string): ClientFrame {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ViblyError('chat.not-json')
  }
  const parsed = clientFrameSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const path = parsed.error.issues[0]?.path.join('.') ?? ''
  throw new ViblyError('chat.frame-invalid', { field: path === '' ? 'type' : path })
}

/**
 * The nonce of a frame that cannot be understood otherwise, so that its sender knows which it was.
 */
export function nonceOf(text: string): string | null {
  const parsed = z.object({ nonce }).safeParse(parseJson(text))
  return parsed.success ? (parsed.data.nonce ?? null) : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Where a client left off: the last number it has and the epoch it belongs to. */
export interface Since {
  readonly seq: number
  readonly epoch: string
}

/** `stream`: what is on air in the channel. */
export interface StreamState {
  readonly status: 'live' | 'interrupted' | 'ended' | 'offline'
  readonly broadcast_id: string | null
  readonly title: string
  /** ISO 8601 UTC. */
  readonly started_at: string | null
}

/** `error`: what went wrong with a frame, or why the socket is about to close. */
export interface ErrorFrame {
  readonly type: 'error'
  readonly code: FaultCode
  readonly message: string
  readonly nonce?: string
  readonly retry_after_ms?: number
}

/** `nonceOfFrame`: of the frame that caused it; null: it had none, or none did. */
export function errorFrame(error: ViblyError, nonceOfFrame: string | null): ErrorFrame {
  const retryAfterMs = error.facts['retryAfterMs']
  return {
    type: 'error',
    code: error.code,
    message: error.message,
    ...(nonceOfFrame !== null && { nonce: nonceOfFrame }),
    ...(typeof retryAfterMs === 'number' && { retry_after_ms: retryAfterMs }),
  }
}
