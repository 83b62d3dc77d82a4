import { join } from 'node:path'
import {
  type Accounts,
  CHANNEL_COLLECTION,
  Channels,
  openAccounts,
  Registrations,
  SESSION_COLLECTION,
  SITE_COLLECTION,
  TICKET_COLLECTION,
  USER_COLLECTION,
} from '../accounts/index.ts'
import {
  type FileRecords,
  loadSecret,
  lockDataDir,
  nodeFileSystem,
  openFileRecords,
} from '../adapters/index.ts'
import { type Logger, Secret, systemClock } from '../base/index.ts'
import type { Config } from '../config.ts'
import type { Collection } from '../ports/index.ts'
import { type Closeable, close } from './closeable.ts'

/** The people and what they own, opened without any server: for commands. */
export interface People extends Closeable {
  readonly accounts: Accounts
  readonly registrations: Registrations
  readonly channels: Channels
  readonly dataDir: string
}

const HOUR_MS = 3_600_000
/**
 * An access token is good for a quarter of an hour; a sign-in for a month unused, half a year in
 * all.
 */
const SIGN_IN = {
  accessTokenMs: HOUR_MS / 4,
  sessionIdleMsMax: 30 * 24 * HOUR_MS,
  sessionAgeMsMax: 180 * 24 * HOUR_MS,
  // argon2 runs on Node's four threads for files: two stay free for the disk.
  hashesInFlightMax: 2,
  hashesWaitingMax: 64,
} as const

/**
 * Opens the data folder and everyone in it. Nothing listens.
 *
 * @throws ViblyError `data-dir.*` when the folder cannot be used or another server has it,
 *   `records.*` when a file is damaged: it is never overwritten.
 */
export async function openPeople(config: Config, logger: Logger): Promise<People> {
  await using opened = new AsyncDisposableStack()
  const dir = opened.adopt(await lockDataDir(config.dataDir, { logger }), close)
  const given = config.secret === null ? null : new Secret(config.secret)
  const secret = await loadSecret(dir.path, given)
  const users = opened.adopt(await openRecords(dir.path, 'users', USER_COLLECTION), close)
  const sessions = opened.adopt(await openRecords(dir.path, 'sessions', SESSION_COLLECTION), close)
  const records = opened.adopt(await openRecords(dir.path, 'channels', CHANNEL_COLLECTION), close)
  const tickets = opened.adopt(await openRecords(dir.path, 'tickets', TICKET_COLLECTION), close)
  const site = opened.adopt(await openRecords(dir.path, 'site', SITE_COLLECTION), close)
  const accounts = await openAccounts(
    { users, sessions, secret, clock: systemClock, logger },
    { ...SIGN_IN, limits: config.limits },
  )
  const registrations = new Registrations(
    { accounts, tickets, site, clock: systemClock },
    { registration: config.registration },
  )
  const channels = new Channels({ users, channels: records })
  const kept = opened.move()
  const dataDir = dir.path
  return { accounts, registrations, channels, dataDir, close: () => kept.disposeAsync() }
}

/** One kind of record in its file of the data folder. */
export function openRecords<T extends { readonly id: string }>(
  dataDir: string,
  name: string,
  collection: Collection<T>,
): Promise<FileRecords<T>> {
  return openFileRecords(join(dataDir, `${name}.json`), collection, { fileSystem: nodeFileSystem })
}
