import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRanking } from './channel-search.ts'

const CHANNEL = {
  username: 'ada_l',
  displayName: 'Ada Lövelace',
  title: 'Notes on the Analytical Engine',
}

test('a search ranks names before titles and ignores capitals and accents', () => {
  const rows: [string, number][] = [
    ['ada', 3],
    ['ADA LOVE', 3],
    ['  Ada_L ', 3],
    ['lovelace', 2],
    ['löve ada', 2],
    ['engine', 1],
    ['ada ENGINE', 1],
    ['ﬁsh', 0],
    ['ada fish', 0],
    ['', 0],
    ['   ', 0],
    ['.*', 0],
  ]
  for (const [query, rank] of rows) assert.equal(createRanking(query)(CHANNEL), rank, query)
})
