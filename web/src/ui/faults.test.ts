import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../api/client.ts'
import { fieldOf, messageOf } from './faults.ts'

const FIELDS = ['email', 'username', 'display_name', 'password'] as const

test('an error is shown at the field its code names', () => {
  const rows: [string, string | null][] = [
    ['accounts.email-taken', 'email'],
    ['accounts.email-invalid', 'email'],
    ['accounts.username-taken', 'username'],
    ['accounts.password-common', 'password'],
    ['accounts.password-length', 'password'],
    ['accounts.display-name-invalid', 'display_name'],
    ['accounts.sign-in-refused', null],
    ['accounts.usernameless', null],
    ['accounts.registration-closed', null],
    ['http.rate-limited', null],
    ['', null],
  ]
  for (const [code, field] of rows) assert.equal(fieldOf(code, FIELDS), field, code)
})

test('a failure without a sentence of the server still has one', () => {
  assert.equal(messageOf(new ApiError('accounts.x', 400, 'No.')), 'No.')
  assert.notEqual(messageOf(new ApiError('web.failed', 502, '')), '')
  assert.notEqual(messageOf(new ApiError('web.unreachable', 0, '')), '')
})
