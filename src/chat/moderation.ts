import {
  type Clock,
  formatTime,
  type Logger,
  type MessageId,
  parseJson,
  type UserId,
  ViblyError,
} from '../base/index.ts'
import type { Log } from '../ports/index.ts'
import type { Member } from './hub.ts'
import { type HeldMessage, HeldMessages } from './log/index.ts'
import {
  cleanContent,
  createMessageId,
  encodeJsonFrame,
  type Settings,
  type SettingsChange,
  type Speaker,
} from './messages/index.ts'
import type { Room } from './room.ts'
import {
  addBan,
  addModerator,
  bansInForce,
  changeSettings,
  type Receipt,
  removeBan,
  removeModerator,
} from './rules/index.ts'

export interface ModerationDeps {
  /** One topic a channel: what moderators did, for its owner. */
  readonly moderationLog: Log
  readonly clock: Clock
  readonly logger: Logger
  /** Someone by id, as they are now; null: there is no such account. */
  speaker(userId: UserId): Promise<Speaker | null>
}

export interface NamedUser {
  readonly id: UserId
  readonly username: string
  readonly display_name: string
}

export interface BannedUser {
  readonly user: NamedUser
  /** ISO 8601 UTC; null: for good. */
  readonly until: string | null
  readonly reason: string
  readonly created_at: string
}

/**
 * What moderators may do in a channel, from the chat or by API: each call checks that the one who
 * asks is one, does it, and writes it into the channel's log of moderation. [W32]
 *
 * Every method throws ViblyError `chat.not-moderator` when they are not.
 */
export class Moderation {
  readonly #deps: ModerationDeps
  readonly #held: HeldMessages

  constructor(deps: ModerationDeps) {
    this.#deps = deps
    this.#held = new HeldMessages(deps.moderationLog)
  }

  /**
   * Takes one message out of every history. Its author may do that too. Once more is no error and
   * stores nothing.
   *
   * @throws ViblyError `chat.message-missing`
   */
  async remove(room: Room, by: Speaker, messageId: MessageId): Promise<Receipt> {
    const line = await room.find(messageId)
    if (line === null || line.record.type !== 'message')
      throw new ViblyError('chat.message-missing')
    const { user } = line.record
    const isOwn = user.id === by.userId && by.scopes?.includes('chat:write') !== false
    if (!isOwn) this.#check(room, by)
    const receipt = await room.post('delete', { target_id: messageId, by: by.userId })
    await this.#note(room, by, 'delete', { target_id: messageId, user_id: user.id })
    return receipt
  }

  /** Takes everything that a user has said so far out of every history. */
  async purge(room: Room, by: Speaker, userId: UserId): Promise<Receipt> {
    this.#check(room, by)
    const receipt = await room.post('delete', { user_id: userId, by: by.userId })
    await this.#note(room, by, 'purge', { user_id: userId })
    return receipt
  }

  /**
   * Silences a user, for `durationS` seconds or for good, and purges what they said.
   *
   * @throws ViblyError `chat.target-protected` when they are the owner, an administrator, or a
   *   moderator and the one who asks is not the owner.
   */
  async ban(
    room: Room,
    by: Speaker,
    userId: UserId,
    terms: { readonly durationS: number | null; readonly reason: string },
  ): Promise<Receipt> {
    this.#check(room, by)
    await this.#checkTarget(room, by, userId)
    const nowMs = this.#deps.clock.nowMs()
    const ban = {
      user_id: userId,
      until_ms: terms.durationS === null ? null : nowMs + terms.durationS * 1000,
      reason: terms.reason,
      by: by.userId,
      created_at: formatTime(nowMs),
    }
    await room.changeRules((rules) => removeModerator(addBan(rules, ban, nowMs), userId))
    const receipt = await this.purge(room, by, userId)
    const isTimeout = terms.durationS !== null
    await this.#note(room, by, isTimeout ? 'timeout' : 'ban', {
      user_id: userId,
      reason: terms.reason,
      ...(isTimeout && { duration_s: terms.durationS }),
    })
    return receipt
  }

  async unban(room: Room, by: Speaker, userId: UserId): Promise<void> {
    this.#check(room, by)
    await room.changeRules((rules) => removeBan(rules, userId))
    await this.#note(room, by, 'unban', { user_id: userId })
  }

  /** Names a moderator, or takes that back. The owner alone may, and administrators. */
  async setModerator(
    room: Room,
    by: Speaker,
    userId: UserId,
    change: 'add' | 'remove',
  ): Promise<void> {
    this.#check(room, by)
    if (!isOwner(room, by)) throw new ViblyError('chat.not-moderator')
    if (change === 'add' && (await this.#deps.speaker(userId)) === null) {
      throw new ViblyError('chat.user-missing')
    }
    await room.changeRules((rules) =>
      change === 'add' ? addModerator(rules, userId) : removeModerator(rules, userId),
    )
    await this.#note(room, by, `moderator-${change}`, { user_id: userId })
  }

  /** Changes settings; a change of slow mode is told to all as a notice. */
  async changeSettings(room: Room, by: Speaker, change: SettingsChange): Promise<void> {
    this.#check(room, by)
    const before = room.rules.settings.slow_mode_s
    const { settings } = await room.changeRules((rules) => changeSettings(rules, change))
    await this.#note(room, by, 'settings', { settings: change })
    const seconds = settings.slow_mode_s
    if (seconds === before) return
    const content =
      seconds === 0 ? 'Slow mode is off.' : `Slow mode is on: one message in ${seconds} seconds.`
    await this.notice(room, seconds === 0 ? 'slow_mode_off' : 'slow_mode_on', content)
  }

  /** Says something to everyone in the channel's own name. */
  async announce(room: Room, by: Speaker, content: string): Promise<Receipt> {
    this.#check(room, by)
    return await this.notice(room, 'announcement', cleanContent(content))
  }

  notice(room: Room, kind: string, content: string): Promise<Receipt> {
    return room.post('notice', { kind, content })
  }

  /**
   * Keeps a message for moderators to decide on, and shows it to those who are there. It stands in
   * the log of moderation, so that it outlives a restart, and not in the chat's, which anyone may
   * read.
   */
  async hold(room: Room, by: Speaker, content: string, parentId: string | null): Promise<void> {
    const id = createMessageId(0)
    const user = { id: by.userId, username: by.username }
    await this.#held.load(room.channelId)
    await this.#note(room, by, 'held', { target_id: id, content, parent_id: parentId })
    this.#held.add(room.channelId, { id, user, content, parentId })
    room.tellModerators(heldFrame({ id, user, content, parentId }))
  }

  /** Shows what waits to someone who has just come, if they are a moderator. */
  async greet(room: Room, member: Member): Promise<void> {
    if (member.speaker === null || !room.mayModerate(member.speaker)) return
    for (const message of await this.#held.list(room.channelId)) {
      member.send(encodeJsonFrame(heldFrame(message)))
    }
  }

  async held(room: Room, by: Speaker): Promise<readonly HeldMessage[]> {
    this.#check(room, by)
    return await this.#held.list(room.channelId)
  }

  /**
   * Lets a held message be said, by its author, now. It is gone from those that wait once it is
   * stored: a crash in between leaves it there, and its nonce keeps it from being said twice.
   *
   * @throws ViblyError `chat.message-missing`
   */
  async approve(room: Room, by: Speaker, id: MessageId): Promise<Receipt> {
    this.#check(room, by)
    const message = await this.#held.take(room.channelId, id)
    try {
      const author = await this.#deps.speaker(message.user.id)
      if (author === null) throw new ViblyError('chat.user-missing')
      const receipt = await room.sayApproved(author, message)
      await this.#note(room, by, 'approve', { target_id: id, user_id: author.userId })
      room.tellModerators({ type: 'decided', id })
      return receipt
    } catch (thrown) {
      this.#held.add(room.channelId, message)
      throw thrown
    }
  }

  async reject(room: Room, by: Speaker, id: MessageId): Promise<void> {
    this.#check(room, by)
    const message = await this.#held.take(room.channelId, id)
    try {
      await this.#note(room, by, 'reject', { target_id: id, user_id: message.user.id })
    } catch (thrown) {
      this.#held.add(room.channelId, message)
      throw thrown
    }
    room.tellModerators({ type: 'decided', id })
  }

  /** How the chat is set, with the words that are blocked. */
  settings(room: Room, by: Speaker): Settings {
    this.#check(room, by)
    return room.rules.settings
  }

  /** Who may not write at the moment, the latest last. */
  async bans(room: Room, by: Speaker): Promise<readonly BannedUser[]> {
    this.#check(room, by)
    const bans = bansInForce(room.rules, this.#deps.clock.nowMs())
    return await Promise.all(
      bans.map(async ({ user_id, until_ms, reason, created_at }) => ({
        user: await this.#name(user_id),
        until: until_ms === null ? null : formatTime(until_ms),
        reason,
        created_at,
      })),
    )
  }

  async moderators(room: Room, by: Speaker): Promise<readonly NamedUser[]> {
    this.#check(room, by)
    return await Promise.all(room.rules.moderators.map((id) => this.#name(id)))
  }

  /** What was done in a channel, newest last: its owner's to read, and its moderators'. */
  async actions(room: Room, by: Speaker, before: number, countMax: number): Promise<unknown[]> {
    this.#check(room, by)
    const entries = await this.#deps.moderationLog.read(room.channelId, { before }, countMax)
    return entries.map(({ bytes }) => parseJson(bytes))
  }

  #check(room: Room, by: Speaker): void {
    if (!room.mayModerate(by)) throw new ViblyError('chat.not-moderator')
  }

  async #checkTarget(room: Room, by: Speaker, userId: UserId): Promise<void> {
    const target = await this.#deps.speaker(userId)
    if (target === null) throw new ViblyError('chat.user-missing')
    const isModerator = room.rules.moderators.includes(userId)
    const isProtected =
      isOwner(room, target) || (isModerator && !isOwner(room, by)) || userId === by.userId
    if (isProtected) throw new ViblyError('chat.target-protected')
  }

  /** A user as people know them; whose account is gone has only an id. */
  async #name(id: UserId): Promise<NamedUser> {
    const speaker = await this.#deps.speaker(id)
    const { username = id, displayName = id } = speaker ?? {}
    return { id, username, display_name: displayName }
  }

  async #note(room: Room, by: Speaker, action: string, facts: object): Promise<void> {
    const { clock, moderationLog } = this.#deps
    await moderationLog.append(room.channelId, () => {
      const created_at = formatTime(clock.nowMs())
      const actor = { id: by.userId, username: by.username }
      return JSON.stringify({ type: 'moderation', action, by: actor, ...facts, created_at })
    })
  }
}

function heldFrame({ id, user, content }: HeldMessage): object {
  return { type: 'held', id, user, content }
}

function isOwner(room: Room, speaker: Speaker): boolean {
  return speaker.userId === room.channelId || speaker.role === 'admin'
}
