import type { ChannelId, MessageId, UserId } from '../../src/base/index.ts'
import type { Speaker } from '../../src/chat/index.ts'

export const OWNER_ID = 'owner-0001' as UserId
/** The owner's channel: it has their id. */
export const CHANNEL_ID: ChannelId = OWNER_ID

/** A user made up from an id, old enough for everything. */
export function speakerOf(id: string, change: Partial<Speaker> = {}): Speaker {
  return {
    userId: asUser(id),
    username: id,
    displayName: id.toUpperCase(),
    role: 'user',
    createdAtMs: 0,
    scopes: null,
    ...change,
  }
}

export function asUser(id: string): UserId {
  return id as UserId
}

export function asMessage(id: string): MessageId {
  return id as MessageId
}
