import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut, segmentsOf } from '../../test/support/cut-ts.ts'
import {
  AAC,
  FFPROBE,
  H264,
  makeTs,
  picture,
  runFfmpeg,
  tone,
} from '../../test/support/make-media.ts'
import { joinBytes, ViblyError } from '../base/index.ts'
import { encodeTables, TsReader, type TsUnit } from '../media/index.ts'
import { PART_SHARE_MIN, PartTarget } from './part-target.ts'
import type { Cut, Segment } from './segment.ts'
import { Segmenter } from './segmenter.ts'

const PACKET_BYTES = 188
/** Key frames every 2 s and nowhere else, as the plan promises them. */
const FORCED = ['-g', '600', '-sc_threshold', '0', '-force_key_frames', 'expr:gte(t,n_forced*2)']
const WITH_B = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', ...FORCED]
const VFR = ['-vf', "select='not(eq(mod(n,7),3))'", '-fps_mode', 'vfr']

const SOURCES: readonly {
  name: string
  args: readonly string[]
  seconds: number
  frames: number
  frameSeconds: number
}[] = [
  {
    name: '30 fps with sound',
    args: [...picture('320x180', '30', 11), ...tone(11), ...H264, ...AAC],
    seconds: 11,
    frames: 330,
    frameSeconds: 1 / 30,
  },
  {
    name: 'B-frames',
    args: [...picture('320x180', '30', 7), ...tone(7), ...WITH_B, ...AAC],
    seconds: 7,
    frames: 210,
    frameSeconds: 1 / 30,
  },
  {
    name: '23.976 fps',
    args: [...picture('320x180', '24000/1001', 7), ...H264, ...FORCED],
    seconds: 7,
    frames: 168,
    frameSeconds: 1001 / 24000,
  },
  {
    name: '29.97 fps',
    args: [...picture('320x180', '30000/1001', 7), ...tone(7), ...H264, ...FORCED, ...AAC],
    seconds: 7,
    frames: 210,
    frameSeconds: 1001 / 30000,
  },
  {
    name: '59.94 fps',
    args: [...picture('320x180', '60000/1001', 5), ...H264, ...FORCED],
    seconds: 5,
    frames: 300,
    frameSeconds: 1001 / 60000,
  },
  {
    name: 'uneven frame rate',
    args: [...picture('320x180', '30', 7), ...VFR, ...H264, ...FORCED],
    seconds: 7,
    frames: 180,
    frameSeconds: 2 / 30,
  },
  { name: 'sound alone', args: [...tone(9), ...AAC], seconds: 9, frames: 0, frameSeconds: 0.2 },
]

for (const { name, args, seconds, frames, frameSeconds } of SOURCES) {
  test(`${name}: every segment plays alone and the durations add up [H03] [H17] [H18] [H19] [LL04]`, () => {
    const ts = makeTs(args)
    const cuts = cut(ts)
    const segments = segmentsOf(cuts)
    assert.ok(segments.length >= Math.floor(seconds / 2.2), `${segments.length} segments`)

    const totalSeconds = segments.reduce((sum, one) => sum + one.durationTicks, 0) / 90_000
    assert.ok(Math.abs(totalSeconds - seconds) <= frameSeconds * 2, `${totalSeconds} s`)
    assert.equal(
      segments.reduce((sum, one) => sum + one.frameCount, 0),
      frames,
    )
    for (const [index, segment] of segments.entries()) {
      const next = segments[index + 1]
      if (next !== undefined)
        assert.equal(segment.startTicks + segment.durationTicks, next.startTicks)
      assert.ok(Math.round(segment.durationTicks / 90_000) <= 2)
      // Both together may only pass if the decoder finds nothing to complain about.
      runFfmpeg(['-i', 'pipe:0', '-f', 'null', '-'], segment.bytes)
      if (frames > 0) assert.match(firstPacketFlags(segment.bytes), /^K/)
    }
    assert.deepEqual(brokenCounters(segments.map((one) => one.bytes)), [])
    assertParts(cuts)
  })
}

/** The parts are the segment, in bytes and in time; all but the last come before it, by themselves. */
function assertParts(cuts: readonly Cut[]): void {
  let ahead: Extract<Cut, { kind: 'part' }>[] = []
  for (const one of cuts) {
    if (one.kind === 'part') {
      ahead.push(one)
      continue
    }
    const { parts, ...segment } = one.segment
    assert.deepEqual(
      parts.slice(0, -1),
      ahead.map(({ part }) => part),
    )
    for (const { segment: head } of ahead) assert.equal(head.startTicks, segment.startTicks)
    if (parts.length > 0) {
      const bytes = joinBytes(parts.map((part) => part.bytes))
      assert.equal(Buffer.compare(bytes, segment.bytes), 0)
      const ticks = parts.reduce((sum, part) => sum + part.durationTicks, 0)
      assert.equal(ticks, segment.durationTicks)
      assert.equal(parts[0]?.isIndependent, true)
    }
    ahead = []
  }
  assert.equal(ahead.length, 0)
}

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
      const partTarget = new PartTarget()
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
    const partTarget = new PartTarget()
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
    const segmenter = new Segmenter({ partTarget: new PartTarget() })
    const lateTicks: number[] = []
    let [newestTicks, endTicks] = [0, 0]
    for (let at = 0; at < ts.byteLength; at += PACKET_BYTES) {
      const packet = ts.subarray(at, at + PACKET_BYTES)
      for (const unit of reader.push(packet)) newestTicks = unit.ptsTicks
      for (const one of segmenter.push(packet)) {
        if (one.kind === 'segment') endTicks = one.segment.startTicks + one.segment.durationTicks
        else {
          endTicks = Math.max(endTicks, one.segment.startTicks) + one.part.durationTicks
          lateTicks.push(newestTicks - endTicks)
        }
      }
    }
    const onTime = lateTicks.filter((ticks) => ticks <= 0)
    assert.ok(onTime.length >= 0.9 * lateTicks.length, `${lateTicks.map((ticks) => ticks / 90)}`)
  })
}

test('[LL03] while a picture stays, parts go on with the sound alone', () => {
  const frozen = ['-vf', "select='lt(t,4.5)+gte(t,5.7)'", '-fps_mode', 'passthrough']
  const partTarget = new PartTarget()
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
          const partTarget = new PartTarget()
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

test('the facts of a segment are those of its bytes [M01] [M02] [M03]', () => {
  const bytes = makeTs([
    ...picture('642x360', '30', 2),
    ...tone(2, 44_100),
    ...H264,
    ...AAC,
    '-ac',
    '2',
  ])
  const [segment] = segmentsOf(cut(bytes))
  assert.ok(segment?.video !== undefined && segment.video !== null && segment.audio !== null)
  assert.deepEqual([segment.video.width, segment.video.height], [642, 360])
  assert.match(segment.video.codecString, /^avc1\.42c0/)
  assert.deepEqual([segment.audio.sampleRate, segment.audio.channels], [44_100, 2])
  assert.equal(segment.frameCount, 60)
})

test('pictures with their length in front, and key frames of more than 64 KiB that cannot have one', () => {
  const noise = ['-vf', 'noise=alls=100:allf=t', '-qp', '8', '-omit_video_pes_length', '0']
  const bytes = makeTs([...picture('640x360', '30', 4), ...tone(4), ...H264, ...noise, ...AAC])
  const segments = segmentsOf(cut(bytes))
  assert.ok(bytes.byteLength > 120 * 65_536, 'the pictures are large')
  assert.deepEqual(
    segments.map((segment) => segment.frameCount),
    [60, 60],
  )
  for (const segment of segments) runFfmpeg(['-i', 'pipe:0', '-f', 'null', '-'], segment.bytes)
})

test('two renditions of one FFmpeg are cut at the same times [H21]', () => {
  const both = [360, 180].map((height) => {
    const scale = ['-vf', `scale=-2:${height}`, '-enc_time_base', '1:90000', '-copyts']
    // Key frames where nobody would put them: 0, 0.9, 2.9, 3.2, 4, 6, 6.4 s.
    const keys = ['-g', '600', '-sc_threshold', '0', '-force_key_frames', '0,0.9,2.9,3.2,4,6,6.4']
    return segmentsOf(cut(makeTs([...picture('640x360', '30', 8), ...scale, ...H264, ...keys])))
  })
  const [high, low] = both.map((segments) =>
    segments.map(({ startTicks, durationTicks }) => [startTicks, durationTicks]),
  )
  assert.deepEqual(high, low)
  assert.deepEqual(
    high?.map(([, ticks]) => Math.round((ticks ?? 0) / 9000) / 10),
    [0.9, 2, 1.1, 2, 0.4, 1.6],
  )
})

/** Cuts pictures that are nothing but key frames and others, at 10 a second. */
function cutKeys(gaps: readonly number[]): Segment[] {
  let at = 0
  const keys = gaps.map((gap) => (at += gap))
  const total = at + 10
  const wanted = [0, ...keys].map((frame) => (frame / 10).toFixed(2)).join(',')
  const args = [...picture('32x32', '10', total / 10), ...H264]
  return segmentsOf(
    cut(makeTs([...args, '-g', '1000', '-sc_threshold', '0', '-force_key_frames', wanted])),
  )
}

test('[H02] [H03] key frames at most 2.1 s apart, however irregular, never break the target', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 21 }), { minLength: 3, maxLength: 25 }),
      (gaps) => {
        const segments = cutKeys(gaps)
        for (const { durationTicks } of segments) {
          assert.ok(Math.round(durationTicks / 90_000) <= 2, `${durationTicks / 90_000} s`)
        }
        const frames = segments.reduce((sum, one) => sum + one.frameCount, 0)
        assert.equal(
          frames,
          gaps.reduce((sum, gap) => sum + gap, 10),
        )
      },
    ),
    { numRuns: 25 },
  )
})

test('[H02] key frames too far apart are reported before a playlist could break its target', () => {
  assert.throws(() => cutKeys([20, 20, 50]), { code: 'hls.key-frames-too-far' })
  assert.throws(() => cutKeys([120]), { code: 'hls.key-frames-too-far' })
})

test('[H10] another size belongs to another run, the same parameters again do not', () => {
  const make = (size: string, offset: string) =>
    makeTs([...picture(size, '30', 2), ...H264, '-output_ts_offset', offset])
  const first = make('320x180', '0')
  assert.equal(segmentsOf(cut(joinBytes([first, make('320x180', '2')]))).length, 2)
  assert.throws(() => cut(joinBytes([first, make('640x360', '2')])), { code: 'hls.format-changed' })
})

test('[H19] what comes before the first key frame is dropped, sound too', () => {
  const bytes = makeTs([...picture('320x180', '30', 6), ...tone(6), ...H264, ...AAC])
  // Cutting the stream a second in leaves half a group without its key frame.
  const tables = bytes.subarray(0, 3 * 188)
  const late = joinBytes([tables, bytes.subarray(Math.trunc(bytes.byteLength / 6 / 188) * 188)])
  const segments = segmentsOf(cut(late))
  assert.equal(segments[0]?.frameCount, 60)
  assert.match(firstPacketFlags(segments[0]?.bytes ?? new Uint8Array()), /^K/)
})

test('a stream that never has a key frame gives nothing', () => {
  const bytes = makeTs([...picture('320x180', '30', 1.5), ...H264])
  const tables = bytes.subarray(0, 3 * 188)
  const late = joinBytes([tables, bytes.subarray(Math.trunc(bytes.byteLength / 2 / 188) * 188)])
  assert.deepEqual(cut(late), [])
})

test('a segment over its limit of bytes is refused', () => {
  const bytes = makeTs([...picture('320x180', '30', 2), ...H264])
  assert.throws(() => cut(bytes, { segmentBytesMax: 10_000 }), { code: 'hls.segment-too-large' })
})

test('an IDR in the middle of a segment has tables before it, so its part starts a player [LL21]', () => {
  const bytes = makeTs([...picture('320x180', '30', 2), ...H264, '-force_key_frames', '0,0.3'])
  const partTarget = new PartTarget()
  partTarget.decide([3000])
  const [segment] = segmentsOf(cut(bytes, { partTarget }))
  const parts = segment?.parts ?? []
  assert.deepEqual(
    parts.flatMap((part, index) => (part.isIndependent ? [index] : [])),
    [0, 1],
  )
})

test('[LL21] a part of sound alone that is marked independent plays alone', () => {
  const partTarget = new PartTarget()
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
  assert.equal(frameCount, 6 * 30 - (segments[0]?.frameCount ?? 0))
})

test('mutated TS never makes the segmenter throw anything but a ViblyError', () => {
  const bytes = makeTs([...picture('160x90', '30', 5), ...tone(5), ...H264, ...AAC])
  const mutation = fc.tuple(fc.nat({ max: bytes.byteLength - 1 }), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 40 }), (mutations) => {
      const mutated = bytes.slice()
      for (const [at, value] of mutations) mutated[at] = value
      try {
        for (const { durationTicks } of segmentsOf(cut(mutated)))
          assert.ok(durationTicks < 2.5 * 90_000)
      } catch (thrown) {
        assert.ok(thrown instanceof ViblyError && thrown.code !== 'base.bug', String(thrown))
      }
    }),
    { numRuns: 100 },
  )
})

/** Flags of the first video packet as ffprobe sees them: K is a key frame. */
function firstPacketFlags(bytes: Uint8Array): string {
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=flags']
  const out = execFileSync(FFPROBE, [...args, '-of', 'csv=p=0', '-i', 'pipe:0'], { input: bytes })
  return out.toString()
}

/** Packets whose continuity counter does not follow the one before on its pid (ISO 13818-1 §2.4.3.3). */
function brokenCounters(pieces: readonly Uint8Array[]): string[] {
  const bytes = joinBytes(pieces)
  const last = new Map<number, number>()
  const broken: string[] = []
  for (let at = 0; at < bytes.byteLength; at += 188) {
    const [, second = 0, third = 0, fourth = 0] = bytes.subarray(at, at + 4)
    const pid = (second & 0x1f) * 256 + third
    if ((fourth & 0x10) === 0) continue
    const before = last.get(pid)
    if (before !== undefined && (before + 1) % 16 !== fourth % 16)
      broken.push(`pid ${pid} at ${at}`)
    last.set(pid, fourth % 16)
  }
  return broken
}
