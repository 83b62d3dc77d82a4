import {
  type Clock,
  createId,
  digestOf,
  formatTime,
  type Logger,
  type UserId,
  ViblyError,
} from '../../base/index.ts'
import type { Records } from '../../ports/index.ts'
import {
  changeRecord,
  createRecordToken,
  isEqualDigest,
  recordIdOf,
  removeRecord,
  type SessionRecord,
} from '../records/index.ts'

/** Sign-ins one user can have at once; one more ends the oldest. */
const SESSIONS_PER_USER_MAX = 50
/**
 * Two tabs of one browser may refresh with the same cookie at once; the second is no thief. Within
 * this time the same old token is answered with the same new one.
 */
const DOUBLE_SUBMIT_MS = 10_000
/**
 * Rotations remembered for that; beyond, the oldest is forgotten and its double is taken for a
 * thief.
 */
const ROTATIONS_MAX = 10_000
const PAGE = 500

export interface SessionOptions {
  /** ms without a refresh after which a session is over. [W13] */
  readonly sessionIdleMsMax: number
  /** ms after sign-in at which a session is over, however busy. [W13] */
  readonly sessionAgeMsMax: number
}

/** A session with the one refresh token that continues it. */
export interface OpenSession {
  readonly sessionId: string
  readonly userId: UserId
  readonly refreshToken: string
  /** Wall clock: when the session ends if it is not refreshed before. */
  readonly refreshExpiresMs: number
}

type EndListener = (sessionId: string, userId: UserId) => void

/**
 * Sign-ins and their refresh tokens. Each token is good once and continues its session with the
 * next one; a token that comes back later is in two hands, so its session ends. [W12]
 */
export class Sessions {
  readonly #records: Records<SessionRecord>
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #options: SessionOptions
  readonly #rotations = new Map<string, { next: Promise<OpenSession>; sinceMs: number }>()
  readonly #endListeners = new Set<EndListener>()

  constructor(
    deps: {
      readonly sessions: Records<SessionRecord>
      readonly clock: Clock
      readonly logger: Logger
    },
    options: SessionOptions,
  ) {
    this.#records = deps.sessions
    this.#clock = deps.clock
    this.#logger = deps.logger
    this.#options = options
  }

  async open(userId: UserId): Promise<OpenSession> {
    const mine = await this.#records.find('user_id', userId, SESSIONS_PER_USER_MAX)
    const spare = mine.slice(0, Math.max(0, mine.length + 1 - SESSIONS_PER_USER_MAX))
    await Promise.all(spare.map(({ value }) => this.end(value.id)))
    const sessionId: string = createId()
    const token = createRecordToken(sessionId)
    const now = formatTime(this.#clock.nowMs())
    const record: SessionRecord = {
      id: sessionId,
      user_id: userId,
      token_digest: digestOf(token),
      created_at: now,
      refreshed_at: now,
    }
    await this.#records.put(record, 0)
    return { sessionId, userId, refreshToken: token, refreshExpiresMs: this.#expiresMs(record) }
  }

  /** Whose session it is, null when there is none (any more). */
  async owner(sessionId: string): Promise<UserId | null> {
    const found = await this.#records.get(sessionId)
    if (found === null || this.#isOver(found.value)) return null
    return found.value.user_id
  }

  /**
   * Continues a session with a new refresh token.
   *
   * @throws ViblyError `accounts.unauthenticated` for a token that is unknown, too old, or used
   *   before; the last also ends the session.
   */
  async rotate(refreshToken: string): Promise<OpenSession> {
    const sessionId = recordIdOf(refreshToken)
    if (sessionId === null) throw new ViblyError('accounts.unauthenticated')
    const digest = digestOf(refreshToken)
    this.#forgetRotations()
    const running = this.#rotations.get(digest)
    const next = running?.next ?? this.#rotateOnce(sessionId, digest)
    if (running === undefined) {
      this.#rotations.set(digest, { next, sinceMs: this.#clock.monotonicMs() })
    }
    try {
      const session = await next
      // It may have been ended since it was continued.
      if ((await this.owner(sessionId)) === null) throw new ViblyError('accounts.unauthenticated')
      return session
    } catch (thrown) {
      this.#rotations.delete(digest)
      throw thrown
    }
  }

  /** Ends one session; listeners hear of it once it is on disk. Ending it twice is fine. */
  async end(sessionId: string): Promise<void> {
    const found = await this.#records.get(sessionId)
    if (found === null || !(await removeRecord(this.#records, sessionId))) return
    for (const listener of this.#endListeners) listener(sessionId, found.value.user_id)
  }

  /** Ends all sessions of a user, but for the one with id `except` (null: none is spared). */
  async endAllOf(userId: UserId, except: string | null): Promise<void> {
    const mine = await this.#records.find('user_id', userId, Number.MAX_SAFE_INTEGER)
    const ended = mine.filter(({ value }) => value.id !== except)
    await Promise.all(ended.map(({ value }) => this.end(value.id)))
  }

  /** Removes what is over by age or idleness; nobody can be using it. */
  async sweep(): Promise<void> {
    const over: string[] = []
    let page = await this.#records.list(null, PAGE)
    while (page.length > 0) {
      over.push(...page.filter(({ value }) => this.#isOver(value)).map(({ value }) => value.id))
      page = await this.#records.list(page.at(-1)?.value.id ?? null, PAGE)
    }
    await Promise.all(over.map((id) => this.end(id)))
  }

  /** @returns stops listening. */
  onEnded(listener: EndListener): () => void {
    this.#endListeners.add(listener)
    return () => this.#endListeners.delete(listener)
  }

  async #rotateOnce(sessionId: string, digest: string): Promise<OpenSession> {
    const token = createRecordToken(sessionId)
    let isReused = false
    const record = await changeRecord(this.#records, sessionId, (before) => {
      if (before === null || this.#isOver(before)) return null
      isReused = !isEqualDigest(before.token_digest, digest)
      if (isReused) return null
      const refreshed_at = formatTime(this.#clock.nowMs())
      return { ...before, token_digest: digestOf(token), refreshed_at }
    })
    if (record === null) {
      if (isReused) this.#logger.warn('a refresh token came back: its session ends', { sessionId })
      await this.end(sessionId)
      throw new ViblyError('accounts.unauthenticated')
    }
    return {
      sessionId,
      userId: record.user_id,
      refreshToken: token,
      refreshExpiresMs: this.#expiresMs(record),
    }
  }

  #forgetRotations(): void {
    const beforeMs = this.#clock.monotonicMs() - DOUBLE_SUBMIT_MS
    // Oldest first, as a Map keeps them.
    for (const [digest, { sinceMs }] of this.#rotations) {
      if (sinceMs > beforeMs && this.#rotations.size < ROTATIONS_MAX) break
      this.#rotations.delete(digest)
    }
  }

  #isOver(session: SessionRecord): boolean {
    return this.#clock.nowMs() >= this.#expiresMs(session)
  }

  #expiresMs(session: SessionRecord): number {
    return Math.min(
      Date.parse(session.refreshed_at) + this.#options.sessionIdleMsMax,
      Date.parse(session.created_at) + this.#options.sessionAgeMsMax,
    )
  }
}
