import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Runs `vibly user ...` on a data folder; what it printed. */
export async function runUserCommand(dataDir: string, words: readonly string[]): Promise<string> {
  const environment = { ...process.env, VIBLY_DATA_DIR: dataDir }
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['src/main.ts', 'user', ...words], {
    env: environment,
  })
  return stdout
}

/** A new data folder with an administrator called `boss`, made by the command line. */
export async function createAdministrator(): Promise<{
  readonly dataDir: string
  readonly email: string
  readonly password: string
}> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vibly-test-'))
  const email = 'boss@example.org'
  const said = await runUserCommand(dataDir, ['create', email, 'boss', '--admin'])
  return { dataDir, email, password: said.trim().split(' ').at(-1) ?? '' }
}
