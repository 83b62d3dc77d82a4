import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatAgo,
  formatClock,
  formatCount,
  formatMoment,
  hueOf,
  initialsOf,
  parseMoment,
} from './format.ts'

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

test('a time in an address is read, and written as it is read', () => {
  const rows: [string, number | null][] = [
    ['1h2m3s', 3_723],
    ['2m', 120],
    ['95', 95],
    ['95s', 95],
    ['1h', 3_600],
    ['1h5s', 3_605],
    ['', null],
    ['-5', null],
    ['1:30', null],
    ['1s2m', null],
    ['9999999', null],
    ['x', null],
  ]
  for (const [text, seconds] of rows) assert.equal(parseMoment(text), seconds, text)
  for (const seconds of [0, 1, 59, 60, 3_599, 3_600, 3_723, 90_061]) {
    assert.equal(parseMoment(formatMoment(seconds)), seconds)
  }
})

test('what was is told in the largest unit that fits', () => {
  const nowMs = 1_800_000_000_000
  const rows: [number, string][] = [
    [-1_000, 'now'],
    [30_000, '30 seconds ago'],
    [120_000, '2 minutes ago'],
    [7_200_000, '2 hours ago'],
    [86_400_000, 'yesterday'],
    [1_209_600_000, '2 weeks ago'],
  ]
  for (const [agoMs, words] of rows) assert.equal(formatAgo(nowMs - agoMs, nowMs), words)
})
