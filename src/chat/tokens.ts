import { randomBytes } from 'node:crypto'
import {
  type Clock,
  createId,
  digestOf,
  formatTime,
  Secret,
  type UserId,
  ViblyError,
} from '../base/index.ts'
import type { Records } from '../ports/index.ts'
import type { BotScope, BotTokenRecord } from './collections.ts'

const TOKENS_MAX = 20
const TOKEN = /^vibly_bot_[A-Za-z0-9_-]{43}$/

/** A token as its owner sees it in a list: never the token itself. */
export type BotToken = Omit<BotTokenRecord, 'token_digest' | 'user_id'>

/**
 * Personal access tokens for programs: 256 random bits, shown once, stored as a digest, revocable
 * at any time, good only for their scopes.
 */
export class BotTokens {
  readonly #records: Records<BotTokenRecord>
  readonly #clock: Clock
  readonly #listeners = new Set<(tokenId: string, userId: UserId) => void>()

  constructor(records: Records<BotTokenRecord>, clock: Clock) {
    this.#records = records
    this.#clock = clock
  }

  /** @throws ViblyError `chat.tokens-full` */
  async create(
    userId: UserId,
    name: string,
    scopes: readonly BotScope[],
  ): Promise<{ readonly token: Secret; readonly about: BotToken }> {
    const own = await this.#records.find('user_id', userId, TOKENS_MAX)
    if (own.length >= TOKENS_MAX) throw new ViblyError('chat.tokens-full', { countMax: TOKENS_MAX })
    const token = `vibly_bot_${randomBytes(32).toString('base64url')}`
    const about = {
      id: createId<UserId>(),
      name,
      scopes: [...new Set(scopes)],
      created_at: formatTime(this.#clock.nowMs()),
    }
    await this.#records.put({ ...about, user_id: userId, token_digest: digestOf(token) }, 0)
    return { token: new Secret(token), about }
  }

  async list(userId: UserId): Promise<readonly BotToken[]> {
    const own = await this.#records.find('user_id', userId, TOKENS_MAX)
    return own.map(({ value: { id, name, scopes, created_at } }) => ({
      id,
      name,
      scopes,
      created_at,
    }))
  }

  /** Ends a token of this user; false: they have none with this id. */
  async revoke(userId: UserId, id: string): Promise<boolean> {
    const stored = await this.#records.get(id)
    if (stored === null || stored.value.user_id !== userId) return false
    const isGone = await this.#records.remove(id, stored.version)
    if (isGone) for (const listener of this.#listeners) listener(id, userId)
    return isGone
  }

  /** Tells at once when a token is revoked, so that what was opened with it is closed. [W30] */
  onRevoked(listener: (tokenId: string, userId: UserId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * To be called when a user may do nothing any more: what their tokens opened is closed at once.
   */
  async silence(userId: UserId): Promise<void> {
    for (const { id } of await this.list(userId)) {
      for (const listener of this.#listeners) listener(id, userId)
    }
  }

  /** Whether a token that was good is good still. */
  async isActive(id: string): Promise<boolean> {
    return (await this.#records.get(id)) !== null
  }

  /** Whose token this is and what it allows; null: nobody's. */
  async find(token: string): Promise<FoundToken | null> {
    if (!TOKEN.test(token)) return null
    const [stored] = await this.#records.find('token_digest', digestOf(token), 1)
    if (stored === undefined) return null
    const { id, user_id: userId, scopes } = stored.value
    return { id, userId, scopes }
  }
}

/** A token that was shown, as far as it matters: never the token itself. */
export interface FoundToken {
  readonly id: string
  readonly userId: UserId
  readonly scopes: readonly BotScope[]
}
