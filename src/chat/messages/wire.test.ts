import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ViblyError } from '../../base/index.ts'
import { errorFrame, nonceOf, parseClientFrame } from './wire.ts'

const ID = '1a-abcdefghijkl'
const USER = 'user-12345'

for (const frame of [
  { type: 'message', content: 'hello' },
  { type: 'message', content: 'hello', parent_id: ID, nonce: 'n-1' },
  { type: 'message', content: 'hello', parent_id: null },
  { type: 'announce', content: 'hello' },
  { type: 'delete', id: ID },
  { type: 'delete', user_id: USER },
  { type: 'ban', user_id: USER },
  { type: 'ban', user_id: USER, duration_s: 1, reason: 'spam' },
  { type: 'ban', user_id: USER, duration_s: 1_209_600 },
  { type: 'ban', user_id: USER, duration_s: null },
  { type: 'unban', user_id: USER },
  { type: 'approve', id: ID },
  { type: 'reject', id: ID },
  { type: 'settings' },
  { type: 'settings', slow_mode_s: 3, followers_only: true, blocked_words: ['a'] },
  { type: 'settings', slow_mode_s: 0 },
]) {
  test(`understood as sent: ${JSON.stringify(frame)}`, () => {
    deepEqual(parseClientFrame(JSON.stringify(frame)), frame)
    const more = { ...frame, role: 'admin', seq: 7, created_at: 'yesterday', user: { id: 'x' } }
    deepEqual(parseClientFrame(JSON.stringify(more)), frame, 'what nobody asked for is left out')
  })
}

for (const [frame, field] of [
  [{}, 'type'],
  [{ type: 'history' }, 'type'],
  [{ type: 'message' }, 'content'],
  [{ type: 'message', content: 5 }, 'content'],
  [{ type: 'message', content: 'x'.repeat(4001) }, 'content'],
  [{ type: 'message', content: 'x', parent_id: 'a/b' }, 'parent_id'],
  [{ type: 'message', content: 'x', nonce: '' }, 'nonce'],
  [{ type: 'message', content: 'x', nonce: 'ü' }, 'nonce'],
  [{ type: 'message', content: 'x', nonce: 'n'.repeat(65) }, 'nonce'],
  [{ type: 'ban', user_id: USER, duration_s: 0 }, 'duration_s'],
  [{ type: 'ban', user_id: USER, duration_s: 1.5 }, 'duration_s'],
  [{ type: 'ban', user_id: USER, duration_s: 1_209_601 }, 'duration_s'],
  [{ type: 'ban', user_id: '../users' }, 'user_id'],
  [{ type: 'approve' }, 'id'],
  [{ type: 'settings', slow_mode_s: 2 }, 'slow_mode_s'],
  [{ type: 'settings', slow_mode_s: 121 }, 'slow_mode_s'],
  [{ type: 'settings', blocked_words: Array.from({ length: 201 }, () => 'a') }, 'blocked_words'],
  [{ type: 'settings', blocked_words: [''] }, 'blocked_words.0'],
] as const) {
  test(`refused for its ${field}: ${JSON.stringify(frame).slice(0, 80)}`, () => {
    throws(
      () => parseClientFrame(JSON.stringify(frame)),
      (thrown) => {
        ok(thrown instanceof ViblyError)
        equal(thrown.code, 'chat.frame-invalid')
        equal(thrown.facts['field'], field)
        return true
      },
    )
  })
}

test('[W28] whatever is sent, it is a frame or a fault of the chat, and nothing else changes', () => {
  const value = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc
      .record(
        {
          type: fc.constantFrom('message', 'delete', 'ban', 'settings', '__proto__', 'x'),
          content: fc.anything(),
          id: fc.anything(),
          user_id: fc.anything(),
          nonce: fc.anything(),
          __proto__: fc.anything(),
          constructor: fc.anything(),
        },
        { requiredKeys: [] },
      )
      .map((frame) => JSON.stringify(frame, (_, one) => (typeof one === 'bigint' ? 0 : one)) ?? ''),
  )
  const before = Object.keys(Object.prototype).length
  fc.assert(
    fc.property(value, (text) => {
      const nonce = nonceOf(text)
      ok(nonce === null || /^[\x21-\x7e]{1,64}$/.test(nonce))
      try {
        const frame = parseClientFrame(text)
        equal(Object.getPrototypeOf(frame), Object.prototype)
      } catch (thrown) {
        ok(thrown instanceof ViblyError && thrown.code.startsWith('chat.'), String(thrown))
      }
    }),
    { numRuns: 3000 },
  )
  equal(Object.keys(Object.prototype).length, before)
})

test('a fault names its frame and says how long to wait', () => {
  const error = new ViblyError('chat.rate-limited', { retryAfterMs: 200 })
  const frame = errorFrame(error, 'n-1')
  deepEqual(frame, {
    type: 'error',
    code: 'chat.rate-limited',
    message: error.message,
    nonce: 'n-1',
    retry_after_ms: 200,
  })
  deepEqual(Object.keys(errorFrame(new ViblyError('chat.banned'), null)), [
    'type',
    'code',
    'message',
  ])
})
