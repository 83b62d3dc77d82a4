import {
  type Clock,
  createId,
  formatTime,
  type Logger,
  type Secret,
  type UserId,
  ViblyError,
} from '../base/index.ts'
import type { Records } from '../ports/index.ts'
import {
  AccessTokens,
  createStreamKey,
  type KeyListener,
  type OpenSession,
  type SessionOptions,
  Sessions,
  StreamKeys,
} from './credentials/index.ts'
import {
  Attempts,
  checkPassword,
  openPasswords,
  type PasswordOptions,
  type Passwords,
} from './passwords/index.ts'
import {
  emailKey,
  parseDisplayName,
  parseEmail,
  parseRegistration,
  type Registration,
  type User,
  type UserChange,
  userOf,
} from './people.ts'
import type { SessionRecord, UserRecord } from './records/index.ts'
import { Users } from './users.ts'

/** Everything a client gets by signing in. Times are wall clock, ms. */
export interface SignIn {
  readonly user: User
  readonly streamKey: Secret
  readonly accessToken: string
  readonly accessExpiresMs: number
  readonly refreshToken: string
  readonly refreshExpiresMs: number
  readonly sessionId: string
}

/** Who is asking. The role is as it is now, not as it was when the token was made. */
export interface Identity {
  readonly userId: UserId
  readonly sessionId: string
  readonly role: 'user' | 'admin'
}

export interface Client {
  /** IPv4 or IPv6, as text. */
  readonly address: string
}

export interface AccountDeps {
  readonly users: Records<UserRecord>
  readonly sessions: Records<SessionRecord>
  /** The server's secret, 256 bits or more. Tokens and sealed keys made with another are void. */
  readonly secret: Secret
  readonly clock: Clock
  readonly logger: Logger
}

export interface AccountOptions extends SessionOptions, PasswordOptions {
  /** `off` lifts the rates of `Attempts`, nothing else. */
  readonly limits: 'on' | 'off'
  /** ms that an access token is good. [W12] */
  readonly accessTokenMs: number
}

/**
 * Opens the accounts: removes the sessions that ended meanwhile and gets ready to compare
 * passwords.
 */
export async function openAccounts(deps: AccountDeps, options: AccountOptions): Promise<Accounts> {
  const sessions = new Sessions(deps, options)
  await sessions.sweep()
  return new Accounts(deps, options, sessions, await openPasswords(options))
}

/** People and their way in: by password, by token, by stream key. Made by `openAccounts`. */
export class Accounts {
  readonly users: Users
  readonly #clock: Clock
  readonly #options: AccountOptions
  readonly #sessions: Sessions
  readonly #passwords: Passwords
  readonly #tokens: AccessTokens
  readonly #attempts: Attempts
  readonly #streamKeys: StreamKeys
  readonly #disabledListeners = new Set<(userId: UserId) => void>()

  constructor(
    deps: AccountDeps,
    options: AccountOptions,
    sessions: Sessions,
    passwords: Passwords,
  ) {
    this.users = new Users(deps.users)
    this.#clock = deps.clock
    this.#options = options
    this.#sessions = sessions
    this.#passwords = passwords
    this.#tokens = new AccessTokens(deps)
    this.#attempts = new Attempts(deps, options)
    this.#streamKeys = new StreamKeys(deps)
  }

  /**
   * Makes an account for a visitor and signs them in. Whether they may is for `Registrations` to
   * say.
   *
   * @throws ViblyError `accounts.too-many-attempts`, `accounts.busy`,
   *   `accounts.email-taken`, `accounts.username-taken`, and those of `parseRegistration`
   */
  async register(
    input: Registration,
    client: Client,
    role: 'user' | 'admin' = 'user',
  ): Promise<SignIn> {
    this.#attempts.countRegistration(client.address)
    const user = await this.#create(input, role)
    this.#attempts.noteSignedIn(emailKey(user.email), client.address)
    return await this.#signIn(user, await this.#sessions.open(user.id))
  }

  /**
   * Signs in by password. An unknown address and a wrong password cost the same time and get the
   * same answer. [W06]
   *
   * @throws ViblyError `accounts.sign-in-refused`, `accounts.disabled` (only to who has the
   *   password), `accounts.too-many-attempts`, `accounts.busy`
   */
  async login(
    input: { readonly email: string; readonly password: Secret },
    client: Client,
  ): Promise<SignIn> {
    const account = emailKey(input.email)
    this.#attempts.countSignIn(account, client.address)
    const found = await this.users.recordByEmail(input.email)
    const isRight = await this.#passwords.isRight(found?.password_hash ?? null, input.password)
    if (found === null || !isRight) throw new ViblyError('accounts.sign-in-refused')
    // As it is now: the password may have been changed, or the user disabled, during the hashing.
    const now = await this.users.record(found.id)
    if (now === null || now.password_hash !== found.password_hash) {
      throw new ViblyError('accounts.sign-in-refused')
    }
    if (now.disabled_at !== null) throw new ViblyError('accounts.disabled')
    this.#attempts.noteSignedIn(account, client.address)
    return await this.#signIn(now, await this.#sessions.open(now.id))
  }

  /**
   * Continues a session: fresh access token, next refresh token. See `Sessions.rotate`. [W12]
   *
   * @throws ViblyError `accounts.unauthenticated`
   */
  async refresh(refreshToken: string): Promise<SignIn> {
    const session = await this.#sessions.rotate(refreshToken)
    const user = await this.users.enabled(session.userId)
    if (user === null) throw new ViblyError('accounts.unauthenticated')
    return await this.#signIn(user, session)
  }

  /** Ends a session at once; nothing happens when it is over already. [W12] */
  async logout(sessionId: string): Promise<void> {
    await this.#sessions.end(sessionId)
  }

  /** Ends all sessions of a user at once. [W12] */
  async logoutEverywhere(id: UserId): Promise<void> {
    await this.#sessions.endAllOf(id, null)
  }

  /**
   * Whose access token this is. Good only while its session lives and its user is not disabled.
   * [W12]
   *
   * @throws ViblyError `accounts.unauthenticated`
   */
  async authenticate(accessToken: string): Promise<Identity> {
    const { userId, sessionId } = await this.#tokens.check(accessToken)
    const owner = await this.#sessions.owner(sessionId)
    const user = await this.users.enabled(userId)
    if (owner !== userId || user === null) throw new ViblyError('accounts.unauthenticated')
    return { userId, sessionId, role: user.role }
  }

  /** @throws ViblyError `accounts.not-found`, `accounts.display-name-invalid` */
  async updateUser(id: UserId, change: UserChange): Promise<User> {
    const { displayName } = change
    const names = displayName === undefined ? {} : { display_name: parseDisplayName(displayName) }
    return userOf(await this.users.change(id, (user) => ({ ...user, ...names })))
  }

  /**
   * @throws ViblyError `accounts.password-wrong`, `accounts.email-invalid`, `accounts.email-taken`
   */
  async changeEmail(
    id: UserId,
    input: { readonly email: string; readonly currentPassword: Secret },
  ): Promise<User> {
    const email = parseEmail(input.email)
    await this.#checkCurrent(id, input.currentPassword)
    return userOf(await this.users.change(id, (user) => ({ ...user, email })))
  }

  /**
   * Changes the password of someone who knows the current one; all other sessions end. [W03]
   *
   * @throws ViblyError `accounts.password-wrong`, `accounts.password-length`,
   *   `accounts.password-common`, `accounts.busy`
   */
  async changePassword(
    id: UserId,
    input: {
      readonly currentPassword: Secret
      readonly password: Secret
      /** The session that asks and goes on. */
      readonly sessionId: string
    },
  ): Promise<void> {
    await this.#checkCurrent(id, input.currentPassword)
    await this.#setPassword(id, input.password, input.sessionId)
  }

  /** Makes an account whatever `registration` says, without signing in: for who runs the server. */
  async createUser(input: Registration, role: 'user' | 'admin'): Promise<User> {
    return userOf(await this.#create(input, role))
  }

  /** Sets a password without the old one; all sessions end. For who runs the server. [W03] */
  async resetPassword(id: UserId, password: Secret): Promise<void> {
    await this.#setPassword(id, password, null)
  }

  /** Takes effect with the next request of that user. */
  async setRole(id: UserId, role: 'user' | 'admin'): Promise<User> {
    return userOf(await this.users.change(id, (user) => ({ ...user, role })))
  }

  /** Shuts someone out at once: sessions end, sockets and publishers hear of it. [W12] */
  async disableUser(id: UserId): Promise<User> {
    const disabled_at = formatTime(this.#clock.nowMs())
    const user = await this.users.change(id, (before) => ({ ...before, disabled_at }))
    await this.#sessions.endAllOf(id, null)
    this.#streamKeys.announceVoid(id)
    for (const listener of this.#disabledListeners) listener(id)
    return userOf(user)
  }

  /**
   * Called when a user was disabled: programs in their name must go too. @returns stops listening.
   */
  onDisabled(listener: (userId: UserId) => void): () => void {
    this.#disabledListeners.add(listener)
    return () => this.#disabledListeners.delete(listener)
  }

  async enableUser(id: UserId): Promise<User> {
    return userOf(await this.users.change(id, (user) => ({ ...user, disabled_at: null })))
  }

  /** The key to stream with. @throws ViblyError `accounts.not-found` */
  async streamKey(id: UserId): Promise<Secret> {
    return await this.#streamKeys.read(id)
  }

  /** A new key; the old one is void at once and who publishes with it is cut. [W20] */
  async rotateStreamKey(id: UserId): Promise<Secret> {
    return await this.#streamKeys.rotate(id)
  }

  /** Whose key this is; null when it is nobody's, or of someone disabled. [W20] */
  async authoriseStreamKey(key: Secret): Promise<UserId | null> {
    return await this.#streamKeys.authorise(key)
  }

  /** Whether a session that was open still is: neither ended nor its user disabled. */
  async isSignedIn(sessionId: string): Promise<boolean> {
    const userId = await this.#sessions.owner(sessionId)
    return userId !== null && (await this.users.enabled(userId)) !== null
  }

  /**
   * Called when a session is over before its time: signed out, its token reused, its user disabled
   * or with a new password. Open sockets of that session must close. [W12]
   *
   * @returns stops listening.
   */
  onSessionEnded(listener: (sessionId: string, userId: UserId) => void): () => void {
    return this.#sessions.onEnded(listener)
  }

  /**
   * Called when the key with which a user may be publishing is void: rotated, or its user disabled.
   * The publisher must be cut. [W20]
   *
   * @returns stops listening.
   */
  onStreamKeyRotated(listener: KeyListener): () => void {
    return this.#streamKeys.onVoid(listener)
  }

  async #create(input: Registration, role: 'user' | 'admin'): Promise<UserRecord> {
    const fields = parseRegistration(input)
    // Hashed before anyone is looked up, so that a taken name costs the same time as a free one.
    // [W06]
    const password_hash = await this.#passwords.hash(input.password)
    const id: UserId = createId()
    const user: UserRecord = {
      id,
      ...fields,
      password_hash,
      ...this.#streamKeys.fieldsOf(createStreamKey(), id),
      role,
      disabled_at: null,
      created_at: formatTime(this.#clock.nowMs()),
    }
    await this.users.add(user)
    return user
  }

  async #signIn(user: UserRecord, session: OpenSession): Promise<SignIn> {
    const accessExpiresMs = Math.min(
      this.#clock.nowMs() + this.#options.accessTokenMs,
      session.refreshExpiresMs,
    )
    return {
      user: userOf(user),
      streamKey: await this.streamKey(user.id),
      accessToken: await this.#tokens.create(user.id, session.sessionId, accessExpiresMs),
      accessExpiresMs,
      refreshToken: session.refreshToken,
      refreshExpiresMs: session.refreshExpiresMs,
      sessionId: session.sessionId,
    }
  }

  async #checkCurrent(id: UserId, password: Secret): Promise<void> {
    this.#attempts.countCurrentPassword(id)
    const found = await this.users.record(id)
    const isRight = await this.#passwords.isRight(found?.password_hash ?? null, password)
    if (!isRight) throw new ViblyError('accounts.password-wrong')
  }

  async #setPassword(id: UserId, password: Secret, sessionId: string | null): Promise<void> {
    const found = await this.users.record(id)
    if (found === null) throw new ViblyError('accounts.not-found')
    const { email, username, display_name } = found
    checkPassword(password, [email, username, display_name])
    const password_hash = await this.#passwords.hash(password)
    await this.users.change(id, (user) => ({ ...user, password_hash }))
    await this.#sessions.endAllOf(id, sessionId)
  }
}
