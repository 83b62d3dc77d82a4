import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ViblyError } from '../../base/index.ts'
import { RunFailures } from './run-failures.ts'

const DIED = new ViblyError('transcode.start-failed', { path: 'ffmpeg' })

test('[F13] the first replacement is immediate, each further one within the minute waits longer', () => {
  const failures = new RunFailures()
  assert.deepEqual(
    [0, 1000, 3000, 6000, 12_000].map((nowMs) => failures.note(DIED, nowMs)),
    [0, 250, 500, 1000, 2000],
  )
})

test('[F13] the sixth failure within a minute is the last, and says why', () => {
  const failures = new RunFailures()
  for (let failed = 0; failed < 5; failed += 1) failures.note(DIED, failed * 10_000)
  assert.throws(
    () => failures.note(DIED, 50_000),
    (thrown) =>
      thrown instanceof ViblyError &&
      thrown.code === 'live.encoder-failed' &&
      thrown.message.includes(DIED.message),
  )
})

test('[F13] failures that are a minute apart count as first ones', () => {
  const failures = new RunFailures()
  for (let failed = 0; failed < 20; failed += 1) {
    assert.equal(failures.note(DIED, failed * 61_000), 0)
  }
})
