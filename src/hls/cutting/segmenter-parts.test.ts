import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assertParts, createSegmenter, cut, segmentsOf } from '../../../test/support/cut-ts.ts'
import { LENGTHS } from '../../../test/support/hls-lengths.ts'
import {
  AAC,
  FORCED,
  H264,
  makeTs,
  picture,
  tone,
  VFR,
  WITH_B,
} from '../../../test/support/make-media.ts'
import { joinBytes } from '../../base/index.ts'
import { encodeTables, TsReader, type TsUnit } from '../../media/index.ts'
import { groupPictures } from './open-segment.ts'
import { PART_SHARE_MIN, PartTarget } from './part-target.ts'
import type { Segment } from './segment.ts'

const PACKET_BYTES = 188

const RATES = ['24000/1001', '24', '25', '30000/1001', '30', '50', '60000/1001', '60']

/** As an encoder sends them over RTMP: timestamps in whole ms. */
const IN_MS = ['-vf', 'settb=1/1000', '-enc_time_base', '1:90000']

for (const rate of RATES) {
  for (const [how, args] of [
    ['as they are', []],
    ['in whole ms', [...IN_MS, '-fps_mode', 'passthrough']],
    ['with B-frames', ['-bf', '2', '-tune', 'film']],
  ] as const) {
    test(`[LL02] ${rate} fps, timestamps ${how}: no part over PART-TARGET, none under 85 % of it but the last`, () => {
      const input = [...picture('160x90', rate, 9), ...tone(9)]
      const partTarget = new PartTarget(LENGTHS.partMs)
      const cuts = cut(makeTs([...input, ...H264, ...FORCED, ...AAC, ...args]), { partTarget })
      assertParts(cuts)
      const targetTicks = partTarget.ticks ?? assert.fail('nothing was decided')
      assert.ok(targetTicks <= 254 * 90 && targetTicks >= 200 * 90, `${targetTicks / 90} ms`)
      assertPartLengths(segmentsOf(cuts), targetTicks)
    })
  }
}

const UNEVEN: readonly { name: string; select: string }[] = [
  { name: 'one picture in seven missing', select: 'not(eq(mod(n,7),3))' },
  { name: 'pictures missing at random', select: 'gt(random(1),0.3)' },
  { name: 'half the rate after some time', select: 'lt(n,240)+not(mod(n,2))' },
]

for (const { name, select } of UNEVEN) {
  test(`[LL02] variable frame rate, ${name}: the same holds`, () => {
    const args = ['-vf', `select='${select}'`, '-fps_mode', 'passthrough']
    const partTarget = new PartTarget(LENGTHS.partMs)
    const ts = makeTs([...picture('160x90', '60', 9), ...args, ...H264, ...FORCED])
    const cuts = cut(ts, { partTarget })
    assertParts(cuts)
    assertPartLengths(segmentsOf(cuts), partTarget.ticks ?? assert.fail('nothing was decided'))
  })
}

for (const { name, select } of UNEVEN) {
  test(`[LL03] variable frame rate, ${name}: parts are told by the picture that follows, not a later one`, () => {
    const args = ['-vf', `select='${select}'`, '-fps_mode', 'passthrough']
    const ts = makeTs([...picture('160x90', '60', 9), ...args, ...H264, ...FORCED])
    const reader = new TsReader()
    const segmenter = createSegmenter()
    const lateTicks: number[] = []
    let [newestTicks, endTicks] = [0, 0]
    // How long parts may be is known at the end of the first segment.
    let hasTarget = false
    for (let at = 0; at < ts.byteLength; at += PACKET_BYTES) {
      const packet = ts.subarray(at, at + PACKET_BYTES)
      for (const unit of reader.push(packet)) newestTicks = unit.ptsTicks
      for (const one of segmenter.push(packet)) {
        if (one.kind === 'segment') {
          endTicks = one.segment.startTicks + one.segment.durationTicks
          hasTarget = true
        } else if (hasTarget) {
          endTicks = Math.max(endTicks, one.segment.startTicks) + one.part.durationTicks
          lateTicks.push(newestTicks - endTicks)
        }
      }
    }
    const onTime = lateTicks.filter((ticks) => ticks <= 0)
    assert.ok(onTime.length >= 0.9 * lateTicks.length, `${lateTicks.map((ticks) => ticks / 90)}`)
  })
}

test('[LL02] the first segment is in parts too, once it is known how long they may be', () => {
  for (const encode of [H264, WITH_B]) {
    const partTarget = new PartTarget(LENGTHS.partMs)
    const cuts = cut(
      makeTs([...picture('160x90', '30', 5), ...tone(5), ...encode, ...FORCED, ...AAC]),
      {
        partTarget,
      },
    )
    assertParts(cuts)
    const [first] = segmentsOf(cuts)
    assert.equal(first?.parts.length, 9)
    for (const { durationTicks } of first.parts.slice(0, -1)) {
      assert.ok(durationTicks <= (partTarget.ticks ?? 0))
      assert.ok(durationTicks >= PART_SHARE_MIN * (partTarget.ticks ?? 0))
    }
  }
})

test('[LL02] pictures that no parts can be made of are left together', () => {
  const at = (...dtsTicks: number[]) => dtsTicks.map((ticks) => ({ dtsTicks: ticks }))
  assert.deepEqual(groupPictures(at(0, 10, 20, 30, 40), 50, 21), [
    { from: 0, to: 2 },
    { from: 2, to: 4 },
    { from: 4, to: 5 },
  ])
  assert.equal(groupPictures(at(0, 10, 40), 50, 21), null, 'one lasts too long')
  assert.equal(groupPictures(at(0, 10, 20, 40), 50, 35), null, 'what is before would be too short')
  assert.deepEqual(groupPictures([], 0, 21), [])
})

test('[LL03] while a picture stays, parts go on with the sound alone', () => {
  const frozen = ['-vf', "select='lt(t,4.5)+gte(t,5.7)'", '-fps_mode', 'passthrough']
  const partTarget = new PartTarget(LENGTHS.partMs)
  const input = [...picture('160x90', '30', 8), ...tone(8)]
  const cuts = cut(makeTs([...input, ...frozen, ...H264, ...FORCED, ...AAC]), { partTarget })
  assertParts(cuts)
  const parts = segmentsOf(cuts).flatMap((segment) => segment.parts)
  assert.ok(parts.some((part) => part.frameCount === 0))
  for (const { durationTicks } of parts) assert.ok(durationTicks <= (partTarget.ticks ?? 0))
})

/** 12 s of sound, 10 s of pictures that stop and stutter, and how they are encoded. */
const UNSTEADY: readonly { name: string; encode: readonly string[] }[] = [
  { name: 'in the order shown', encode: [...H264, ...FORCED] },
  { name: 're-ordered and uneven', encode: [...WITH_B, ...VFR] },
]

for (const { name, encode } of UNSTEADY) {
  const ts = makeTs([...picture('160x90', '25', 10), ...tone(12), ...encode, ...AAC])
  test(`[LL04] [H04] pictures behind the sound, with holes, ${name}: parts are their segment, none too long`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1500 }),
        fc.array(fc.record({ at: fc.nat({ max: 240 }), count: fc.integer({ min: 1, max: 12 }) }), {
          maxLength: 8,
        }),
        (lateMs, holes) => {
          const partTarget = new PartTarget(LENGTHS.partMs)
          partTarget.decide([3600])
          const cuts = cut(disturb(ts, lateMs * 90, holes), { partTarget })
          assertParts(cuts)
          const targetTicks = partTarget.ticks ?? 0
          for (const segment of segmentsOf(cuts)) {
            assert.ok(Math.round(segment.durationTicks / 90_000) <= 2)
            for (const { durationTicks, isIndependent } of segment.parts.slice(0, -1)) {
              assert.ok(durationTicks <= targetTicks, `${durationTicks} of ${targetTicks}`)
              const isShort = durationTicks < PART_SHARE_MIN * targetTicks
              assert.ok(!isShort || isIndependent, `${durationTicks} of ${targetTicks}`)
            }
          }
          for (const [before, after] of pairs(segmentsOf(cuts))) {
            const apartTicks = after.startTicks - before.startTicks - before.durationTicks
            assert.ok(after.isAfterHole || apartTicks === 0, `${apartTicks} apart`)
          }
        },
      ),
      { numRuns: 20 },
    )
  })
}

/** The same units, each picture as if it had come `lateTicks` behind its sound, some left out. */
function disturb(
  bytes: Uint8Array,
  lateTicks: number,
  holes: readonly { readonly at: number; readonly count: number }[],
): Uint8Array {
  const reader = new TsReader()
  const units = [...reader.push(bytes), ...reader.end()]
  const pictures = units.filter((unit) => unit.kind === 'video')
  const lost = new Set(holes.flatMap(({ at, count }) => pictures.slice(at, at + count)))
  const arrival = (unit: TsUnit) => unit.dtsTicks + (unit.kind === 'video' ? lateTicks : 0)
  const kept = units.filter((unit) => unit.isRandomAccess || !lost.has(unit))
  const sorted = kept.toSorted((a, b) => arrival(a) - arrival(b))
  assert.ok(reader.program !== null)
  return joinBytes([encodeTables(reader.program), ...sorted.map((unit) => unit.packets)])
}

function pairs<T>(all: readonly T[]): (readonly [T, T])[] {
  return all.slice(1).flatMap((after, index) => {
    const before = all[index]
    return before === undefined ? [] : [[before, after] as const]
  })
}

function assertPartLengths(segments: readonly Segment[], targetTicks: number): void {
  assert.ok(segments.slice(1).every((segment) => segment.parts.length > 1))
  for (const { parts } of segments) {
    for (const [index, { durationTicks, isIndependent }] of parts.entries()) {
      assert.ok(durationTicks <= targetTicks, `${durationTicks} of ${targetTicks}`)
      if (index === parts.length - 1 || isIndependent) continue
      assert.ok(durationTicks >= PART_SHARE_MIN * targetTicks, `${durationTicks} of ${targetTicks}`)
    }
  }
}

test('an IDR in the middle of a segment has tables before it, so its part starts a player [LL21]', () => {
  const bytes = makeTs([...picture('320x180', '30', 2), ...H264, '-force_key_frames', '0,0.3'])
  const partTarget = new PartTarget(LENGTHS.partMs)
  partTarget.decide([3000])
  const [segment] = segmentsOf(cut(bytes, { partTarget }))
  const parts = segment?.parts ?? []
  assert.deepEqual(
    parts.flatMap((part, index) => (part.isIndependent ? [index] : [])),
    [0, 1],
  )
})

test('[LL21] a part of sound alone that is marked independent plays alone', () => {
  const partTarget = new PartTarget(LENGTHS.partMs)
  const segments = segmentsOf(cut(makeTs([...tone(7), ...AAC]), { partTarget }))
  const parts = segments.slice(1).flatMap((segment) => segment.parts)
  const independent = parts.filter((part) => part.isIndependent)
  assert.ok(independent.length >= 0.9 * parts.length, `${independent.length} of ${parts.length}`)
  for (const { bytes } of independent) {
    const reader = new TsReader()
    const units = [...reader.push(bytes), ...reader.end()]
    assert.ok(
      reader.program !== null && units.length > 0,
      'a reader that knows nothing can read it',
    )
  }
})

test('[LL21] every part can be read by a player that has read nothing before', () => {
  const bytes = makeTs([...picture('320x180', '30', 6), ...tone(6), ...H264, ...AAC])
  const segments = segmentsOf(cut(bytes))
  const parts = segments.flatMap((segment) => segment.parts)
  assert.ok(parts.length > 12)
  let frameCount = 0
  for (const part of parts) {
    const reader = new TsReader()
    const pictures = [...reader.push(part.bytes), ...reader.end()].filter(
      ({ kind }) => kind === 'video',
    )
    assert.deepEqual([reader.video?.width, reader.video?.height], [320, 180])
    assert.equal(pictures.length, part.frameCount)
    frameCount += pictures.length
  }
  assert.equal(frameCount, 6 * 30)
})
