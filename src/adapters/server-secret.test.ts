import { equal, ok, rejects } from 'node:assert/strict'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Secret } from '../base/index.ts'
import { loadSecret } from './server-secret.ts'

test('a secret is made once, of 256 random bits, for its owner only, and kept [W04] [W11] [W37]', async () => {
  const dir = await temporaryFolder()
  const made = await loadSecret(dir, null)
  equal(Buffer.from(made.reveal(), 'base64url').byteLength, 32)
  equal((await loadSecret(dir, null)).reveal(), made.reveal())
  const [file = ''] = await readdir(dir)
  equal((await readdir(dir)).length, 1)
  equal((await stat(join(dir, file))).mode & 0o777, 0o600)
  const other = await loadSecret(await temporaryFolder(), null)
  ok(other.reveal() !== made.reveal())
})

test('a secret file that others may read is made private [W37]', async () => {
  const dir = await temporaryFolder()
  await loadSecret(dir, null)
  await chmod(join(dir, 'secret.key'), 0o644)
  await loadSecret(dir, null)
  equal((await stat(join(dir, 'secret.key'))).mode & 0o777, 0o600)
})

for (const content of ['', '\n', 'short', '\0'.repeat(44), `${'x'.repeat(43)} y`]) {
  test(`a secret file that holds ${JSON.stringify(content)} is refused and left alone [C06]`, async () => {
    const dir = await temporaryFolder()
    await writeFile(join(dir, 'secret.key'), content)
    await rejects(loadSecret(dir, null), { code: 'data-dir.secret-damaged' })
    equal(await readFile(join(dir, 'secret.key'), 'utf8'), content)
  })
}

test('a given secret is taken as it is and not written down', async () => {
  const dir = await temporaryFolder()
  const given = new Secret('9f2c7c1d0f5b4a6e8d3c2b1a09f8e7d6')
  equal(await loadSecret(dir, given), given)
  equal((await readdir(dir)).length, 0)
})

const WEAK = [
  ...['', 'secret', '0123456789abcdef0123456789abcde', 'a'.repeat(64), 'abcabc'.repeat(10)],
  ...['change-me-change-me-change-me-change-me', 'your-secret-key-goes-here-0123456789'],
  ...['this is an example of what not to use', 'super-secret-key-for-vibly-0123456789'],
]
for (const weak of WEAK) {
  test(`a server does not start with the secret ${JSON.stringify(weak)} [W04]`, async () => {
    const dir = await temporaryFolder()
    await rejects(loadSecret(dir, new Secret(weak)), { code: 'data-dir.secret-weak' })
  })
}
