import {
  assertNever,
  type ChannelId,
  type Logger,
  type MessageId,
  pause,
  type UserId,
  ViblyError,
} from '../base/index.ts'
import type { Member } from './hub.ts'
import {
  type ClientFrame,
  type Since,
  type Speaker,
  type StreamState,
  settingsChangeSchema,
} from './messages/index.ts'
import { Moderation, type ModerationDeps } from './moderation.ts'
import { Room, type RoomDeps, type RoomOptions } from './room.ts'
import { type Receipt, type SenderOptions, SendRates } from './rules/index.ts'

export interface ChatDeps extends RoomDeps, ModerationDeps {
  readonly logger: Logger
  /** Whether there is such a channel. */
  channelExists(channelId: ChannelId): Promise<boolean>
}

export interface ChatOptions extends RoomOptions, SenderOptions {
  /** Empty channels kept in memory, the latest used ones. */
  readonly emptyRoomsMax: number
}

export const CHAT_DEFAULTS: ChatOptions = {
  batchMs: 25,
  outboundBytesMax: 256 * 1024,
  messagesShown: 50,
  entriesInMemoryMax: 1000,
  resumeEntriesMax: 2000,
  depthEntriesMax: 100_000,
  nonceKeptMs: 5 * 60_000,
  noncesMax: 20_000,
  userPerSecond: 5,
  userBurst: 10,
  addressPerSecond: 50,
  addressBurst: 100,
  repeatsMax: 3,
  repeatMs: 30_000,
  limits: 'on',
  emptyRoomsMax: 200,
}

const PRESENCE_MS = 1000

/** The chat of all channels: rooms as they are needed, and every command on them. */
export class Chat {
  readonly moderation: Moderation
  readonly #deps: ChatDeps
  readonly #options: ChatOptions
  readonly #rates: SendRates
  /** In order of use, the latest last. */
  readonly #rooms = new Map<ChannelId, OpenRoom>()
  readonly #streams = new Map<ChannelId, StreamState>()
  readonly #stop = new AbortController()
  readonly #presence: Promise<void>

  constructor(deps: ChatDeps, options: ChatOptions) {
    this.#deps = deps
    const isFree = options.limits === 'off'
    this.#options = isFree ? { ...options, repeatsMax: Number.POSITIVE_INFINITY } : options
    this.#rates = new SendRates(deps.clock, options)
    this.moderation = new Moderation(deps)
    this.#presence = this.#tellPresence()
  }

  /**
   * The room of a channel, opened by whoever asks first.
   *
   * @throws ViblyError `chat.channel-missing`, `log.read-failed`, `log.closed`
   */
  async room(channelId: ChannelId): Promise<Room> {
    const open = this.#rooms.get(channelId) ?? this.#open(channelId)
    open.usedMs = this.#deps.clock.monotonicMs()
    this.#rooms.delete(channelId)
    this.#rooms.set(channelId, open)
    return await open.opening
  }

  /**
   * Lets a socket into a room. What it is given first is the history; a moderator also gets what
   * waits for one.
   */
  async join(room: Room, member: Member, since: Since | null): Promise<void> {
    await room.join(member, since)
    await this.moderation.greet(room, member)
  }

  /** Someone says a message in a channel, from `address`. Resolves when it is stored. */
  async say(
    room: Room,
    speaker: Speaker,
    message: Extract<ClientFrame, { readonly type: 'message' }>,
    address: string,
  ): Promise<Receipt> {
    if (speaker.scopes?.includes('chat:write') === false) throw new ViblyError('chat.scope-missing')
    this.#rates.check(speaker.userId, address)
    const { content, parent_id = null, nonce = null } = message
    return await room.say(speaker, { content, parentId: parent_id, nonce }, (held, parentId) =>
      this.moderation.hold(room, speaker, held, parentId),
    )
  }

  /** Does what a client's frame asks; the record it made, or null when it made none. */
  async command(
    room: Room,
    speaker: Speaker,
    frame: ClientFrame,
    address: string,
  ): Promise<Receipt | null> {
    const { moderation } = this
    switch (frame.type) {
      case 'message':
        return await this.say(room, speaker, frame, address)
      case 'announce':
        return await moderation.announce(room, speaker, frame.content)
      case 'delete':
        return await this.#delete(room, speaker, frame)
      case 'ban':
        return await moderation.ban(room, speaker, frame.user_id, {
          durationS: frame.duration_s ?? null,
          reason: frame.reason ?? '',
        })
      case 'unban':
        await moderation.unban(room, speaker, frame.user_id)
        return null
      case 'approve':
        return await moderation.approve(room, speaker, frame.id)
      case 'reject':
        await moderation.reject(room, speaker, frame.id)
        return null
      case 'settings': {
        await moderation.changeSettings(room, speaker, settingsChangeSchema.parse(frame))
        return null
      }
      default:
        return assertNever(frame)
    }
  }

  /** What is on air in a channel, from now on; everyone there is told. */
  setStream(channelId: ChannelId, stream: StreamState): void {
    if (stream.status === 'offline') this.#streams.delete(channelId)
    else this.#streams.set(channelId, stream)
    this.#rooms.get(channelId)?.room?.setStream(stream)
  }

  /** How many sockets are in a channel's chat. */
  memberCount(channelId: ChannelId): number {
    return this.#rooms.get(channelId)?.room?.memberCount ?? 0
  }

  /** Puts a system line into a channel's chat: went live, ended. */
  async notice(channelId: ChannelId, kind: string, content: string): Promise<Receipt> {
    return await this.moderation.notice(await this.room(channelId), kind, content)
  }

  /** Sends the owner's figures to their own sockets in their channel; nobody there: nothing. */
  tellHealth(channelId: ChannelId, health: object): void {
    const room = this.#rooms.get(channelId)?.room
    room?.tell(({ userId }) => userId === channelId, { ...health, type: 'health' })
  }

  /** The rules of a channel were changed by other means than the chat. */
  async reloadRules(channelId: ChannelId): Promise<void> {
    await this.#rooms.get(channelId)?.room?.reloadRules()
  }

  /** Ends all rooms; the sockets are closed by whoever opened them, before this. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#presence
    const rooms = await Promise.allSettled([...this.#rooms.values()].map(({ opening }) => opening))
    await Promise.all(rooms.map((one) => (one.status === 'fulfilled' ? one.value.close() : null)))
    this.#rooms.clear()
  }

  async #delete(
    room: Room,
    speaker: Speaker,
    frame: { readonly id?: MessageId | undefined; readonly user_id?: UserId | undefined },
  ): Promise<Receipt> {
    if (frame.id !== undefined) return await this.moderation.remove(room, speaker, frame.id)
    if (frame.user_id === undefined) throw new ViblyError('chat.frame-invalid', { field: 'id' })
    return await this.moderation.purge(room, speaker, frame.user_id)
  }

  #open(channelId: ChannelId): OpenRoom {
    const open: OpenRoom = { opening: this.#openRoom(channelId), room: null, usedMs: 0 }
    open.opening.then(
      (room) => {
        open.room = room
      },
      () => this.#rooms.delete(channelId),
    )
    return open
  }

  async #openRoom(channelId: ChannelId): Promise<Room> {
    if (!(await this.#deps.channelExists(channelId))) throw new ViblyError('chat.channel-missing')
    const room = await Room.open(channelId, this.#deps, this.#options)
    const stream = this.#streams.get(channelId)
    if (stream !== undefined) room.setStream(stream)
    return room
  }

  async #tellPresence(): Promise<void> {
    const { clock } = this.#deps
    const { signal } = this.#stop
    while (!signal.aborted) {
      for (const { room } of this.#rooms.values()) {
        if (room !== null && room.memberCount > 0) room.tellPresence()
      }
      await this.#forgetEmpty()
      await pause(clock, PRESENCE_MS, signal)
    }
  }

  /** Closes empty rooms while there are too many, but none that someone may be about to enter. */
  async #forgetEmpty(): Promise<void> {
    const oldEnoughMs = this.#deps.clock.monotonicMs() - EMPTY_MS_MIN
    const empty = [...this.#rooms].filter(([, { room }]) => room?.memberCount === 0)
    const excess = empty.slice(0, Math.max(0, empty.length - this.#options.emptyRoomsMax))
    for (const [channelId, { room, usedMs }] of excess) {
      if (usedMs > oldEnoughMs) continue
      this.#rooms.delete(channelId)
      await room?.close()
    }
  }
}

interface OpenRoom {
  readonly opening: Promise<Room>
  /** null: still opening. */
  room: Room | null
  /** When someone last asked for it, monotonic ms. */
  usedMs: number
}

/** Longer than any command takes that was given this room. */
const EMPTY_MS_MIN = 60_000
