import { api } from '../api/session.ts'
import type {
  AdminBroadcast,
  AdminServer,
  AdminStorage,
  AdminUser,
  AdminUserPage,
  InviteLink,
  RegistrationMode,
  RegistrationState,
} from '../api/wire.ts'

/** A link of this server that lets somebody do something; shown once. */
export interface OneTimeLink {
  readonly path: string
  readonly expires_at: string
}

/** What administrators ask of the HTTP API. All reject with `ApiError`. */
export const adminApi = {
  users: (words: string, cursor: string | null): Promise<AdminUserPage> => {
    const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    return api.ask(`/api/admin/users?limit=50&q=${encodeURIComponent(words)}${after}`)
  },

  changeUser: (
    id: string,
    change: { readonly role?: 'user' | 'admin'; readonly disabled?: boolean },
  ): Promise<AdminUser> =>
    api.ask(`/api/admin/users/${encodeURIComponent(id)}`, { method: 'PATCH', body: change }),

  resetLink: (id: string): Promise<OneTimeLink> =>
    api.ask(`/api/admin/users/${encodeURIComponent(id)}/reset-link`, { method: 'POST' }),

  broadcasts: async (signal: AbortSignal): Promise<readonly AdminBroadcast[]> => {
    const answer = await api.ask<{ broadcasts: readonly AdminBroadcast[] }>(
      '/api/admin/broadcasts',
      { signal },
    )
    return answer.broadcasts
  },

  stopBroadcast: (channelId: string): Promise<void> =>
    api.ask(`/api/admin/broadcasts/${encodeURIComponent(channelId)}`, { method: 'DELETE' }),

  registration: (): Promise<RegistrationState> => api.ask('/api/admin/registration'),

  setRegistration: (registration: RegistrationMode): Promise<RegistrationState> =>
    api.ask('/api/admin/registration', { method: 'PUT', body: { registration } }),

  invite: (wish: {
    readonly uses: number
    readonly days: number
    readonly note: string
  }): Promise<InviteLink> => api.ask('/api/admin/invites', { method: 'POST', body: wish }),

  revokeInvite: (id: string): Promise<void> =>
    api.ask(`/api/admin/invites/${encodeURIComponent(id)}`, { method: 'DELETE' }),

  server: (signal: AbortSignal): Promise<AdminServer> => api.ask('/api/admin/server', { signal }),

  storage: (): Promise<AdminStorage> => api.ask('/api/admin/storage'),
} as const
