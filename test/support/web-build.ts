import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** Builds the pages from their sources into a folder of its own, so that tests never see an old build. */
export async function buildWeb(): Promise<{ readonly dist: string } & AsyncDisposable> {
  const dist = await mkdtemp(path.join(tmpdir(), 'vibly-web-'))
  const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js')
  const args = [vite, 'build', 'web', '--outDir', dist, '--emptyOutDir', '--logLevel', 'error']
  await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  return {
    dist,
    [Symbol.asyncDispose]: () => rm(dist, { recursive: true, force: true }),
  }
}
