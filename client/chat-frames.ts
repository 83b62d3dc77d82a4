/**
 * Who said something. `roles` in the order in which badges are shown: owner, admin, moderator, bot.
 */
export interface ChatAuthor {
  readonly id: string
  readonly username: string
  readonly display_name: string
  readonly roles: readonly string[]
}

/** A message as it was when somebody replied to it; empty and `deleted` once it is gone. */
export interface ChatQuote {
  readonly id: string
  readonly user_id: string
  readonly username: string
  /** Cut at 140 characters. */
  readonly content: string
  readonly deleted?: boolean
}

export interface ChatMessage {
  readonly type: 'message'
  readonly id: string
  /** Place in the channel: greater is later. Numbers may be left out. */
  readonly seq: number
  readonly channel_id: string
  readonly parent_id: string | null
  /** The first message of the thread; null outside of one, and in that first message itself. */
  readonly thread_id: string | null
  readonly parent: ChatQuote | null
  /** Plain text, 1 to 500 characters. */
  readonly content: string
  readonly user: ChatAuthor
  /** ISO 8601 UTC. */
  readonly created_at: string
  /** `action`: said with /me. */
  readonly kind?: 'action'
  /** User names, lower case. */
  readonly mentions?: readonly string[]
  readonly nonce?: string
}

/** A line of the system: went live, ended, slow mode on. */
export interface ChatNotice {
  readonly type: 'notice'
  readonly id: string
  readonly seq: number
  readonly kind: string
  readonly content: string
  readonly created_at: string
}

/** One message (`target_id`), or all that a user had said before `seq` (`user_id`), is gone. */
export interface ChatDeletion {
  readonly type: 'delete'
  readonly id: string
  readonly seq: number
  readonly target_id?: string
  readonly user_id?: string
  readonly by?: string
  readonly created_at?: string
}

export type ChatRecord = ChatMessage | ChatNotice | ChatDeletion

/** What a chat shows. */
export type ChatLine = ChatMessage | ChatNotice

export interface HistoryFrame {
  readonly type: 'history'
  readonly channel_id: string
  readonly epoch: string
  readonly last_seq: number
  /** true: exactly what was missed. false: the latest lines, and what was there before is void. */
  readonly recovered: boolean
  readonly messages: readonly ChatRecord[]
}

export interface AckFrame {
  readonly type: 'ack'
  readonly nonce: string | null
  /** Left out where a command stores no record. */
  readonly id?: string
  readonly seq?: number
}

export interface StreamFrame {
  readonly type: 'stream'
  readonly status: 'live' | 'interrupted' | 'ended' | 'offline'
  readonly broadcast_id: string | null
  readonly title: string
  /** ISO 8601 UTC. */
  readonly started_at: string | null
}

export interface PresenceFrame {
  readonly type: 'presence'
  readonly viewers: number
}

/** Figures of the encoder, to the owner alone. */
export interface HealthFrame {
  readonly type: 'health'
  readonly [name: string]: unknown
}

/** A message that waits for a moderator, to moderators alone. */
export interface HeldFrame {
  readonly type: 'held'
  readonly id: string
  readonly user: { readonly id: string; readonly username: string }
  readonly content: string
}

/** A held message was let through or refused; to moderators alone. */
export interface DecidedFrame {
  readonly type: 'decided'
  readonly id: string
}

/** How the chat is set, after the history and whenever it changes. */
export interface SettingsFrame {
  readonly type: 'settings'
  /** Seconds between two messages of one user; 0: off. */
  readonly slow_mode_s: number
  readonly followers_only: boolean
  readonly followers_only_s: number
  readonly account_age_s: number
  readonly unique_messages: boolean
  readonly emotes_only: boolean
  readonly links_off: boolean
}

/** What the one who is signed in may do here, after the history and whenever it changes. */
export interface YouFrame {
  readonly type: 'you'
  readonly user: ChatAuthor
  readonly may_moderate: boolean
  /** false: banned, for good or for `retry_after_ms`. */
  readonly may_write: boolean
  readonly retry_after_ms?: number
}

export interface ErrorFrame {
  readonly type: 'error'
  readonly code: string
  /** A sentence to whom it concerns. */
  readonly message: string
  readonly nonce?: string
  readonly retry_after_ms?: number
}

/** What is true at the moment; no record, and not resumed but told anew. */
export type NewsFrame =
  | StreamFrame
  | PresenceFrame
  | HealthFrame
  | HeldFrame
  | DecidedFrame
  | SettingsFrame
  | YouFrame

export type ServerFrame = ChatRecord | HistoryFrame | AckFrame | NewsFrame | ErrorFrame

/** What may be changed about a channel's chat; what is left out stays. */
export interface ChatSettings {
  /** Seconds between two messages of one user, 3 to 120; 0: off. */
  readonly slow_mode_s?: number
  readonly followers_only?: boolean
  readonly followers_only_s?: number
  readonly account_age_s?: number
  readonly unique_messages?: boolean
  readonly emotes_only?: boolean
  readonly links_off?: boolean
  readonly blocked_words?: readonly string[]
  readonly hold_blocked?: boolean
}

/** What a client may ask for besides saying a message. */
export type ChatCommand =
  | { readonly type: 'announce'; readonly content: string }
  | { readonly type: 'delete'; readonly id: string }
  | { readonly type: 'delete'; readonly user_id: string }
  | {
      readonly type: 'ban'
      readonly user_id: string
      /** 1 second to 14 days; left out: for good. */
      readonly duration_s?: number
      readonly reason?: string
    }
  | { readonly type: 'unban'; readonly user_id: string }
  | { readonly type: 'approve' | 'reject'; readonly id: string }
  | ({ readonly type: 'settings' } & ChatSettings)

/** Fields without which a frame cannot be used. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  message: { id: 'string', seq: 'number', content: 'string', user: 'object' },
  notice: { id: 'string', seq: 'number', content: 'string' },
  delete: { seq: 'number' },
  history: { epoch: 'string', last_seq: 'number', messages: 'object' },
  ack: {},
  stream: { status: 'string' },
  presence: { viewers: 'number' },
  health: {},
  held: { id: 'string', content: 'string', user: 'object' },
  decided: { id: 'string' },
  settings: { slow_mode_s: 'number', followers_only: 'boolean' },
  you: { user: 'object', may_moderate: 'boolean', may_write: 'boolean' },
  error: { code: 'string', message: 'string' },
}

/**
 * Reads one frame of the server. Null for everything this version does not know, so that a newer
 * server may say more; records of a history that cannot be used are left out of it.
 */
export function parseServerFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null
  const value = parseJson(data)
  if (!isFrame(value)) return null
  if (value.type !== 'history') return value
  return {
    ...value,
    messages: Array.isArray(value.messages) ? value.messages.filter(isRecord) : [],
  }
}

function isRecord(value: unknown): value is ChatRecord {
  return isFrame(value) && /^(message|notice|delete)$/.test(value.type)
}

/** The one place where bytes get their type: the server made them by the same description. */
function isFrame(value: unknown): value is ServerFrame {
  if (typeof value !== 'object' || value === null) return false
  const type: unknown = Reflect.get(value, 'type')
  const fields = typeof type === 'string' && Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined
  if (fields === undefined) return false
  return Object.entries(fields).every(([name, kind]) => {
    const field: unknown = Reflect.get(value, name)
    return field !== null && typeof field === kind
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
