import assert from 'node:assert/strict'
import { test } from 'node:test'
import { warningCodes } from '../../../src/base/index.ts'
import { german } from '../german/index.ts'
import { studioText } from '../strings-studio.ts'

test('[O02] the studio has a sentence and a remedy for every warning, in each language', () => {
  for (const { health } of [studioText, german.studio]) {
    assert.deepEqual(new Set(Object.keys(health.warnings)), new Set<string>(warningCodes()))
    for (const { what, remedy } of Object.values(health.warnings)) {
      assert.ok(what.length > 10 && remedy.length > 10, what)
    }
  }
})
