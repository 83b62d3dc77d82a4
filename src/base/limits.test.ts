import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dropOldest, KeyedBuckets, TokenBucket } from './limits.ts'

test('a bucket lets its burst pass, then says how long to wait', () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0)
  assert.deepEqual(
    [0, 0, 0].map((nowMs) => bucket.take(1, nowMs)),
    [0, 0, 0],
  )
  assert.equal(bucket.take(1, 0), 500)
  assert.equal(bucket.take(1, 250), 250)
  assert.equal(bucket.take(1, 500), 0)
})

test('a clock that falls back gives no tokens and takes none', () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 10_000)
  assert.equal(bucket.take(1, 10_000), 0)
  assert.equal(bucket.take(1, 0), 1000)
})

test('in any stretch of time no more passes than the burst and the rate allow', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (gapsMs) => {
      const bucket = new TokenBucket({ perSecond: 5, burst: 10 }, 0)
      let nowMs = 0
      let passed = 0
      for (const gapMs of gapsMs) {
        nowMs += gapMs
        if (bucket.take(1, nowMs) === 0) passed += 1
      }
      assert.ok(passed <= 10 + (nowMs / 1000) * 5)
    }),
  )
})

test('a bucket for each key, never more of them than allowed', () => {
  const buckets = new KeyedBuckets({ perSecond: 1, burst: 1, keysMax: 2 })
  assert.equal(buckets.take('a', 1, 0), 0)
  assert.equal(buckets.take('a', 1, 0), 1000)
  assert.equal(buckets.take('b', 1, 0), 0)
  assert.equal(buckets.take('c', 1, 0), 0)
  // 'a' was the oldest and had to go; it starts anew.
  assert.equal(buckets.take('a', 1, 0), 0)
})

test('a key whose bucket is full again is forgotten before one that is being limited', () => {
  const buckets = new KeyedBuckets({ perSecond: 1, burst: 1, keysMax: 2 })
  buckets.take('limited', 1, 1000)
  buckets.take('idle', 0, 1000)
  buckets.take('new', 1, 1000)
  assert.ok(buckets.take('limited', 1, 1000) > 0)
})

test('a token given back can be taken again, and never more than the burst', () => {
  const buckets = new KeyedBuckets({ perSecond: 1, burst: 2, keysMax: 2 })
  assert.equal(buckets.take('a', 2, 0), 0)
  buckets.give('a', 1, 0)
  assert.equal(buckets.take('a', 1, 0), 0)
  buckets.give('a', 100, 0)
  assert.equal(buckets.take('a', 3, 0), 1000)
  buckets.give('unknown', 1, 0)
})

test('what was put in first is dropped first, and no more than has to be', () => {
  const kept = new Set([1, 2, 3, 4])
  dropOldest(kept, 2)
  assert.deepEqual([...kept], [3, 4])
  dropOldest(kept, 2)
  assert.deepEqual([...kept], [3, 4])
})
