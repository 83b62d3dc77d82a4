import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseUserCommand } from './user-command.ts'

test('the words behind `user` are read before any file is opened', () => {
  const create = { action: 'create', email: 'ann@example.org', username: 'ann' }
  assert.deepEqual(parseUserCommand(['create', 'ann@example.org', 'ann']), create)
  assert.deepEqual(parseUserCommand(['list']), { action: 'list' })
  const reset = { action: 'reset-password', username: 'ann' }
  assert.deepEqual(parseUserCommand(['reset-password', 'ann']), reset)
})

for (const words of [[], ['nonsense'], ['create', 'ann'], ['list', 'all'], ['reset-password']]) {
  test(`"user ${words.join(' ')}" is refused with its own words`, () => {
    assert.throws(() => parseUserCommand(words), {
      code: 'command.invalid',
      message: new RegExp(`user ${words.join(' ')}`.trim()),
    })
  })
}
