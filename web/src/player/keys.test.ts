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
    { key: 'ArrowLeft', page: 'back-5', control: null },
    { key: 'j', page: 'back-10', control: 'back-10' },
    { key: 'l', page: 'forward-10', control: 'forward-10' },
    { key: '.', page: 'go-live', control: 'go-live' },
    { key: '>', page: 'faster', control: 'faster' },
    { key: 't', page: 'toggle-theatre', control: 'toggle-theatre' },
    { key: 'c', page: 'toggle-chat', control: 'toggle-chat' },
    { key: '7', page: 'tenth-7', control: 'tenth-7' },
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
