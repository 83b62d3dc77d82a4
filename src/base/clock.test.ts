import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { type Clock, pause, systemClock } from './clock.ts'

test('a pause says whether its time was up or its signal fired', async () => {
  const clock = new FakeClock()
  const over = new AbortController()
  const pauses = [pause(clock, 100, over.signal), pause(clock, 5000, over.signal)]
  await clock.advance(100)
  over.abort()
  assert.deepEqual(await Promise.all(pauses), [true, false])
  assert.equal(await pause(systemClock, 60_000, over.signal), false)
})

test('what goes wrong in a pause is not taken for its end', async () => {
  const broken: Clock = { ...systemClock, sleep: () => Promise.reject(new RangeError('no timer')) }
  await assert.rejects(pause(broken, 1, new AbortController().signal), RangeError)
})
