import { equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SAMPLES } from '../../../test/contract/samples.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { nodeFileSystem } from '../disk/file-system.ts'
import { openFileRecords } from './file-records.ts'

const WRITER = fileURLToPath(new URL('../../../test/support/records-writer.ts', import.meta.url))
const KILLS = 30

test('a writer killed at any moment leaves a whole file with all that it acknowledged [C01]', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'samples.json')
  let counted = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Uneven steps below the few ms that one write takes, so that every stage of it is hit.
    const acknowledged = await runUntilKilled(path, (kill * 1.7) % 20, folder)
    const records = await openFileRecords(path, SAMPLES, { fileSystem: nodeFileSystem })
    const found = Number((await records.get('counter'))?.value.colour ?? 0)
    const least = Math.max(counted, acknowledged)
    ok(found === least || found === least + 1, `${found} on disk, ${least} acknowledged`)
    counted = found
    await records.close()
  }
  ok(counted > KILLS)
})

/**
 * Lets a writer count, kills it `afterMs` behind its first number, answers the last number it said.
 */
async function runUntilKilled(path: string, afterMs: number, cache: string): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Spares each of the many starts most of its work.
    env: { NODE_COMPILE_CACHE: cache },
  })
  const said = text(writer.stdout)
  const exit = once(writer, 'exit')
  await Promise.race([once(writer.stdout, 'data'), exit])
  await delay(afterMs)
  writer.kill('SIGKILL')
  const [, signal] = await exit
  equal(signal, 'SIGKILL')
  return Number((await said).trimEnd().split('\n').at(-1))
}
