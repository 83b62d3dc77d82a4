import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseRange, resolveRange } from './byte-range.ts'

const TOTAL_BYTES = 1000

/**
 * Header, and the bytes meant of a whole of 1000: 'whole' where it is to be ignored, null for 416.
 */
const ROWS: readonly (readonly [string | undefined, readonly [number, number] | 'whole' | null])[] =
  [
    [undefined, 'whole'],
    ['', 'whole'],
    ['bytes=0-0', [0, 0]],
    ['bytes=0-499', [0, 499]],
    ['bytes=500-', [500, 999]],
    ['bytes=999-', [999, 999]],
    ['bytes=-1', [999, 999]],
    ['bytes=-1000', [0, 999]],
    ['bytes=-5000', [0, 999]],
    ['bytes=0-5000', [0, 999]],
    ['bytes=0-9007199254740991', [0, 999]],
    ['bytes=10-99999999999999999999999999', [10, 999]],
    ['Bytes= 1-2 ', [1, 2]],
    ['bytes=1000-', null],
    ['bytes=1000-2000', null],
    ['bytes=9007199254740991-', null],
    ['bytes=-0', null],
    ['bytes=5-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=1', 'whole'],
    ['bytes=0-1,3-4', 'whole'],
    ['bytes=--1', 'whole'],
    ['bytes=0x1-2', 'whole'],
    ['bytes=1.5-2', 'whole'],
    ['items=0-1', 'whole'],
    ['bytes 0-1', 'whole'],
  ]

for (const [header, expected] of ROWS) {
  test(`[D06] the range "${header}" of ${TOTAL_BYTES} bytes`, () => {
    const range = parseRange(header)
    if (expected === 'whole') {
      assert.equal(range, null)
      return
    }
    assert.ok(range !== null)
    const bytes = resolveRange(range, TOTAL_BYTES)
    assert.deepEqual(bytes, expected === null ? null : { first: expected[0], last: expected[1] })
  })
}

test('[D06] of nothing there is no range', () => {
  for (const header of ['bytes=0-', 'bytes=-1']) {
    const range = parseRange(header)
    assert.ok(range !== null)
    assert.equal(resolveRange(range, 0), null)
  }
})

test('[D06] whatever a header says, what is sent lies within the whole', () => {
  const part = fc.oneof(
    fc.nat().map(String),
    fc.constantFrom(
      '',
      '-',
      '0',
      '999',
      '1000',
      '9007199254740991',
      '9'.repeat(400),
      ' ',
      ',',
      '+1',
    ),
    fc.string({ maxLength: 5 }),
  )
  const header = fc
    .tuple(fc.constantFrom('bytes=', 'bytes', ''), part, part)
    .map((parts) => parts.join('-'))
  fc.assert(
    fc.property(header, fc.nat(2000), (text, totalBytes) => {
      const range = parseRange(text.replace('=-', '='))
      const bytes = range === null ? null : resolveRange(range, totalBytes)
      if (bytes === null) return
      assert.ok(Number.isSafeInteger(bytes.first) && Number.isSafeInteger(bytes.last))
      assert.ok(bytes.first >= 0 && bytes.first <= bytes.last && bytes.last < totalBytes)
    }),
    { numRuns: 2000 },
  )
})
