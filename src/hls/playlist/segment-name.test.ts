import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatGapName,
  formatPartName,
  formatSegmentName,
  parseSegmentName,
} from './segment-name.ts'

test('[H26] a segment name tells its run and its place in it, any other name tells nothing', () => {
  const name = formatSegmentName(12, 345)
  assert.equal(name, '12-345.ts')
  assert.deepEqual(parseSegmentName(name), { run: 12, count: 345 })
  const others = [formatPartName(name, 3), formatGapName(7), '', '1-.ts', '1-2.mp4', 'x1-2.ts']
  for (const other of others) assert.equal(parseSegmentName(other), null, other)
})

test('parts are named after their segment, be it a gap', () => {
  assert.equal(formatPartName('1-5.ts', 3), '1-5.3.ts')
  assert.equal(formatPartName(formatGapName(7), 0), 'gap-7.0.ts')
})
