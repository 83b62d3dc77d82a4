import type { ChatLine } from '../../../client/index.ts'
import { api } from '../api/session.ts'

/**
 * Up to 50 lines of a channel before a number, oldest first. Rejects with `ApiError`, as the
 * others.
 */
export async function linesBefore(channelId: string, seq: number): Promise<readonly ChatLine[]> {
  const path = `/api/channels/${encodeURIComponent(channelId)}/messages?limit=50&before=${seq}`
  return (await api.ask<{ messages: readonly ChatLine[] }>(path)).messages
}

/** The pictures of a channel: address by name. */
export async function emotesOf(channelId: string): Promise<ReadonlyMap<string, string>> {
  const path = `/api/channels/${encodeURIComponent(channelId)}/emotes`
  const { emotes } = await api.ask<{ emotes: readonly { name: string; url: string }[] }>(path)
  return new Map(emotes.map(({ name, url }) => [name, url]))
}
