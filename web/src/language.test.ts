import assert from 'node:assert/strict'
import { test } from 'node:test'
import { german } from './german/index.ts'
import { chooseLanguage } from './language.ts'
import { text } from './strings.ts'
import { adminText } from './strings-admin.ts'
import { chatText } from './strings-chat.ts'
import { signText } from './strings-sign.ts'
import { studioText } from './strings-studio.ts'

test('the language is the chosen one, else the first wished for that there is, else English', () => {
  const rows: [string | null, string[], string][] = [
    [null, [], 'en'],
    [null, ['de-AT', 'en'], 'de'],
    [null, ['fr-FR', 'de'], 'de'],
    [null, ['fr', 'es'], 'en'],
    ['en', ['de'], 'en'],
    ['de', ['en-GB'], 'de'],
    ['toString', ['de'], 'de'],
  ]
  for (const [chosen, wished, language] of rows) {
    assert.equal(chooseLanguage(chosen, wished), language, `${chosen} ${wished.join()}`)
  }
})

// That no key is missing the compiler proves; that none was left in English it cannot.
test('no sentence of the German pages is the English one', () => {
  const english = [text, chatText, signText, studioText, adminText].flatMap(sentencesOf)
  const own = new Set(Object.values(german).flatMap(sentencesOf))
  assert.ok(english.length > 50, `${english.length} sentences`)
  assert.deepEqual(
    english.filter((sentence) => own.has(sentence)),
    [],
  )
})

/** What has two words and more; shorter ones may well be the same. */
function sentencesOf(part: object): string[] {
  return Object.values(part).flatMap((value: unknown) => {
    if (typeof value === 'object' && value !== null) return sentencesOf(value)
    return typeof value === 'string' && /\w{3} \w{3}/.test(value) ? [value] : []
  })
}
