import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CONTENT_CHARACTERS_MAX,
  cleanContent,
  findBlocked,
  foldText,
  hasLink,
  isEmotesOnly,
  mentionsOf,
  quoteOf,
} from './text.ts'

test('[W24] what comes out of cleaning is one clean line, and cleaning it again changes nothing', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\u202e', '\u0301', '\u200b', '\ud83d') }),
  )
  fc.assert(
    fc.property(text, (sent) => {
      let clean: string
      try {
        clean = cleanContent(sent)
      } catch (thrown) {
        ok(thrown instanceof Error && 'code' in thrown && thrown.code === 'chat.content-invalid')
        return
      }
      ok(clean.isWellFormed())
      ok([...clean].length <= CONTENT_CHARACTERS_MAX && clean.trim() === clean && clean !== '')
      ok(!/[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u.test(clean))
      equal(cleanContent(clean), clean)
    }),
    { numRuns: 2000 },
  )
})

test('[W24] only what people can see counts as text', () => {
  for (const text of [
    '',
    '   ',
    '\u200b\u200b',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u3164',
    '\u202e',
  ]) {
    throws(() => cleanContent(text), { code: 'chat.content-invalid' }, JSON.stringify(text))
  }
  equal(cleanContent('👩‍👩‍👧 family'), '👩‍👩‍👧 family', 'joiners inside emoji stay')
  equal(cleanContent('x'.repeat(500)).length, 500)
  throws(() => cleanContent('x'.repeat(501)), { code: 'chat.content-invalid' })
})

test('a quote is cut between characters, never inside one', () => {
  equal(quoteOf('short'), 'short')
  equal(quoteOf('x'.repeat(200)).length, 140)
  const quote = quoteOf('👍'.repeat(200))
  equal([...quote].length, 140)
  ok(quote.isWellFormed())
})

for (const [content, names] of [
  ['hello', []],
  ['@ann', ['ann']],
  ['@Ann and @bob, @ann again', ['ann', 'bob']],
  ['mail me: ann@example.org', []],
  ['@@ann', []],
  ['(@ann) @bob! @cat.', ['ann', 'bob', 'cat']],
  ['@ab too short', []],
  [`@${'x'.repeat(26)} too long`, []],
  ['@ann_b @9lives', ['ann_b', '9lives']],
  ['ü@ann', []],
] as const) {
  test(`mentions in ${JSON.stringify(content)}`, () => deepEqual(mentionsOf(content), names))
}

test('at most twenty people are mentioned at once', () => {
  const content = Array.from({ length: 40 }, (_, n) => `@user${n}`).join(' ')
  equal(mentionsOf(content).length, 20)
})

for (const [content, isLink] of [
  ['see https://example.org/x', true],
  ['http://1.2.3.4', true],
  ['HTTPS://EXAMPLE.ORG', true],
  ['www.example', true],
  ['go to example.com now', true],
  ['bit.ly/xyz', true],
  ['twitch.tv', true],
  ['that is it.Io', true],
  ['wait... what', false],
  ['3.14 is pi', false],
  ['e.g. this', false],
  ['file.txt', false],
  ['ann@example.org', false],
  ['http://', false],
  ['end.Next', false],
] as const) {
  test(`${JSON.stringify(content)} ${isLink ? 'holds a link' : 'holds no link'}`, () => {
    equal(hasLink(content), isLink)
  })
}

for (const [content, isEmotes] of [
  ['👍', true],
  ['👍 🎉', true],
  [':wave:', true],
  [':wave: 👋🏽 :clap_2:', true],
  ['👩‍👩‍👧', true],
  ['🇩🇪', true],
  ['👍 yes', false],
  ['123', false],
  [':wave', false],
  [':Wave!:', false],
] as const) {
  test(`${JSON.stringify(content)} is ${isEmotes ? 'emotes alone' : 'more than emotes'}`, () => {
    equal(isEmotesOnly(content), isEmotes)
  })
}

for (const [one, other] of [
  ['Hello', 'hELLO'],
  ['ＦＵＬＬ', 'full'],
  ['a\u200bb', 'ab'],
  ['two  words', 'two words'],
  ['ﬁne', 'fine'],
  ['é', 'e\u0301'],
] as const) {
  test(`${JSON.stringify(one)} is as good as ${JSON.stringify(other)}`, () => {
    equal(foldText(one), foldText(other))
  })
}

for (const [content, patterns, found] of [
  ['you spammer', ['spam'], null],
  ['you spammer', ['spam*'], 'spam*'],
  ['antispam', ['*spam'], '*spam'],
  ['great spamming here', ['*pam*'], '*pam*'],
  ['buy cheap gold', ['cheap gold'], 'cheap gold'],
  ['cheap, gold', ['cheap gold'], 'cheap gold'],
  ['cheap old gold', ['cheap gold'], null],
  ['SPAM', ['spam'], 'spam'],
  ['s\u200bpam', ['spam'], 'spam'],
  ['ｓｐａｍ', ['spam'], 'spam'],
  ['aXb', ['a*b'], 'a*b'],
  ['ab', ['a*b'], 'a*b'],
  ['a', ['a*a'], null],
  ['abcabc', ['a*c*b*c'], 'a*c*b*c'],
  ['abc', ['a*c*c'], null],
  ['anything', ['*'], '*'],
  ['anything', [''], null],
  ['a.b', ['a.b'], 'a.b'],
  ['(x)+', ['(x)+'], '(x)+'],
  ['ok', [], null],
] as const) {
  test(`blocked in ${JSON.stringify(content)} by ${JSON.stringify(patterns)}: ${found}`, () => {
    equal(findBlocked(content, patterns), found)
  })
}

test('no pattern takes long, whatever it is', () => {
  const word = 'a'.repeat(500)
  const pattern = `${'*a'.repeat(50)}b`
  const fromMs = performance.now()
  for (let n = 0; n < 200; n += 1) equal(findBlocked(word, [pattern]), null)
  // Backtracking would take longer than anyone waits; this takes milliseconds.
  ok(performance.now() - fromMs < 20_000)
})
