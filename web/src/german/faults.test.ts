import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultCodes, faultOf } from '../../../src/base/index.ts'
import { byCode } from './faults.ts'

/** Only programs that do not speak the chat's language meet these. */
const OF_PROGRAMS = [
  'chat.frame-invalid',
  'chat.not-json',
  'chat.place-invalid',
  'records.duplicate',
]

test('German has a sentence for all that can be refused to people, and for nothing that is gone', () => {
  const met = faultCodes().filter((code) => {
    const { http, ws } = faultOf(code)
    return /^(accounts|chat|log|records)\./.test(code) && (http !== null || ws !== null)
  })
  assert.ok(met.length > 50, `${met.length} faults`)
  assert.deepEqual(
    met.filter((code) => !Object.hasOwn(byCode, code)),
    OF_PROGRAMS,
  )
  const known = new Set<string>(faultCodes())
  const others = Object.keys(byCode).filter((code) => !known.has(code))
  assert.deepEqual(
    others,
    others.filter((code) => code.startsWith('client.')),
  )
})
