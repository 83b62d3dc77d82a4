import { z } from 'zod'
import {
  type ChannelId,
  dropOldest,
  isId,
  type MessageId,
  parseJson,
  type UserId,
  ViblyError,
} from '../../base/index.ts'
import type { Log } from '../../ports/index.ts'

/** A message that waits for a moderator. Shown to nobody else. */
export interface HeldMessage {
  readonly id: MessageId
  readonly user: { readonly id: UserId; readonly username: string }
  readonly content: string
  readonly parentId: string | null
}

/** For one channel; the oldest is forgotten when there are more, as if it were rejected. */
const HELD_MAX = 200
/** Channels of which held messages are kept in memory; others are read again. */
const CHANNELS_MAX = 1000
/** Steps of moderation looked through after a restart for messages that still wait. */
const NOTES_READ_MAX = 5000

const messageId = z.custom<MessageId>(isId)
const userId = z.custom<UserId>(isId)
const noteSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('held'),
    target_id: messageId,
    by: z.object({ id: userId, username: z.string() }),
    content: z.string(),
    parent_id: z.string().nullable().default(null),
  }),
  z.object({ action: z.literal('approve'), target_id: messageId }),
  z.object({ action: z.literal('reject'), target_id: messageId }),
])

/**
 * The messages of each channel that wait for a moderator: what the log of moderation says was held
 * and neither approved nor rejected since.
 */
export class HeldMessages {
  readonly #log: Log
  /** In order of use, the latest last. */
  readonly #channels = new Map<ChannelId, Promise<Map<MessageId, HeldMessage>>>()
  readonly #loaded = new Map<ChannelId, Map<MessageId, HeldMessage>>()

  constructor(moderationLog: Log) {
    this.#log = moderationLog
  }

  /** Reads what waits, once; nothing of the channel may be added before. */
  async load(channelId: ChannelId): Promise<void> {
    await this.#of(channelId)
  }

  /** Adds one whose note is stored. The oldest goes when there are too many. */
  add(channelId: ChannelId, message: HeldMessage): void {
    const held = this.#loaded.get(channelId)
    // Forgotten meanwhile: it is read again from the log.
    if (held !== undefined) addBounded(held, message)
  }

  /** Oldest first. */
  async list(channelId: ChannelId): Promise<readonly HeldMessage[]> {
    return [...(await this.#of(channelId)).values()]
  }

  /**
   * Takes one out, so that nobody else decides on it too. @throws ViblyError `chat.message-missing`
   */
  async take(channelId: ChannelId, id: MessageId): Promise<HeldMessage> {
    const held = await this.#of(channelId)
    const message = held.get(id)
    if (message === undefined) throw new ViblyError('chat.message-missing')
    held.delete(id)
    return message
  }

  async #of(channelId: ChannelId): Promise<Map<MessageId, HeldMessage>> {
    const reading = this.#channels.get(channelId) ?? this.#read(channelId)
    this.#channels.delete(channelId)
    this.#channels.set(channelId, reading)
    try {
      return await reading
    } catch (thrown) {
      this.#forget(channelId)
      throw thrown
    }
  }

  async #read(channelId: ChannelId): Promise<Map<MessageId, HeldMessage>> {
    const held = new Map<MessageId, HeldMessage>()
    const span = { before: Number.MAX_SAFE_INTEGER }
    for (const { bytes } of await this.#log.read(channelId, span, NOTES_READ_MAX)) {
      const note = noteSchema.safeParse(parseJson(bytes)).data
      if (note === undefined) continue
      if (note.action !== 'held') held.delete(note.target_id)
      else {
        const { target_id: id, by: user, content, parent_id: parentId } = note
        addBounded(held, { id, user, content, parentId })
      }
    }
    this.#loaded.set(channelId, held)
    const oldest = this.#loaded.size > CHANNELS_MAX ? this.#loaded.keys().next().value : undefined
    if (oldest !== undefined) this.#forget(oldest)
    return held
  }

  #forget(channelId: ChannelId): void {
    this.#channels.delete(channelId)
    this.#loaded.delete(channelId)
  }
}

function addBounded(held: Map<MessageId, HeldMessage>, message: HeldMessage): void {
  held.set(message.id, message)
  dropOldest(held, HELD_MAX)
}
