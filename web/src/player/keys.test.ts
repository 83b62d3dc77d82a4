import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideKey } from './keys.ts'

test('keys work on the page, yield to a focused control, and are letters in a text', () => {
  const rows = [
    { key: ' ', page: 'toggle-play', control: null },
    { key: 'k', page: 'toggle-play', control: 'toggle-play' },
    { key: 'K', page: 'toggle-play', control: 'toggle-play' },
    { key: 'm', page: 'toggle-mute', control: 'toggle-mute' },
    { key: 'f', page: 'toggle-fullscreen', control: 'toggle-fullscreen' },
    { key: 'ArrowUp', page: 'louder', control: null },
    { key: 'Tab', page: null, control: null },
    { key: 'toString', page: null, control: null },
  ]
  for (const { key, page, control } of rows) {
    assert.equal(decideKey({ key, hasModifier: false }, 'page'), page, key)
    assert.equal(decideKey({ key, hasModifier: false }, 'control'), control, key)
    assert.equal(decideKey({ key, hasModifier: false }, 'text'), null, key)
    assert.equal(decideKey({ key, hasModifier: true }, 'page'), null, key)
  }
})
