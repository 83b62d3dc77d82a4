import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

const made: string[] = []

/** A fresh folder that is gone when the tests of this file are done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vibly-'))
  made.push(folder)
  return folder
}

after(async () => {
  await Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true })))
})
