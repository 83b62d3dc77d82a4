import { deepEqual, equal, ok } from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openAccounts, SESSION_COLLECTION, USER_COLLECTION } from '../../src/accounts/index.ts'
import { nodeFileSystem, openFileRecords } from '../../src/adapters/index.ts'
import { systemClock } from '../../src/base/index.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import {
  ACCOUNT_OPTIONS,
  CLIENT,
  PASSWORD,
  registration,
  SECRET,
} from '../support/test-accounts.ts'

test('no stream key, password, token or secret stands in any file, and all is there after a restart [W20]', async () => {
  const dir = await temporaryFolder()
  const first = await openOn(dir)
  const signIn = await first.accounts.register(registration('ann'), CLIENT)
  const rotated = await first.accounts.rotateStreamKey(signIn.user.id)
  const refreshed = await first.accounts.refresh(signIn.refreshToken)
  await first.close()

  const secrets = [signIn.streamKey, rotated, PASSWORD, SECRET].map((secret) => secret.reveal())
  const tokens = [signIn, refreshed].flatMap((one) => [one.accessToken, one.refreshToken])
  const files = await readdir(dir)
  deepEqual(files.sort(), ['sessions.json', 'sessions.json.bak', 'users.json', 'users.json.bak'])
  for (const file of files) {
    const content = await readFile(join(dir, file), 'utf8')
    for (const secret of [...secrets, ...tokens]) ok(!content.includes(secret), file)
    ok(!/live_[A-Za-z0-9]{8}/.test(content), file)
  }

  const again = await openOn(dir)
  equal((await again.accounts.authenticate(refreshed.accessToken)).userId, signIn.user.id)
  equal((await again.accounts.streamKey(signIn.user.id)).reveal(), rotated.reveal())
  equal(await again.accounts.authoriseStreamKey(signIn.streamKey), null)
  await again.accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  await again.close()
})

async function openOn(dir: string) {
  const deps = { fileSystem: nodeFileSystem }
  const users = await openFileRecords(join(dir, 'users.json'), USER_COLLECTION, deps)
  const sessions = await openFileRecords(join(dir, 'sessions.json'), SESSION_COLLECTION, deps)
  const accounts = await openAccounts(
    { users, sessions, secret: SECRET, clock: systemClock, logger: silentLogger },
    ACCOUNT_OPTIONS,
  )
  const close = async () => {
    await Promise.all([users.close(), sessions.close()])
  }
  return { accounts, close }
}
