import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptsGzip, isEtagKnown, isRangeCurrent, judgeConditions } from './negotiation.ts'

test('[D01] gzip is given to who takes it', () => {
  const takes = [
    'gzip',
    'gzip, deflate, br',
    'br;q=1.0, gzip;q=0.8, *;q=0.1',
    '*',
    'GZIP',
    'gzip;q=0.001',
    'x-gzip',
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

const CHANGED = 'Sun, 06 Nov 1994 08:49:37 GMT'
const EARLIER = 'Sun, 06 Nov 1994 08:49:36 GMT'
const LATER = 'Mon, 07 Nov 1994 08:49:37 GMT'

/** Headers, and what comes of them for `"a"`, changed within the second of CHANGED. */
const CONDITIONS = [
  [{}, 'go-on'],
  [{ 'if-none-match': 'W/"a"' }, 'not-modified'],
  [{ 'if-none-match': '"b"' }, 'go-on'],
  [{ 'if-none-match': '"b"', 'if-modified-since': LATER }, 'go-on'],
  [{ 'if-modified-since': CHANGED }, 'not-modified'],
  [{ 'if-modified-since': LATER }, 'not-modified'],
  [{ 'if-modified-since': EARLIER }, 'go-on'],
  [{ 'if-modified-since': 'yesterday' }, 'go-on'],
  [{ 'if-modified-since': '2037' }, 'go-on'],
  [{ 'if-match': '"b", "a"' }, 'go-on'],
  [{ 'if-match': '*' }, 'go-on'],
  [{ 'if-match': 'W/"a"' }, 'failed'],
  [{ 'if-match': '"b"' }, 'failed'],
  [{ 'if-match': '"b"', 'if-none-match': '"a"' }, 'failed'],
  [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 'not-modified'],
  [{ 'if-match': '"a"', 'if-unmodified-since': EARLIER }, 'go-on'],
  [{ 'if-unmodified-since': EARLIER }, 'failed'],
  [{ 'if-unmodified-since': CHANGED }, 'go-on'],
  [{ 'if-unmodified-since': 'Xyz, 99 Abc 1994 08:49:37 GMT' }, 'go-on'],
] as const

test('[D06] conditions are judged by tag first, then by date, as RFC 9110 section 13.2.2 has them', () => {
  const modifiedMs = Date.parse(CHANGED) + 900
  for (const [headers, verdict] of CONDITIONS) {
    const name = JSON.stringify(headers)
    assert.equal(judgeConditions(headers, { etag: '"a"', modifiedMs }), verdict, name)
  }
  const unknown = { etag: '"a"', modifiedMs: null }
  assert.equal(judgeConditions({ 'if-modified-since': LATER }, unknown), 'go-on')
  assert.equal(judgeConditions({ 'if-unmodified-since': EARLIER }, unknown), 'go-on')
  const weak = { etag: 'W/"a"', modifiedMs: null }
  assert.equal(judgeConditions({ 'if-match': 'W/"a"' }, weak), 'failed')
  assert.equal(judgeConditions({ 'if-match': '*' }, weak), 'go-on')
})

test('[D06] If-Range allows a range only of the same bytes', () => {
  assert.equal(isRangeCurrent(undefined, '"a"'), true)
  assert.equal(isRangeCurrent('"a"', '"a"'), true)
  for (const header of ['"b"', 'W/"a"', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
    assert.equal(isRangeCurrent(header, '"a"'), false, header)
  }
})
