import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * The exhaustive loops of which the unit tests run a small part: a chat file cut at each of its
 * bytes opens with exactly the whole records before, one with any byte changed loses at most that
 * record.
 */
const LOOPS = [
  { loop: 'cuts', bytes: 64 * 1024, says: 'opened with exactly the whole records before each cut' },
  { loop: 'flips', bytes: 16 * 1024, says: 'lost at most the record with the changed byte' },
] as const

const script = fileURLToPath(new URL('../test/support/log-damage.ts', import.meta.url))
for (const { loop, bytes, says } of LOOPS) {
  const fromMs = performance.now()
  await promisify(execFile)(process.execPath, [script, loop, String(bytes)])
  const tookMs = performance.now() - fromMs
  const eachMs = (tookMs / bytes).toFixed(2)
  process.stdout.write(
    `${loop.padEnd(6)} ${bytes} bytes, every one: ${says}; ${(tookMs / 1000).toFixed(1)} s, ${eachMs} ms each\n`,
  )
}
