import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandsFor, parseSlash } from './commands.ts'

const ROWS = [
  ['hello', null],
  ['/me waves', null],
  ['and/or', null],
  ['/announce Hello all', { kind: 'frame', frame: { type: 'announce', content: 'Hello all' } }],
  [
    '/ban @eve too much spam',
    { kind: 'ban', name: 'eve', durationS: null, reason: 'too much spam' },
  ],
  ['/timeout eve', { kind: 'ban', name: 'eve', durationS: 600, reason: '' }],
  ['/timeout eve 60 spam', { kind: 'ban', name: 'eve', durationS: 60, reason: 'spam' }],
  ['/timeout eve spam', { kind: 'ban', name: 'eve', durationS: 600, reason: 'spam' }],
  ['/unban eve', { kind: 'unban', name: 'eve' }],
  ['/mod eve', { kind: 'mod', name: 'eve' }],
  ['/unmod eve', { kind: 'unmod', name: 'eve' }],
  ['/slow 10', { kind: 'frame', frame: { type: 'settings', slow_mode_s: 10 } }],
  ['/followers on', { kind: 'frame', frame: { type: 'settings', followers_only: true } }],
  ['/emoteonly off', { kind: 'frame', frame: { type: 'settings', emotes_only: false } }],
  ['/ban', { kind: 'wrong', usage: '/ban NAME [REASON]' }],
  ['/slow fast', { kind: 'wrong', usage: '/slow SECONDS, or /slow 0' }],
  ['/announce', { kind: 'wrong', usage: '/announce TEXT' }],
] as const
for (const [written, expected] of ROWS) {
  test(`a moderator writes ${written}`, () => assert.deepEqual(parseSlash(written), expected))
}

test('commands are offered by how they begin, until one is whole', () => {
  assert.deepEqual(commandsFor('un'), [
    { name: 'unban', usage: '/unban NAME' },
    { name: 'unmod', usage: '/unmod NAME' },
  ])
  assert.equal(commandsFor('').length, 9)
  assert.deepEqual(commandsFor('slow'), [])
})

test('a word that is none is told with those that are', () => {
  const found = parseSlash('/dance')
  assert.equal(found?.kind, 'wrong')
  assert.match(found.usage, /\/announce.*\/ban.*\/slow/)
})
