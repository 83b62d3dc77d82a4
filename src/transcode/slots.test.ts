import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Slots } from './slots.ts'

test('the last slot is given, the next is refused, a released one is given again', () => {
  const slots = new Slots({ slotsMax: 2 })
  const first = slots.acquire()
  slots.acquire()
  assert.equal(slots.tryAcquire(), null)
  assert.throws(() => slots.acquire(), { code: 'transcode.no-capacity', facts: { slotsMax: 2 } })
  first.release()
  assert.notEqual(slots.tryAcquire(), null)
})

test('a slot released twice makes room once', () => {
  const slots = new Slots({ slotsMax: 2 })
  const first = slots.acquire()
  slots.acquire()
  first.release()
  first.release()
  assert.equal(slots.taken, 1)
})

test('costs are counted, and given back whole', () => {
  const slots = new Slots({ slotsMax: 10 })
  const large = slots.acquire(7)
  assert.equal(slots.tryAcquire(4), null)
  assert.notEqual(slots.tryAcquire(3), null)
  large.release()
  assert.equal(slots.taken, 3)
})
