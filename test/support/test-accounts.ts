import {
  type AccountOptions,
  type Accounts,
  openAccounts,
  type RegistrationMode,
  Registrations,
  SESSION_COLLECTION,
  SITE_COLLECTION,
  TICKET_COLLECTION,
  USER_COLLECTION,
} from '../../src/accounts/index.ts'
import { type Clock, Secret } from '../../src/base/index.ts'
import { FakeClock } from './fake-clock.ts'
import { openMemoryRecords } from './memory-records.ts'
import { silentLogger } from './silent-logger.ts'

export const SECRET = new Secret('5c0c0f4e1b3a49d78e21f6a0b9d8c7e6')
export const CLIENT = { address: '192.0.2.1' }
export const PASSWORD = new Secret('correct horse battery staple')

export const ACCOUNT_OPTIONS: AccountOptions = {
  limits: 'on',
  accessTokenMs: 900_000,
  sessionIdleMsMax: 14 * 86_400_000,
  sessionAgeMsMax: 90 * 86_400_000,
  hashesInFlightMax: 2,
  hashesWaitingMax: 64,
}

/** Accounts in memory, with the clock to turn and a way to open them again, as after a restart. */
export async function createTestAccounts(change: Partial<AccountOptions> = {}) {
  const clock = new FakeClock()
  const users = await openMemoryRecords(USER_COLLECTION)
  const sessions = await openMemoryRecords(SESSION_COLLECTION)
  const open = (secret: Secret = SECRET) =>
    openAccounts(
      { users, sessions, secret, clock, logger: silentLogger },
      { ...ACCOUNT_OPTIONS, ...change },
    )
  return { accounts: await open(), clock, users, sessions, open }
}

/** Who may sign up, in memory. */
export async function openRegistrations(
  accounts: Accounts,
  clock: Clock,
  registration: RegistrationMode = 'open',
): Promise<Registrations> {
  const tickets = await openMemoryRecords(TICKET_COLLECTION)
  const site = await openMemoryRecords(SITE_COLLECTION)
  return new Registrations({ accounts, tickets, site, clock }, { registration })
}

/** What someone types who signs up as `name`. */
export function registration(name: string) {
  return { email: `${name}@example.org`, username: name, password: PASSWORD }
}
