import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { ReadRhythm } from './read-rhythm.ts'

test('a few publishers are read at once, and so is one who sends much, however many there are', () => {
  let publishers = 29
  let reads = 0
  const rhythm = new ReadRhythm(new FakeClock(), () => publishers)
  rhythm.wait(100, () => (reads += 1))
  assert.equal(reads, 1)
  publishers = 4000
  rhythm.wait(64 * 1024, () => (reads += 1))
  assert.equal(reads, 2)
})

test('of many each is read again after a pause that grows with them, up to 100 ms, in their order', async () => {
  for (const [publishers, pauseMs] of [
    [60, 20],
    [240, 80],
    [300, 100],
    [4000, 100],
  ] as const) {
    const clock = new FakeClock()
    const rhythm = new ReadRhythm(clock, () => publishers)
    const read: string[] = []
    rhythm.wait(100, () => read.push('first'))
    await clock.advance(11)
    rhythm.wait(100, () => read.push('second'))
    await clock.advance(pauseMs - 12)
    assert.equal(read.join(), '', `${publishers} publishers`)
    await clock.advance(11)
    assert.equal(read.join(), 'first')
    await clock.advance(11)
    assert.equal(read.join(), 'first,second')
    // Nobody waited for a while: it begins anew.
    await clock.advance(200)
    rhythm.wait(100, () => read.push('third'))
    await clock.advance(pauseMs + 10)
    assert.equal(read.join(), 'first,second,third')
  }
})
