import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptsGzip, isEtagKnown, isRangeCurrent } from './negotiation.ts'

test('[D01] gzip is given to who takes it', () => {
  const takes = [
    'gzip',
    'gzip, deflate, br',
    'br;q=1.0, gzip;q=0.8, *;q=0.1',
    '*',
    'GZIP',
    'gzip;q=0.001',
  ]
  const refuses = [
    undefined,
    '',
    'br',
    'identity',
    'gzip;q=0',
    'gzip; q=0.000',
    '*;q=0',
    '*, gzip;q=0',
    'x-gzipped',
  ]
  for (const header of takes) assert.equal(acceptsGzip(header), true, header)
  for (const header of refuses) assert.equal(acceptsGzip(header), false, header)
})

test('an entity tag is known in any list that names it, weak or strong', () => {
  for (const header of ['"a"', 'W/"a"', '"b", "a"', '*', ' "a" ', '"b",W/"a"']) {
    assert.equal(isEtagKnown(header, '"a"'), true, header)
    assert.equal(isEtagKnown(header, 'W/"a"'), true, header)
  }
  for (const header of [undefined, '', '"b"', 'a', '"A"', '"a']) {
    assert.equal(isEtagKnown(header, '"a"'), false, header)
  }
})

test('[D06] If-Range allows a range only of the same bytes', () => {
  assert.equal(isRangeCurrent(undefined, '"a"'), true)
  assert.equal(isRangeCurrent('"a"', '"a"'), true)
  for (const header of ['"b"', 'W/"a"', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
    assert.equal(isRangeCurrent(header, '"a"'), false, header)
  }
})
