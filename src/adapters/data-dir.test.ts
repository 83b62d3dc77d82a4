import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { ViblyError } from '../base/index.ts'
import { lockDataDir } from './data-dir.ts'

const deps = { logger: silentLogger }

test('the data folder is made for its owner only, whatever the umask [W37]', async () => {
  const dir = join(await temporaryFolder(), 'deep', 'data')
  const umask = process.umask(0)
  try {
    const held = await lockDataDir(dir, deps)
    equal(held.path, dir)
    equal((await stat(dir)).mode & 0o777, 0o700)
    for (const name of await readdir(dir)) {
      equal((await stat(join(dir, name))).mode & 0o777, 0o600, name)
    }
    await held.close()
  } finally {
    process.umask(umask)
  }
})

test('a folder that others may read is made private [W37]', async () => {
  const dir = join(await temporaryFolder(), 'data')
  await mkdir(dir)
  await chmod(dir, 0o755)
  const held = await lockDataDir(dir, deps)
  equal((await stat(dir)).mode & 0o777, 0o700)
  await held.close()
})

test('a second server is refused, told who holds the folder and what to do; closing frees it [C09]', async () => {
  const dir = await temporaryFolder()
  const held = await lockDataDir(dir, deps)
  await rejects(lockDataDir(dir, deps), (thrown) => {
    ok(thrown instanceof ViblyError && thrown.code === 'data-dir.locked')
    equal(thrown.facts['pid'], process.pid)
    match(thrown.message, new RegExp(`process ${process.pid}.+Stop it, or .+server\\.lock`))
    return true
  })
  await held.close()
  await held.close()
  const again = await lockDataDir(dir, deps)
  await again.close()
  deepEqual(await readdir(dir), [])
})

test('of many servers that start at once, one gets the folder [C09]', async () => {
  const dir = await temporaryFolder()
  const starts = Array.from({ length: 20 }, () => lockDataDir(dir, deps))
  const results = await Promise.allSettled(starts)
  equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  deepEqual(await readdir(dir), ['server.lock'])
})

test('closing late does not take the lock from the next holder [C09]', async () => {
  const dir = await temporaryFolder()
  const held = await lockDataDir(dir, deps)
  await writeFile(join(dir, 'server.lock'), '{"pid":1,"started":"another"}')
  await held.close()
  deepEqual(await readdir(dir), ['server.lock'])
})

const STALE: readonly (readonly [string, string])[] = [
  ['a process that ended', '{"pid":2147483646,"started":null}'],
  ['a process of an earlier boot whose pid is ours now', `{"pid":${process.pid},"started":"x:1"}`],
  ['nobody: power loss emptied it', ''],
  ['nobody: power loss turned it to NUL', '\0\0\0\0'],
  ['nobody: it is cut short', '{"pid":'],
]
for (const [name, lock] of STALE) {
  test(`a lock of ${name} holds nothing [C09]`, async () => {
    const dir = await temporaryFolder()
    await writeFile(join(dir, 'server.lock'), lock)
    const held = await lockDataDir(dir, deps)
    match(await readFile(join(dir, 'server.lock'), 'utf8'), new RegExp(`"pid":${process.pid}`))
    await rejects(lockDataDir(dir, deps), { code: 'data-dir.locked' })
    deepEqual(await readdir(dir), ['server.lock'])
    await held.close()
  })
}

test('a killed server leaves no lock that holds [C09]', async () => {
  const dir = await temporaryFolder()
  const script = `
    const { lockDataDir } = await import(${JSON.stringify(import.meta.resolve('./data-dir.ts'))})
    await lockDataDir(${JSON.stringify(dir)}, { logger: { warn() {} } })
    console.log('held')
    setInterval(() => undefined, 1000)`
  const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(other, 'exit')
  await Promise.race([once(other.stdout, 'data'), exit])
  await rejects(lockDataDir(dir, deps), { code: 'data-dir.locked', facts: factsOf(dir, other.pid) })
  other.kill('SIGKILL')
  await exit
  const held = await lockDataDir(dir, deps)
  await held.close()
})

test('what is no folder, or none that can be written to, is refused', async () => {
  const file = join(await temporaryFolder(), 'file')
  await writeFile(file, '')
  await rejects(lockDataDir(file, deps), { code: 'data-dir.unusable' })
  await rejects(lockDataDir(join(file, 'data'), deps), { code: 'data-dir.unusable' })
  await rejects(lockDataDir('/proc/vibly', deps), { code: 'data-dir.unusable' })
})

function factsOf(dir: string, pid: number | undefined) {
  return { dir, file: join(dir, 'server.lock'), pid }
}
