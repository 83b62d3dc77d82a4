import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatClock, formatCount, hueOf, initialsOf } from './format.ts'

test('durations read as a clock', () => {
  const rows: [number, string][] = [
    [-5_000, '0:00'],
    [0, '0:00'],
    [59_999, '0:59'],
    [60_000, '1:00'],
    [600_000, '10:00'],
    [3_600_000, '1:00:00'],
    [36_061_000, '10:01:01'],
  ]
  for (const [durationMs, label] of rows) assert.equal(formatClock(durationMs), label)
})

test('counts stay short', () => {
  const rows: [number, string][] = [
    [-1, '0'],
    [0, '0'],
    [999, '999'],
    [1_234, '1.2K'],
    [34_000, '34K'],
    [1_500_000, '1.5M'],
  ]
  for (const [count, label] of rows) assert.equal(formatCount(count), label)
})

test('initials of names in any script', () => {
  const rows: [string, string][] = [
    ['Ada Lovelace', 'AL'],
    ['ada', 'A'],
    ['night_owl', 'NO'],
    ['  ', '?'],
    ['', '?'],
    ['🦉 owl', '🦉O'],
    ['Éva', 'É'],
  ]
  for (const [name, initials] of rows) assert.equal(initialsOf(name), initials)
})

test('a name keeps its hue and hues stay on the circle', () => {
  for (const name of ['', 'ada', 'z'.repeat(1_000), '🦉']) {
    const hue = hueOf(name)
    assert.equal(hue, hueOf(name))
    assert.ok(hue >= 0 && hue < 360)
  }
})
