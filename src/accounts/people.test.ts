import { doesNotThrow, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../base/index.ts'
import { cleanLine, cleanParagraphs } from './limited-text.ts'
import { checkPassword } from './passwords/password-rules.ts'
import { parseDisplayName, parseEmail, parseRegistration, parseUsername } from './people.ts'

const ANN = ['ann.lee@example.org', 'annlee', 'Ann Lee']

const PASSWORDS: readonly (readonly [string, string | null])[] = [
  ['1234567', 'accounts.password-length'],
  ['🐙🦑🐡🐠🐟🐬🐳', 'accounts.password-length'],
  ['x'.repeat(257), 'accounts.password-length'],
  ['12345678', 'accounts.password-common'],
  ['password', 'accounts.password-common'],
  ['PassWord', 'accounts.password-common'],
  ['qwertyuiop', 'accounts.password-common'],
  ['iloveyou1', 'accounts.password-common'],
  ['aaaaaaaaaaaa', 'accounts.password-common'],
  ['vibly123', 'accounts.password-common'],
  ['ViblyVibly', 'accounts.password-common'],
  ['annlee12', 'accounts.password-common'],
  ['ann.lee@example.org', 'accounts.password-common'],
  ['AnnLeeVibly', 'accounts.password-common'],
  ['all lower case', null],
  ['83920174', null],
  ['🐙🦑🐡🐠🐟🐬🐳🐋', null],
  ['        x       ', null],
  ['annlee likes tea', null],
  ['k7#Q x'.repeat(22), null],
  [`${'k7#Q xy'.repeat(36)}abcd`, null],
]
for (const [password, code] of PASSWORDS) {
  const name = `${password.slice(0, 20)} (${password.length})`
  test(`the password ${name} is ${code === null ? 'welcome' : 'refused'} [W02]`, () => {
    const check = () => checkPassword(new Secret(password), ANN)
    if (code === null) doesNotThrow(check)
    else throws(check, { code })
  })
}

test('usernames are lower case, 3 to 25 letters, digits and underscores, and none of ours', () => {
  equal(parseUsername(' Ann_Lee9 '), 'ann_lee9')
  equal(parseUsername('a'.repeat(25)), 'a'.repeat(25))
  const wrong = [
    '',
    'ab',
    'a'.repeat(26),
    'ann-lee',
    'ann lee',
    'änn',
    'аnn',
    'ann\n.',
    '__proto__!',
  ]
  for (const name of [
    ...wrong,
    'api',
    'LIVE',
    'media',
    'studio',
    'admin',
    'embed',
    'login',
    'www',
  ]) {
    throws(() => parseUsername(name), { code: 'accounts.username-invalid' }, name)
  }
})

test('email addresses are trimmed and checked', () => {
  equal(parseEmail(' Ann@Example.org '), 'Ann@Example.org')
  const wrong = ['', 'ann', 'ann@', '@example.org', 'a b@example.org', 'ann@example', 'a@b@c.org']
  for (const email of [
    ...wrong,
    `${'a'.repeat(250)}@example.org`,
    'ann@example.org\r\nBcc: x@y.org',
  ]) {
    throws(() => parseEmail(email), { code: 'accounts.email-invalid' }, email)
  }
})

test('a display name is one clean line of 1 to 50 characters; absent, it is the username as typed', () => {
  equal(parseDisplayName(' Ann\u202E\t  Lee\u0000 '), 'Ann Lee')
  equal(parseDisplayName('🐙'.repeat(50)), '🐙'.repeat(50))
  for (const name of ['', ' ', '\u202E', 'x'.repeat(51), 'x'.repeat(100_000)]) {
    throws(() => parseDisplayName(name), { code: 'accounts.display-name-invalid' })
  }
  const typed = { email: 'a@b.org', username: 'AnnLee', password: new Secret('k7#Q x k7#Q') }
  equal(parseRegistration(typed).display_name, 'AnnLee')
  equal(parseRegistration({ ...typed, displayName: '  ' }).display_name, 'AnnLee')
})

test('texts lose control and direction characters and broken surrogates, and keep emoji whole', () => {
  equal(cleanLine('title', 'a\u0007b\u2066c\u2069\u061C\u2028d\ud800', 10), 'abc d\ufffd')
  equal(cleanLine('title', '👩‍👩‍👧 e\u0301', 10), '👩‍👩‍👧 é')
  equal(cleanParagraphs('text', ' a\r\nb\r\r\r\rc\t\u0000 ', 20), 'a\nb\n\nc')
  throws(() => cleanLine('title', 'x'.repeat(11), 10), {
    code: 'accounts.text-too-long',
    facts: { field: 'title', charactersMax: 10 },
  })
})
