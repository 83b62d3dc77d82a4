import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { ViblyError } from '../../base/index.ts'
import { Intake } from './intake.ts'
import { Succession } from './succession.ts'

const OPTIONS = { idleMsMax: 10_000, stallMsMax: 10_000, ingestKbpsMax: 20_000 }

test('[R31] the newest encoder goes on, and all before it are told', () => {
  const clock = new FakeClock()
  const first = new Intake(clock, OPTIONS)
  const encoders = new Succession(first, clock, OPTIONS)
  assert.equal(encoders.take(), first)
  const second = encoders.admit(first) ?? assert.fail('it was not let in')
  const third = encoders.admit(first)
  for (const left of [first, second]) assert.equal(left.signal.reason?.code, 'live.taken-over')
  assert.equal(encoders.take(), third)
  assert.equal(encoders.take(), null)
})

test('[R31] the sixth takeover in a minute is refused, and the one that is live stays', async () => {
  const clock = new FakeClock()
  const encoders = new Succession(null, clock, OPTIONS)
  let now: Intake | null = null
  for (let takeovers = 0; takeovers < 5; takeovers += 1) now = encoders.admit(now)
  assert.throws(() => encoders.admit(now), { code: 'live.takeovers-too-many' })
  assert.equal(encoders.take(), now)
  assert.equal(now?.signal.aborted, false)
  await clock.advance(12_000)
  assert.notEqual(encoders.admit(now), null)
})

test('[R34] whoever comes back ends the wait; so does the end, after which nobody is let in', async () => {
  const clock = new FakeClock()
  const encoders = new Succession(null, clock, OPTIONS)
  const waits = [encoders.wait(60_000)]
  const back = encoders.admit(null)
  await waits[0]
  assert.equal(encoders.take(), back)
  waits.push(encoders.wait(60_000))
  encoders.end(new ViblyError('live.server-stopping'))
  await waits[1]
  assert.equal(encoders.admit(null), null)
  assert.equal(clock.sleeperCount, 0)
})
