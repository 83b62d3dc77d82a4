import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLV_WRAP_MS, TS_WRAP_TICKS, unwrap } from './wrap.ts'

test('[R08] a counter is read across its wrap, forwards and backwards', () => {
  for (const wrap of [FLV_WRAP_MS, TS_WRAP_TICKS]) {
    const rows: readonly (readonly [value: number, near: number, wanted: number])[] = [
      [40, 0, 40],
      [10, wrap - 30, wrap + 10],
      [wrap - 30, wrap + 10, wrap - 30],
      [5, 3 * wrap + 5, 3 * wrap + 5],
      [0, wrap / 2 - 1, 0],
    ]
    for (const [value, near, wanted] of rows) assert.equal(unwrap(value, near, wrap), wanted)
  }
})

test('[R08] the wrap of 32 bits is a wrap of 31 bits too', () => {
  assert.equal(unwrap(10, 2 ** 32 - 30, FLV_WRAP_MS), 2 ** 32 + 10)
})
