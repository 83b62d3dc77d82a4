import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countViewers } from './viewers.ts'

const STARTED = '2026-01-01T00:00:00.000Z'

const ROWS: readonly (readonly [string, number, string | null, number, number | null])[] = [
  ['not watchable yet', 0, null, 60_000, null],
  ['just begun, nobody seen', 0, STARTED, 14_999, null],
  ['just begun, somebody seen', 1, STARTED, 0, 1],
  ['counted, and nobody watches', 0, STARTED, 15_000, 0],
  ['by a clock that is behind', 0, STARTED, -5_000, null],
]

for (const [name, viewers, started_at, afterMs, count] of ROWS) {
  test(`the number of viewers of a broadcast, ${name}: ${count}`, () => {
    const nowMs = Date.parse(STARTED) + afterMs
    assert.equal(countViewers({ viewers, started_at }, nowMs), count)
  })
}
