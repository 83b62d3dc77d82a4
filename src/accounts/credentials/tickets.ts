import {
  type Clock,
  createId,
  digestOf,
  formatTime,
  Secret,
  type UserId,
  ViblyError,
} from '../../base/index.ts'
import type { Records, Versioned } from '../../ports/index.ts'
import {
  changeRecord,
  createRecordToken,
  isEqualDigest,
  recordIdOf,
  removeRecord,
  type TicketKind,
  type TicketRecord,
} from '../records/index.ts'

/** Tickets of all kinds that are good at once. */
const TICKETS_MAX = 1000

/** A ticket as its maker sees it in a list: never the token itself. */
export interface Ticket {
  readonly id: string
  readonly kind: TicketKind
  readonly usesLeft: number
  readonly usesMax: number
  /** Whom it concerns; null: whoever has it. */
  readonly userId: UserId | null
  /** What its maker wrote beside it. */
  readonly note: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string
}

export interface TicketWish {
  readonly kind: TicketKind
  readonly usesMax: number
  readonly lifeMs: number
  readonly userId?: UserId
  readonly note?: string
}

/**
 * What stands in a link and lets someone do one thing so many times: sign up, set a new password,
 * become the first administrator. 256 random bits, shown once, kept as a digest. [W40]
 */
export class Tickets {
  readonly #records: Records<TicketRecord>
  readonly #clock: Clock

  constructor(deps: { readonly tickets: Records<TicketRecord>; readonly clock: Clock }) {
    this.#records = deps.tickets
    this.#clock = deps.clock
  }

  /** @throws ViblyError `accounts.tickets-full` */
  async create(wish: TicketWish): Promise<{ readonly token: Secret; readonly ticket: Ticket }> {
    const all = await this.#records.list(null, Number.MAX_SAFE_INTEGER)
    const over = all.filter(({ value }) => this.#isOver(value))
    await Promise.all(over.map(({ value }) => removeRecord(this.#records, value.id)))
    if (all.length - over.length >= TICKETS_MAX) {
      throw new ViblyError('accounts.tickets-full', { countMax: TICKETS_MAX })
    }
    const id: string = createId()
    const token = createRecordToken(id)
    const nowMs = this.#clock.nowMs()
    const record: TicketRecord = {
      id,
      kind: wish.kind,
      token_digest: digestOf(token),
      uses_left: wish.usesMax,
      uses_max: wish.usesMax,
      user_id: wish.userId ?? null,
      note: wish.note ?? '',
      created_at: formatTime(nowMs),
      expires_at: formatTime(nowMs + wish.lifeMs),
    }
    await this.#records.put(record, 0)
    return { token: new Secret(token), ticket: ticketOf(record) }
  }

  /** Those that are still good, oldest first. */
  async list(kind: TicketKind): Promise<readonly Ticket[]> {
    const found = await this.#records.find('kind', kind, Number.MAX_SAFE_INTEGER)
    return found.filter(({ value }) => !this.#isOver(value)).map(({ value }) => ticketOf(value))
  }

  /** Says whether there was such a ticket. */
  async revoke(kind: TicketKind, id: string): Promise<boolean> {
    const found = await this.#records.get(id)
    return found?.value.kind === kind && (await removeRecord(this.#records, id))
  }

  /** Ends all of a kind, or of these only the ones of a user. */
  async revokeAll(kind: TicketKind, userId: UserId | null = null): Promise<void> {
    const found = await this.#records.find('kind', kind, Number.MAX_SAFE_INTEGER)
    const ended = found.filter(({ value }) => userId === null || value.user_id === userId)
    await Promise.all(ended.map(({ value }) => removeRecord(this.#records, value.id)))
  }

  /**
   * Takes one use of a ticket, does what it is for, and gives the use back when that fails.
   *
   * @throws ViblyError `accounts.ticket-invalid`: unknown, of another kind, used up or too old.
   */
  async spend<T>(
    kind: TicketKind,
    token: Secret,
    work: (ticket: Ticket) => Promise<T>,
  ): Promise<T> {
    const id = recordIdOf(token.reveal())
    const found = id === null ? null : await this.#records.get(id)
    if (found === null || !this.#opens(found, kind, token)) {
      throw new ViblyError('accounts.ticket-invalid')
    }
    const spent = await changeRecord(this.#records, found.value.id, (before) =>
      before === null || before.uses_left < 1
        ? null
        : { ...before, uses_left: before.uses_left - 1 },
    )
    if (spent === null) throw new ViblyError('accounts.ticket-invalid')
    try {
      return await work(ticketOf(spent))
    } catch (thrown) {
      await changeRecord(this.#records, spent.id, (before) =>
        before === null ? null : { ...before, uses_left: before.uses_left + 1 },
      )
      throw thrown
    }
  }

  #opens({ value }: Versioned<TicketRecord>, kind: TicketKind, token: Secret): boolean {
    const isRight = isEqualDigest(value.token_digest, digestOf(token.reveal()))
    return isRight && value.kind === kind && !this.#isOver(value)
  }

  #isOver({ expires_at, uses_left }: TicketRecord): boolean {
    return uses_left < 1 || this.#clock.nowMs() >= Date.parse(expires_at)
  }
}

function ticketOf(record: TicketRecord): Ticket {
  return {
    id: record.id,
    kind: record.kind,
    usesLeft: record.uses_left,
    usesMax: record.uses_max,
    userId: record.user_id,
    note: record.note,
    createdAt: record.created_at,
    expiresAt: record.expires_at,
  }
}
