import { z } from 'zod'
import { type ChannelId, isId, type UserId, ViblyError } from '../../base/index.ts'
import {
  findBlocked,
  foldText,
  hasLink,
  isEmotesOnly,
  type Settings,
  type SettingsChange,
  type Speaker,
  settingsChangeSchema,
} from '../messages/index.ts'
import type { LastWords } from './senders.ts'

/** Who may not speak: for good (`untilMs` null) or until a wall-clock time. */
export interface Ban {
  readonly user_id: UserId
  readonly until_ms: number | null
  readonly reason: string
  readonly by: UserId
  readonly created_at: string
}

/** All that moderators decided about one channel. Kept with the channel's settings. */
export interface Rules {
  readonly settings: Settings
  readonly moderators: readonly UserId[]
  readonly bans: readonly Ban[]
}

export const BANS_MAX = 1000
export const MODERATORS_MAX = 100

const DEFAULTS: Settings = {
  slow_mode_s: 0,
  followers_only: false,
  followers_only_s: 0,
  account_age_s: 0,
  unique_messages: false,
  emotes_only: false,
  links_off: false,
  blocked_words: [],
  hold_blocked: false,
}

const user = z.custom<UserId>(isId)
const banSchema = z.object({
  user_id: user,
  until_ms: z.number().nullable(),
  reason: z.string(),
  by: user,
  created_at: z.string(),
})

/**
 * The rules as stored beside a channel's other settings. A setting that cannot be read counts as
 * not set: a chat with a default is better than none.
 */
export function parseRules(stored: Readonly<Record<string, unknown>>): Rules {
  const known = Object.entries(settingsChangeSchema.shape).flatMap(([name, schema]) => {
    const value: unknown = Object.hasOwn(stored, name) ? stored[name] : undefined
    return value !== undefined && schema.safeParse(value).success ? [[name, value]] : []
  })
  const settings = given(settingsChangeSchema.parse(Object.fromEntries(known)))
  const moderators = z.array(user).max(MODERATORS_MAX).safeParse(stored['moderators'])
  const bans = z.array(banSchema).max(BANS_MAX).safeParse(stored['bans'])
  return {
    settings: { ...DEFAULTS, ...settings },
    moderators: moderators.success ? moderators.data : [],
    bans: bans.success ? bans.data : [],
  }
}

/** The same, as it is stored. */
export function formatRules({ settings, moderators, bans }: Rules): Record<string, unknown> {
  return { ...settings, moderators: [...moderators], bans: [...bans] }
}

/** What someone is in a channel, in the order in which badges are shown. */
export function rolesOf(speaker: Speaker, channelId: ChannelId, rules: Rules): readonly string[] {
  return [
    ...(speaker.userId === channelId ? ['owner'] : []),
    ...(speaker.role === 'admin' ? ['admin'] : []),
    ...(rules.moderators.includes(speaker.userId) ? ['moderator'] : []),
    ...(speaker.scopes === null ? [] : ['bot']),
  ]
}

/** Owner, administrators and moderators; a bot of theirs only with the scope. [W32] */
export function mayModerate(speaker: Speaker, channelId: ChannelId, rules: Rules): boolean {
  const isAllowed = speaker.scopes === null || speaker.scopes.includes('channel:moderate')
  return isAllowed && isStaff(speaker, channelId, rules)
}

function isStaff(speaker: Speaker, channelId: ChannelId, rules: Rules): boolean {
  return (
    speaker.userId === channelId ||
    speaker.role === 'admin' ||
    rules.moderators.includes(speaker.userId)
  )
}

/**
 * Refuses who is banned, at every message anew. [W32]
 *
 * @throws ViblyError `chat.banned`, `chat.timed-out`
 */
export function checkBan(userId: UserId, rules: Rules, nowMs: number): void {
  const ban = banOf(userId, rules, nowMs)
  if (ban === null) return
  if (ban.until_ms === null) throw new ViblyError('chat.banned')
  const retryAfterMs = ban.until_ms - nowMs
  throw new ViblyError('chat.timed-out', { seconds: Math.ceil(retryAfterMs / 1000), retryAfterMs })
}

/** The ban of a user that is in force; null: they may speak. */
export function banOf(userId: UserId, { bans }: Rules, nowMs: number): Ban | null {
  const ban = bans.find(({ user_id }) => user_id === userId)
  return ban === undefined || isOver(ban, nowMs) ? null : ban
}

function isOver({ until_ms }: Ban, nowMs: number): boolean {
  return until_ms !== null && until_ms <= nowMs
}

/** What is known of a chatter besides the message itself. */
export interface Circumstances {
  readonly nowMs: number
  /** What they last said here, same clock; null: nothing lately. */
  readonly last: LastWords | null
  /** The same words by the same user are taken so many times in a row within `repeatMs`. */
  readonly repeatsMax: number
  readonly repeatMs: number
  /** Since when they follow the channel, ms since 1970; null: they do not. */
  readonly followedSinceMs: number | null
  /** Whether the same text stands among the latest messages of the channel. */
  readonly isRepeated: boolean
}

/**
 * Whether a message may be said: `say`, or `hold` for moderators to decide. Owner, administrators
 * and moderators are free of all of it.
 *
 * @throws ViblyError with the rule that refuses it.
 */
export function decideMessage(
  speaker: Speaker,
  content: string,
  channelId: ChannelId,
  rules: Rules,
  at: Circumstances,
): 'say' | 'hold' {
  if (isStaff(speaker, channelId, rules)) return 'say'
  checkBan(speaker.userId, rules, at.nowMs)
  const { settings } = rules
  checkAge(speaker, settings, at)
  checkContent(content, settings, at)
  const slowMs = settings.slow_mode_s * 1000
  const waitMs = at.last === null ? 0 : at.last.atMs + slowMs - at.nowMs
  if (waitMs > 0) {
    throw new ViblyError('chat.slow-mode', { seconds: settings.slow_mode_s, retryAfterMs: waitMs })
  }
  if (findBlocked(content, settings.blocked_words) === null) return 'say'
  if (settings.hold_blocked) return 'hold'
  throw new ViblyError('chat.word-blocked')
}

function checkAge(speaker: Speaker, settings: Rules['settings'], at: Circumstances): void {
  const oldEnoughMs = speaker.createdAtMs + settings.account_age_s * 1000
  if (oldEnoughMs > at.nowMs) {
    throw new ViblyError('chat.account-too-new', { retryAfterMs: oldEnoughMs - at.nowMs })
  }
  if (!settings.followers_only) return
  if (at.followedSinceMs === null) throw new ViblyError('chat.followers-only')
  const longEnoughMs = at.followedSinceMs + settings.followers_only_s * 1000
  if (longEnoughMs > at.nowMs) {
    throw new ViblyError('chat.followers-only', { retryAfterMs: longEnoughMs - at.nowMs })
  }
}

function checkContent(content: string, settings: Rules['settings'], at: Circumstances): void {
  if (settings.emotes_only && !isEmotesOnly(content)) throw new ViblyError('chat.emotes-only')
  if (settings.links_off && hasLink(content)) throw new ViblyError('chat.links-off')
  if (settings.unique_messages && at.isRepeated) throw new ViblyError('chat.not-unique')
  const { last } = at
  if (last === null || last.key !== foldText(content) || last.times < at.repeatsMax) return
  const retryAfterMs = last.atMs + at.repeatMs - at.nowMs
  if (retryAfterMs > 0) throw new ViblyError('chat.repeated', { retryAfterMs })
}

/** The bans that are not over, oldest first. */
export function bansInForce({ bans }: Rules, nowMs: number): readonly Ban[] {
  return bans.filter((ban) => !isOver(ban, nowMs))
}

/** The rules with one more ban; an older one of the same user goes, as do those that are over. */
export function addBan(rules: Rules, ban: Ban, nowMs: number): Rules {
  const others = bansInForce(rules, nowMs).filter(({ user_id }) => user_id !== ban.user_id)
  if (others.length >= BANS_MAX) throw new ViblyError('chat.rules-full', { countMax: BANS_MAX })
  return { ...rules, bans: [...others, ban] }
}

/** The rules without the ban of this user; the same where there is none. */
export function removeBan(rules: Rules, userId: UserId): Rules {
  return { ...rules, bans: rules.bans.filter(({ user_id }) => user_id !== userId) }
}

/**
 * The rules with one more moderator; who is one already becomes the newest.
 *
 * @throws ViblyError `chat.rules-full`.
 */
export function addModerator(rules: Rules, userId: UserId): Rules {
  const others = rules.moderators.filter((id) => id !== userId)
  if (others.length >= MODERATORS_MAX) {
    throw new ViblyError('chat.rules-full', { countMax: MODERATORS_MAX })
  }
  return { ...rules, moderators: [...others, userId] }
}

/** The rules without this moderator; the same where they are none. */
export function removeModerator(rules: Rules, userId: UserId): Rules {
  return { ...rules, moderators: rules.moderators.filter((id) => id !== userId) }
}

export function changeSettings(rules: Rules, change: SettingsChange): Rules {
  return { ...rules, settings: { ...rules.settings, ...given(change) } }
}

/** Without what is left out. */
function given(change: SettingsChange): Partial<Settings> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}
