import { type Clock, type Secret, type UserId, ViblyError } from '../base/index.ts'
import type { Records } from '../ports/index.ts'
import type { Accounts, Client, SignIn } from './accounts.ts'
import { Tickets } from './credentials/index.ts'
import type { Registration } from './people.ts'
import {
  changeRecord,
  type RegistrationMode,
  type SiteRecord,
  type TicketRecord,
} from './records/index.ts'

const DAY_MS = 86_400_000
/** Until then the server has been started again, or somebody has forgotten it. */
const FIRST_ADMIN_MS = 7 * DAY_MS
const RESET_MS = DAY_MS

export interface RegistrationDeps {
  readonly accounts: Accounts
  readonly tickets: Records<TicketRecord>
  readonly site: Records<SiteRecord>
  readonly clock: Clock
}

/**
 * Who may become a user, and by what link: invitations, the first administrator, forgotten
 * passwords.
 */
export class Registrations {
  readonly tickets: Tickets
  readonly #accounts: Accounts
  readonly #site: Records<SiteRecord>
  readonly #modeOfSettings: RegistrationMode

  /** @param options `registration`: until an administrator chooses otherwise */
  constructor(deps: RegistrationDeps, options: { readonly registration: RegistrationMode }) {
    this.tickets = new Tickets(deps)
    this.#accounts = deps.accounts
    this.#site = deps.site
    this.#modeOfSettings = options.registration
  }

  async mode(): Promise<RegistrationMode> {
    return (await this.#site.get('site'))?.value.registration ?? this.#modeOfSettings
  }

  async setMode(registration: RegistrationMode): Promise<void> {
    await changeRecord<SiteRecord>(this.#site, 'site', () => ({ id: 'site', registration }))
  }

  /**
   * Makes an account for a visitor and signs them in. Where that is by invitation, `invite` is the
   * token of one, of which it takes a use; elsewhere it counts for nothing.
   *
   * @throws ViblyError `accounts.registration-closed`, `accounts.invite-needed`,
   *   `accounts.ticket-invalid`, and those of `Accounts.register`
   */
  async register(input: Registration, invite: Secret | null, client: Client): Promise<SignIn> {
    const mode = await this.mode()
    if (mode === 'closed') throw new ViblyError('accounts.registration-closed')
    if (mode === 'open') return await this.#accounts.register(input, client)
    if (invite === null) throw new ViblyError('accounts.invite-needed')
    return await this.tickets.spend('invite', invite, () => this.#accounts.register(input, client))
  }

  /**
   * A link's token for who is to be the first administrator; null when there is one. It is good for
   * one use and takes the place of any given before. [W04]
   */
  async offerFirstAdmin(): Promise<Secret | null> {
    await this.tickets.revokeAll('first-admin')
    if (await this.#accounts.users.hasAdmin()) return null
    const wish = { kind: 'first-admin', usesMax: 1, lifeMs: FIRST_ADMIN_MS } as const
    return (await this.tickets.create(wish)).token
  }

  /**
   * Makes the first administrator and signs them in, whoever else may sign up. [W04]
   *
   * @throws ViblyError `accounts.ticket-invalid`, also when there is an administrator by now, and
   *   those of `Accounts.register`
   */
  async registerFirstAdmin(input: Registration, token: Secret, client: Client): Promise<SignIn> {
    return await this.tickets.spend('first-admin', token, async () => {
      if (await this.#accounts.users.hasAdmin()) throw new ViblyError('accounts.ticket-invalid')
      return await this.#accounts.register(input, client, 'admin')
    })
  }

  /**
   * A link's token by which a user sets a new password, once and within a day; those given before
   * are void.
   *
   * @throws ViblyError `accounts.not-found`
   */
  async offerReset(id: UserId): Promise<{ readonly token: Secret; readonly expiresAt: string }> {
    if ((await this.#accounts.users.get(id)) === null) throw new ViblyError('accounts.not-found')
    await this.tickets.revokeAll('reset', id)
    const wish = { kind: 'reset', usesMax: 1, lifeMs: RESET_MS, userId: id } as const
    const { token, ticket } = await this.tickets.create(wish)
    return { token, expiresAt: ticket.expiresAt }
  }

  /**
   * Sets a password by such a link; all sessions end.
   *
   * @throws ViblyError `accounts.ticket-invalid`, `accounts.password-length`,
   *   `accounts.password-common`, `accounts.busy`
   */
  async resetByLink(token: Secret, password: Secret): Promise<void> {
    await this.tickets.spend('reset', token, async ({ userId }) => {
      if (userId === null) throw new ViblyError('accounts.ticket-invalid')
      await this.#accounts.resetPassword(userId, password)
    })
  }
}
