import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { mutate, playSession, seededRandom } from '../test/support/session-mutations.ts'

/**
 * Recorded sessions of three encoders, mutated, from the socket's bytes to the FLV tags. Anything
 * that is no `ViblyError` ends it with the seed and the number of the run.
 *
 *     bench/mutations.ts [--runs 1000000] [--seed 1] [--minutes 60]
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
  },
})
const TELL_EVERY = 50_000

const recorded = ['ffmpeg-5.1', 'gstreamer-1.22', 'librtmp-2.4'].map((name) =>
  readFileSync(new URL(`../test/fixtures/rtmp/${name}.bin`, import.meta.url)),
)
const random = seededRandom(Number(values.seed))
const endings = new Map<string, number>()
const fromMs = performance.now()
const untilMs = fromMs + Number(values.minutes) * 60_000
let run = 0
for (; run < Number(values.runs) && performance.now() < untilMs; run += 1) {
  const wire = mutate(recorded[run % recorded.length] ?? new Uint8Array(0), random)
  try {
    const ending = playSession(wire, 1 + Math.trunc(random() * 5000)) ?? 'nothing found wrong'
    endings.set(ending, (endings.get(ending) ?? 0) + 1)
  } catch (thrown) {
    console.log(`seed ${values.seed}, run ${run}:`, thrown)
    process.exit(1)
  }
  if ((run + 1) % TELL_EVERY === 0) console.log(`${run + 1} mutations, no bug`)
}
const seconds = (performance.now() - fromMs) / 1000
console.log(`${run} mutations in ${seconds.toFixed(0)} s, no bug; how they ended:`)
for (const [ending, count] of [...endings].toSorted((a, b) => b[1] - a[1])) {
  console.log(`  ${String(count).padStart(8)}  ${ending}`)
}
