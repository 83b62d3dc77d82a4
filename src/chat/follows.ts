import { type ChannelId, type Clock, formatTime, type UserId, ViblyError } from '../base/index.ts'
import type { Records } from '../ports/index.ts'
import type { FollowRecord } from './collections.ts'

/** Channels one user may follow. */
const FOLLOWED_MAX = 2000
/** A channel with more followers says so many. */
const COUNTED_MAX = 1_000_000

/** Who follows which channel, since when. */
export class Follows {
  readonly #records: Records<FollowRecord>
  readonly #clock: Clock

  constructor(records: Records<FollowRecord>, clock: Clock) {
    this.#records = records
    this.#clock = clock
  }

  /** Follows, or goes on following. @throws ViblyError `chat.follows-full` */
  async follow(channelId: ChannelId, userId: UserId): Promise<void> {
    const id = idOf(channelId, userId)
    if ((await this.#records.get(id)) !== null) return
    const followed = await this.#records.find('user_id', userId, FOLLOWED_MAX)
    if (followed.length >= FOLLOWED_MAX) {
      throw new ViblyError('chat.follows-full', { countMax: FOLLOWED_MAX })
    }
    const created_at = formatTime(this.#clock.nowMs())
    // Says false when somebody else made it meanwhile, which is just as well.
    await this.#records.put({ id, channel_id: channelId, user_id: userId, created_at }, 0)
  }

  async unfollow(channelId: ChannelId, userId: UserId): Promise<void> {
    const stored = await this.#records.get(idOf(channelId, userId))
    if (stored !== null) await this.#records.remove(stored.value.id, stored.version)
  }

  /** ms since 1970; null: they do not. */
  async sinceMs(channelId: ChannelId, userId: UserId): Promise<number | null> {
    const stored = await this.#records.get(idOf(channelId, userId))
    return stored === null ? null : Date.parse(stored.value.created_at)
  }

  /** The channels that someone follows, the latest first. */
  async followedBy(userId: UserId): Promise<readonly ChannelId[]> {
    const stored = await this.#records.find('user_id', userId, FOLLOWED_MAX)
    return stored.map(({ value }) => value.channel_id).reverse()
  }

  async count(channelId: ChannelId): Promise<number> {
    return (await this.#records.find('channel_id', channelId, COUNTED_MAX)).length
  }
}

function idOf(channelId: ChannelId, userId: UserId): string {
  return `${channelId}:${userId}`
}
