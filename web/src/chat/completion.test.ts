import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatMessage } from '../../../client/index.ts'
import { completableAt, emojiFor, mentionsFor } from './completion.ts'

const WRITTEN: readonly (readonly [string, ReturnType<typeof completableAt>])[] = [
  ['@', { kind: 'mention', begun: '', from: 0 }],
  ['hi @An', { kind: 'mention', begun: 'an', from: 3 }],
  ['hi (@ann', { kind: 'mention', begun: 'ann', from: 4 }],
  ['me@example', null],
  ['hi @ann ', null],
  ['nice :fi', { kind: 'emoji', begun: 'fi', from: 5 }],
  ['nice :f', null],
  ['at 10:30', null],
  ['so: what', null],
  ['/', { kind: 'command', begun: '', from: 0 }],
  ['/sl', { kind: 'command', begun: 'sl', from: 0 }],
  ['/slow 1', null],
  ['and/or', null],
  ['', null],
]
for (const [written, expected] of WRITTEN) {
  test(`at the end of ${JSON.stringify(written)}`, () => {
    assert.deepEqual(completableAt(written, written.length), expected)
  })
}

test('it goes by the caret, not by the end', () => {
  assert.deepEqual(completableAt('@an and so on', 3), { kind: 'mention', begun: 'an', from: 0 })
})

test('names are those of who wrote lately, the latest first, each once, by either name', () => {
  const lines = [said('ann', 'Ann'), said('bob', 'Annabel'), said('ann', 'Ann'), said('eve', 'Eve')]
  const found = mentionsFor('an', lines)
  assert.deepEqual(
    found.map(({ text, label }) => [text, label]),
    [
      ['@ann ', 'Ann'],
      ['@bob ', 'Annabel @bob'],
    ],
  )
  assert.deepEqual(mentionsFor('zz', lines), [])
  assert.deepEqual(mentionsFor('ann', lines), [], 'a whole name needs nothing')
})

test('pictures come before signs, and what begins so before what only holds it', () => {
  const signs = [
    { name: 'campfire', sign: '🏕️' },
    { name: 'fire', sign: '🔥' },
  ]
  const found = emojiFor('fire', new Map([['firework', '/emotes/x.png']]), signs)
  assert.deepEqual(
    found.map(({ text }) => text),
    [':firework: ', '🔥 ', '🏕️ '],
  )
  assert.equal(found[0]?.url, '/emotes/x.png')
})

function said(username: string, display_name: string): ChatMessage {
  return {
    type: 'message',
    id: 'm',
    seq: 1,
    channel_id: 'c',
    parent_id: null,
    thread_id: null,
    parent: null,
    content: 'x',
    user: { id: username, username, display_name, roles: [] },
    created_at: '2026-01-01T00:00:00.000Z',
  }
}
