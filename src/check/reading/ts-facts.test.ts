import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import fc from 'fast-check'
import { AAC, H264, makeTs, picture, tone } from '../../../test/support/make-media.ts'
import { joinBytes } from '../../base/index.ts'
import { isTs, readParts, readTs, ticksBetween } from './ts-facts.ts'

const PACKET = 188
let segment: Uint8Array

before(() => {
  segment = makeTs([...picture('320x180', '30', 4), ...tone(4), ...H264, ...AAC])
})

test('a segment tells its pictures, its sound and its times', () => {
  const facts = readTs(segment)
  assert.equal(facts.unreadable, null)
  assert.deepEqual(facts.faults, [])
  assert.deepEqual([facts.video?.width, facts.video?.height], [320, 180])
  assert.deepEqual([facts.audio?.codecString, facts.audio?.channels], ['mp4a.40.2', 1])
  assert.equal(facts.frameCount, 120)
  assert.equal(facts.startsWithIdr, true)
  assert.equal(facts.idrTicks.length, 2)
  assert.deepEqual([facts.frameTicks, facts.frameTicksMin, facts.frameTicksMax], [3000, 3000, 3000])
  assert.equal(ticksBetween(facts.startTicks, facts.endTicks), 4 * 90_000)
  const sound = ticksBetween(facts.audioStartTicks ?? 0, facts.audioEndTicks ?? 0)
  assert.ok(Math.abs(sound - 4 * 90_000) < 4000, `${sound}`)
})

test('sound alone has a start and no IDR', () => {
  const facts = readTs(makeTs([...tone(2), ...AAC]))
  assert.deepEqual([facts.video, facts.startsWithIdr, facts.frameCount], [null, null, 0])
  assert.equal(facts.startTicks, facts.audioStartTicks)
})

test('a packet that is missing is found by its counter', () => {
  const at = 40 * PACKET
  const holed = joinBytes([segment.subarray(0, at), segment.subarray(at + PACKET)])
  assert.match(readTs(holed).faults.join(), /continuity counter/)
})

test('the rest of a picture without its IDR does not start with one', () => {
  const facts = readTs(segment)
  const half = readTs(makeTs(['-ss', '1', ...picture('320x180', '30', 4), ...H264]))
  assert.equal(half.startsWithIdr, true)
  // From the second picture on, with the tables in front.
  const second = pictureStarts(segment)[1] ?? 0
  const cut = readTs(joinBytes([segment.subarray(0, 3 * PACKET), segment.subarray(second)]))
  assert.equal(cut.startsWithIdr, false)
  assert.ok(cut.frameCount < facts.frameCount)
})

test('parts are compared with their segment, to the byte or to the sample', () => {
  const [, one = 0, two = 0] = pictureStarts(segment)
  const parts = [segment.subarray(0, one), segment.subarray(one, two), segment.subarray(two)]
  assert.deepEqual(readParts(parts, segment), {
    joined: 'same bytes',
    hasIdr: [true, false, true],
  })
  // Tables again in front of a part are other bytes, yet the same samples.
  const tables = segment.subarray(0, 3 * PACKET)
  const [first, second, third] = parts
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  const repeated = [first, joinBytes([tables, second]), third]
  assert.equal(readParts(repeated, segment).joined, 'same samples')
  assert.equal(readParts([first, third], segment).joined, 'different')
  assert.equal(readParts([second, first, third], segment).joined, 'different')
})

test('times are compared on the circle of 33 bits', () => {
  assert.equal(ticksBetween(2 ** 33 - 10, 20), 30)
  assert.equal(ticksBetween(20, 2 ** 33 - 10), -30)
  assert.equal(ticksBetween(5, 5), 0)
})

test('whatever the bytes, reading ends without an exception', () => {
  assert.equal(isTs(segment), true)
  assert.equal(isTs(new TextEncoder().encode('<html>')), false)
  for (let end = 0; end < 4 * PACKET; end += 1) readTs(segment.subarray(0, end))
  const flips = fc.array(fc.tuple(fc.nat(segment.byteLength - 1), fc.nat(255)), { maxLength: 30 })
  fc.assert(
    fc.property(flips, (changes) => {
      const bytes = segment.slice()
      for (const [at, value] of changes) bytes[at] = value
      assert.ok(readTs(bytes).frameCount <= 200)
    }),
    { numRuns: 60 },
  )
})

/** Where packets start that begin a picture: video comes on the first pid after the tables. */
function pictureStarts(bytes: Uint8Array): readonly number[] {
  const starts: number[] = []
  for (let at = 0; at < bytes.byteLength; at += PACKET) {
    const isStart = ((bytes[at + 1] ?? 0) & 0x40) !== 0
    const pid = ((bytes[at + 1] ?? 0) & 0x1f) * 0x100 + (bytes[at + 2] ?? 0)
    if (isStart && pid === 256) starts.push(at)
  }
  return starts
}
