import assert from 'node:assert/strict'
import { test } from 'node:test'
import { announce } from './announcements.ts'
import { countCharacters, splitText } from './chat-text.ts'
import { EMOJI, replaceShortcodes } from './emoji.ts'

test('[W24] the parts of a text put together are the text, and only http is a link', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['plain', []],
    ['', []],
    ['see https://example.org/a?b=1.', ['https://example.org/a?b=1']],
    ['(http://example.org/x)', ['http://example.org/x']],
    ['https://a.example,https://b.example!', ['https://a.example,https://b.example']],
    ['HTTPS://EXAMPLE.ORG', ['HTTPS://EXAMPLE.ORG']],
    ['https://', []],
    ['https://[', []],
    ['javascript:alert(1)', []],
    ['data:text/html,<script>alert(1)</script>', []],
    ['https://x"onmouseover="alert(1)', ['https://x']],
    ['https://x<script>', ['https://x']],
    ['ftp://example.org file:///etc/passwd', []],
  ]
  for (const [content, links] of rows) {
    const parts = splitText(content, [], null)
    assert.equal(parts.map(({ text }) => text).join(''), content)
    assert.deepEqual(
      parts.flatMap((part) => (part.kind === 'link' ? [part.href] : [])),
      links,
      content,
    )
  }
})

test('mentions are those that the server found, mine are told apart', () => {
  const parts = splitText('@Ada and @grace, not @nobody or me@ada.org', ['ada', 'grace'], 'grace')
  assert.deepEqual(
    parts.flatMap((part) => (part.kind === 'mention' ? [[part.text, part.isMe]] : [])),
    [
      ['@Ada', false],
      ['@grace', true],
    ],
  )
})

test('a name between colons is a picture where the channel has one, and text elsewhere', () => {
  const emotes = new Map([['wave', '/emotes/c/wave.0.png']])
  const content = ':wave: hi:wave: at 10:30:15 :nope: :Wave:'
  const parts = splitText(content, [], null, emotes)
  assert.equal(parts.map(({ text }) => text).join(''), content)
  assert.deepEqual(
    parts.flatMap((part) => (part.kind === 'emote' ? [part.url] : [])),
    ['/emotes/c/wave.0.png', '/emotes/c/wave.0.png'],
  )
  assert.equal(replaceShortcodes(':fire: :wave:', new Map([['fire', 'x']])), ':fire: 👋')
})

test('characters are counted as people see code points', () => {
  assert.equal(countCharacters('aé🔥'), 3)
})

test('shortcodes: known ones become signs, all others stay', () => {
  assert.equal(
    replaceShortcodes(':fire: at 10:30:15 :nope: :FIRE:'),
    '🔥 at 10:30:15 :nope: :FIRE:',
  )
  assert.ok(EMOJI.length >= 100)
  assert.equal(new Set(EMOJI.map(({ name }) => name)).size, EMOJI.length, 'each name once')
  for (const { name, sign } of EMOJI) {
    assert.match(name, /^\w{1,32}$/)
    assert.match(sign, /^\P{ASCII}+$/u, name)
  }
})

test('a screen reader is told few messages in full, of many the number, and always mine', () => {
  const one = message('Ada', 'hello')
  const mine = { ...message('Eve', 'look @grace'), mentions: ['grace'] }
  const reply = {
    ...message('Bob', 'yes'),
    parent: { id: 'm', user_id: 'g', username: 'grace', content: 'really?' },
  }
  assert.equal(announce([one], null), 'Ada: hello')
  assert.equal(announce([one, one, one], null), 'Ada: hello. Ada: hello. Ada: hello')
  assert.equal(announce([one, one, one, one], null), '4 new messages')
  assert.equal(
    announce([one, one, mine, reply, one], 'grace'),
    'Eve: look @grace. Bob: yes. 3 new messages',
  )
  assert.equal(announce(Array(50).fill(mine), 'grace').split('Eve').length - 1, 3)
})

function message(name: string, content: string) {
  return {
    type: 'message',
    id: 'm',
    seq: 1,
    channel_id: 'c',
    parent_id: null,
    thread_id: null,
    parent: null,
    content,
    user: { id: 'u', username: 'u', display_name: name, roles: [] },
    created_at: '2026-01-01T00:00:00.000Z',
  } as const
}
