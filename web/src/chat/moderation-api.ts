import { api } from '../api/session.ts'

/** A person as lists show them. */
export interface Person {
  readonly id: string
  readonly username: string
  readonly display_name: string
}

export interface Ban {
  readonly user: Person
  /** ISO 8601 UTC; null: for good. */
  readonly until: string | null
  readonly reason: string
}

/** How a chat is set, as its moderators see it. */
export interface ChatRules {
  readonly slow_mode_s: number
  readonly followers_only: boolean
  readonly followers_only_s: number
  readonly account_age_s: number
  readonly unique_messages: boolean
  readonly emotes_only: boolean
  readonly links_off: boolean
  readonly blocked_words: readonly string[]
  readonly hold_blocked: boolean
}

/** One step of moderation: who did what. Fields beyond these depend on the action. */
export interface ModerationStep {
  readonly seq: number
  readonly action: string
  readonly by: { readonly username: string }
  readonly reason?: string
  readonly content?: string
  readonly created_at: string
}

/** What moderators and owners ask of a channel by HTTP. All reject with `ApiError`. */
export class ModerationApi {
  readonly #base: string

  constructor(channelId: string) {
    this.#base = `/api/channels/${encodeURIComponent(channelId)}`
  }

  rules(): Promise<ChatRules> {
    return api.ask(`${this.#base}/chat/settings`)
  }

  async bans(): Promise<readonly Ban[]> {
    return (await api.ask<{ bans: readonly Ban[] }>(`${this.#base}/bans`)).bans
  }

  async moderators(): Promise<readonly Person[]> {
    const answer = await api.ask<{ moderators: readonly Person[] }>(`${this.#base}/moderators`)
    return answer.moderators
  }

  async setModerator(userId: string, change: 'add' | 'remove'): Promise<void> {
    const path = `${this.#base}/moderators/${encodeURIComponent(userId)}`
    await api.ask(path, { method: change === 'add' ? 'PUT' : 'DELETE' })
  }

  /** The latest steps of moderation, oldest first. */
  async steps(): Promise<readonly ModerationStep[]> {
    const answer = await api.ask<{ actions: readonly ModerationStep[] }>(
      `${this.#base}/chat/actions?limit=100`,
    )
    return answer.actions
  }

  async putEmote(name: string, picture: Blob): Promise<void> {
    await api.ask(this.#emotePath(name), { method: 'PUT', file: picture })
  }

  async removeEmote(name: string): Promise<void> {
    await api.ask(this.#emotePath(name), { method: 'DELETE' })
  }

  /** Where the owner takes away everything that was said. */
  exportUrl(format: 'json' | 'text'): string {
    return `${this.#base}/chat/export?format=${format}`
  }

  #emotePath(name: string): string {
    return `${this.#base}/emotes/${encodeURIComponent(name)}`
  }
}
