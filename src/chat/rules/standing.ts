import type { ChannelId, UserId } from '../../base/index.ts'
import type { Settings, Speaker } from '../messages/index.ts'
import { type Ban, banOf, mayModerate, type Rules, rolesOf } from './rules.ts'

/**
 * `settings`: how the chat is set, to everyone. Which words are blocked is the moderators' alone.
 */
export type SettingsFrame = { readonly type: 'settings' } & Omit<
  Settings,
  'blocked_words' | 'hold_blocked'
>

/** `you`: what the one who reads may do in this channel. */
export interface YouFrame {
  readonly type: 'you'
  readonly user: {
    readonly id: UserId
    readonly username: string
    readonly display_name: string
    readonly roles: readonly string[]
  }
  readonly may_moderate: boolean
  /** false: banned, for good or, with `retry_after_ms`, for so long. */
  readonly may_write: boolean
  readonly retry_after_ms?: number
}

/** What everyone may know of how a chat is set. */
export function settingsFrame(settings: Settings): SettingsFrame {
  const { blocked_words, hold_blocked, ...told } = settings
  return { type: 'settings', ...told }
}

/** What somebody may do in a channel at `nowMs` (since 1970). */
export function youFrame(
  speaker: Speaker,
  channelId: ChannelId,
  rules: Rules,
  nowMs: number,
): YouFrame {
  const ban = banOf(speaker.userId, rules, nowMs)
  return {
    type: 'you',
    user: {
      id: speaker.userId,
      username: speaker.username,
      display_name: speaker.displayName,
      roles: rolesOf(speaker, channelId, rules),
    },
    may_moderate: mayModerate(speaker, channelId, rules),
    may_write: ban === null && speaker.scopes?.includes('chat:write') !== false,
    ...(typeof ban?.until_ms === 'number' && { retry_after_ms: ban.until_ms - nowMs }),
  }
}

/** Whose standing differs between the two: moderators that came or went, bans that did. */
export function concernedBy(before: Rules, after: Rules): ReadonlySet<UserId> {
  const moderators = outsideOfBoth(new Set(before.moderators), new Set(after.moderators))
  const bans = outsideOfBoth(new Set(before.bans), new Set(after.bans))
  return new Set([...moderators, ...bans.map((ban: Ban) => ban.user_id)])
}

/** What is in one of them only. */
function outsideOfBoth<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): T[] {
  return [...one].filter((is) => !other.has(is)).concat([...other].filter((is) => !one.has(is)))
}
