import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FaultCode, ViblyError } from '../../base/index.ts'
import { greetStranger, isRetryable, statusCodeOf } from './rtmp-refusal.ts'

const ROWS: readonly (readonly [code: FaultCode, isRetryable: boolean])[] = [
  ['live.stream-key-unknown', false],
  ['rtmp.stream-key-malformed', false],
  ['accounts.disabled', false],
  ['live.codec-unsupported', false],
  ['transcode.no-capacity', true],
  ['live.server-stopping', true],
  ['accounts.busy', true],
  ['base.bug', true],
]

test('[R32] [R33] which refusals are worth another try', () => {
  for (const [code, expected] of ROWS) {
    const fault = new ViblyError(code)
    assert.equal(isRetryable(fault), expected, code)
    const status = expected ? 'NetStream.Failed' : 'NetStream.Publish.BadName'
    assert.equal(statusCodeOf(fault), status, code)
  }
})

test('[R01] only HTTP and TLS are spoken to', () => {
  const greeted = Array.from({ length: 256 }, (_, first) => first).filter(
    (first) => greetStranger(first) !== null,
  )
  assert.equal(greeted.length, 27)
  assert.equal(greeted[0], 0x16)
})
