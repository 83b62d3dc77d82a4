import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { mutate, playSession, seededRandom } from './session-mutations.ts'

const RUNS = 1500

for (const name of ['ffmpeg-5.1', 'gstreamer-1.22', 'librtmp-2.4']) {
  test(`[X16] ${RUNS} mutations of a session of ${name}, down to the FLV tags: no bug comes out`, () => {
    const recorded = readFileSync(new URL(`../fixtures/rtmp/${name}.bin`, import.meta.url))
    assert.equal(playSession(recorded, 4096), null)
    const seed = Math.trunc(Math.random() * 2 ** 32)
    const random = seededRandom(seed)
    let refused = 0
    for (let run = 0; run < RUNS; run += 1) {
      const wire = mutate(recorded, random)
      try {
        if (playSession(wire, 1 + Math.trunc(random() * 5000)) !== null) refused += 1
      } catch (thrown) {
        assert.fail(`seed ${seed}, run ${run}: ${thrown instanceof Error ? thrown.stack : thrown}`)
      }
    }
    assert.ok(refused > RUNS / 10, `only ${refused} were noticed`)
  })
}
