import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Line, type Loader } from './line.ts'

const UNTOUCHED = 50_000_000

/** 480p and 720p, of which the second is loaded. */
function loader(change: Partial<Loader> = {}): Loader {
  const levels = [
    { bitrate: 1_500_000, averageBitrate: 1_200_000 },
    { bitrate: 3_100_000, averageBitrate: 2_500_000 },
  ]
  const base = { levels, loadLevel: 1, autoLevelEnabled: true, bandwidthEstimate: UNTOUCHED }
  return { ...base, ...change }
}

/** A line of so many kbit/s, over which two seconds of 2500 kbit/s came. */
function lineOf(kbps: number): Line {
  const line = new Line()
  const end = 100 + (2 * 2_500 * 1_000) / kbps
  line.note({ loaded: 2 * 2_500 * 125, loading: { first: 100, end } }, 2)
  return line
}

test('a stall on a line that carries less than the picture takes: what it carries now is believed', () => {
  const hls = loader()
  assert.equal(lineOf(1_500).noteStall(hls), true)
  assert.equal(hls.bandwidthEstimate, 1_500_000)
})

test('a stall on a good line is not the fault of the line', () => {
  const hls = loader()
  assert.equal(lineOf(20_000).noteStall(hls), false)
  assert.equal(new Line().noteStall(hls), false)
  // A quarter of a second of a still picture, on a busy machine.
  const still = new Line()
  still.note({ loaded: 2_000, loading: { first: 100, end: 140 } }, 0.25)
  assert.equal(still.noteStall(hls), false)
  assert.equal(still.isTooSlow(hls), false)
  assert.equal(hls.bandwidthEstimate, UNTOUCHED)
})

test('a narrow line that still carries the picture changes no quality, nor one that was chosen', () => {
  const narrow = loader()
  assert.equal(lineOf(4_000).noteStall(narrow), true)
  const chosen = loader({ autoLevelEnabled: false })
  assert.equal(lineOf(300).noteStall(chosen), true)
  assert.deepEqual([narrow.bandwidthEstimate, chosen.bandwidthEstimate], [UNTOUCHED, UNTOUCHED])
})

test('too slow is what carries less than the least quality, until something comes in an instant', () => {
  assert.equal(lineOf(300).isTooSlow(loader()), true)
  assert.equal(lineOf(1_300).isTooSlow(loader()), false)
  const line = lineOf(300)
  line.note({ loaded: 10_000, loading: { first: 100, end: 101 } }, 0.25)
  assert.deepEqual([line.isTooSlow(loader()), line.noteStall(loader())], [false, false])
  const other = lineOf(300)
  other.forget()
  assert.equal(other.isTooSlow(loader()), false)
})
