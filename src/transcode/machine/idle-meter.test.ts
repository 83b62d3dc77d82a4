import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { IdleMeter, type Times } from './idle-meter.ts'

test('[X23] idle cores are those of the last seconds, not of the hours before', async () => {
  const clock = new FakeClock()
  let times: Times = { idleMs: 0, allMs: 0, cores: 4 }
  /** Lets time pass in which so many of the four cores were idle. */
  const pass = async (seconds: number, idle: number) => {
    await clock.advance(seconds * 1000)
    const { idleMs, allMs, cores } = times
    times = { idleMs: idleMs + idle * seconds * 1000, allMs: allMs + 4000 * seconds, cores }
  }
  const meter = new IdleMeter(clock, () => times)
  assert.equal(meter.cores(), 0, 'nothing is known yet')
  await pass(5, 3)
  assert.equal(meter.cores(), 3)
  await pass(2, 0)
  assert.equal(meter.cores(), 3, 'too soon to say anything else')
  await pass(3, 0)
  assert.equal(meter.cores(), 0)
  await pass(3600, 4)
  assert.equal(meter.cores(), 0, 'an hour ago says nothing')
  await pass(5, 1)
  assert.equal(meter.cores(), 1)
})
