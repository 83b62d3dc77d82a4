import { type ChannelId, isId, type UserId, ViblyError } from '../../base/index.ts'

/**
 * The user, and so the channel, that an address names.
 *
 * @throws ViblyError `accounts.not-found` when it can be nobody's.
 */
export function asUserId(text: string): UserId & ChannelId {
  if (!isId<UserId & ChannelId>(text)) throw new ViblyError('accounts.not-found')
  return text
}
