import { createHash, randomBytes } from 'node:crypto'
import { type Clock, createId, formatTime, Secret, type UserId, ViblyError } from '../base/index.ts'
import type { Records } from '../ports/index.ts'
import type { BotScope, BotTokenRecord } from './collections.ts'

const TOKENS_MAX = 20
const TOKEN = /^vibly_bot_[A-Za-z0-9_-]{43}$/

/** A token as its owner sees it in a list: never the token itself. */
export type BotToken = Omit<BotTokenRecord, 'token_digest' | 'user_id'>

/**
 * Personal access tokens for programs: 256 random bits, shown once, stored as a digest, revocable at
 * any time, good only for their scopes.
 */
export class BotTokens {
  readonly #records: Records<BotTokenRecord>
  readonly #clock: Clock

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
    return await this.#records.remove(id, stored.version)
  }

  /** Whose token this is and what it allows; null: nobody's. */
  async find(
    token: string,
  ): Promise<{ readonly userId: UserId; readonly scopes: readonly BotScope[] } | null> {
    if (!TOKEN.test(token)) return null
    const [stored] = await this.#records.find('token_digest', digestOf(token), 1)
    return stored === undefined
      ? null
      : { userId: stored.value.user_id, scopes: stored.value.scopes }
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
