import { isId, type UserId, ViblyError } from '../base/index.ts'
import type { Records } from '../ports/index.ts'
import { emailKey, type User, userOf } from './people.ts'
import { changeRecord, type UserRecord } from './records/index.ts'

/** Users looked at in one go. */
const PAGE = 500

/** Everyone who has an account: found, listed, added, changed. Knows nothing of signing in. */
export class Users {
  readonly #records: Records<UserRecord>

  constructor(records: Records<UserRecord>) {
    this.#records = records
  }

  async get(id: UserId): Promise<User | null> {
    const found = await this.record(id)
    return found === null ? null : userOf(found)
  }

  /** Capitals do not matter. */
  async byName(username: string): Promise<User | null> {
    const [found] = await this.#records.find('username', username.toLowerCase(), 1)
    return found === undefined ? null : userOf(found.value)
  }

  /** In the order of registration, from behind the user `after` on; null: from the first. */
  async *all(after: UserId | null = null): AsyncGenerator<User, void, undefined> {
    let from = after
    for (;;) {
      const page = await this.#records.list(from, PAGE)
      yield* page.map(({ value }) => userOf(value))
      from = page.at(-1)?.value.id ?? null
      if (page.length < PAGE) return
    }
  }

  /**
   * Those whose username, display name or email address has `words` in it, in the order of
   * registration.
   * `next` is where the list goes on; null: there are no more.
   */
  async search(
    words: string,
    after: UserId | null,
    countMax: number,
  ): Promise<{ readonly users: readonly User[]; readonly next: UserId | null }> {
    const wanted = words.trim().toLowerCase()
    const found: User[] = []
    for await (const user of this.all(after)) {
      const { username, displayName, email } = user
      const text = [username, displayName, email].join('\n').toLowerCase()
      if (!text.includes(wanted)) continue
      if (found.length === countMax) return { users: found, next: found.at(-1)?.id ?? null }
      found.push(user)
    }
    return { users: found, next: null }
  }

  /** Whether there is an administrator who is not disabled. */
  async hasAdmin(): Promise<boolean> {
    for await (const { role, isDisabled } of this.all()) {
      if (role === 'admin' && !isDisabled) return true
    }
    return false
  }

  /** With all that others must not see. */
  async record(id: UserId): Promise<UserRecord | null> {
    return (await this.#records.get(id))?.value ?? null
  }

  /** As `record`, by an address in any spelling. */
  async recordByEmail(email: string): Promise<UserRecord | null> {
    const [found] = await this.#records.find('email', emailKey(email), 1)
    return found?.value ?? null
  }

  /** As `record`; null also for someone who is disabled. */
  async enabled(id: UserId): Promise<UserRecord | null> {
    const found = await this.record(id)
    return found === null || found.disabled_at !== null ? null : found
  }

  /** @throws ViblyError `accounts.email-taken`, `accounts.username-taken` */
  async add(user: UserRecord): Promise<void> {
    // A username that is somebody's id would make one address mean two channels.
    const isOthersId = isId<UserId>(user.username) && (await this.record(user.username)) !== null
    if (isOthersId) throw new ViblyError('accounts.username-taken')
    await saying(() => this.#records.put(user, 0))
  }

  /** @throws ViblyError `accounts.not-found`, `accounts.email-taken`, `accounts.username-taken` */
  async change(id: UserId, change: (before: UserRecord) => UserRecord): Promise<UserRecord> {
    const after = await saying(() =>
      changeRecord(this.#records, id, (before) => (before === null ? null : change(before))),
    )
    if (after === null) throw new ViblyError('accounts.not-found')
    return after
  }
}

/** Says what is taken in the words of whom it concerns. */
async function saying<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (thrown) {
    if (!(thrown instanceof ViblyError) || thrown.code !== 'records.duplicate') throw thrown
    const { index } = thrown.facts
    if (index === 'email') throw new ViblyError('accounts.email-taken', {}, thrown)
    if (index === 'username') throw new ViblyError('accounts.username-taken', {}, thrown)
    throw thrown
  }
}
