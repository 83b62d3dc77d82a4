import { api } from '../api/session.ts'
import type { Broadcast, BroadcastPage, ChannelDetails, Health, User } from '../api/wire.ts'

/** A token for a program as its owner sees it in a list. */
export interface AccessToken {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly created_at: string
}

export const SCOPES = ['chat:read', 'chat:write', 'channel:moderate'] as const

export type Visibility = Broadcast['visibility']

/** What only the studio asks of the HTTP API. All reject with `ApiError`. */
export const studioApi = {
  health: (signal: AbortSignal): Promise<Health> => api.ask('/api/me/health', { signal }),

  saveChannel: (
    id: string,
    change: { readonly title: string; readonly description: string },
  ): Promise<ChannelDetails> => api.ask(channelPath(id), { method: 'PATCH', body: change }),

  /** Newest first, those that others do not see too. */
  broadcasts: (channelId: string, cursor: string | null): Promise<BroadcastPage> => {
    const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    return api.ask(`${channelPath(channelId)}/broadcasts?show=all&limit=20${after}`)
  },

  changeBroadcast: (
    id: string,
    change: { readonly title?: string; readonly visibility?: Visibility },
  ): Promise<Broadcast> => api.ask(broadcastPath(id), { method: 'PATCH', body: change }),

  deleteBroadcast: (id: string): Promise<void> => api.ask(broadcastPath(id), { method: 'DELETE' }),

  saveName: (display_name: string): Promise<User> =>
    api.ask('/api/me', { method: 'PATCH', body: { display_name } }),

  /** All other sessions end. */
  changePassword: (current_password: string, password: string): Promise<User> =>
    api.ask('/api/me', { method: 'PATCH', body: { current_password, password } }),

  /** Ends every session, this one too. */
  signOutEverywhere: (): Promise<void> => api.ask('/api/me/sessions', { method: 'DELETE' }),

  tokens: async (): Promise<readonly AccessToken[]> => {
    return (await api.ask<{ tokens: readonly AccessToken[] }>('/api/me/tokens')).tokens
  },

  createToken: (
    name: string,
    scopes: readonly string[],
  ): Promise<AccessToken & { readonly token: string }> =>
    api.ask('/api/me/tokens', { method: 'POST', body: { name, scopes } }),

  revokeToken: (id: string): Promise<void> =>
    api.ask(`/api/me/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' }),
} as const

function channelPath(id: string): string {
  return `/api/channels/${encodeURIComponent(id)}`
}

function broadcastPath(id: string): string {
  return `/api/broadcasts/${encodeURIComponent(id)}`
}
