import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { assertParts, cut, segmentsOf } from '../../../test/support/cut-ts.ts'
import {
  AAC,
  FFPROBE,
  FORCED,
  H264,
  makeTs,
  picture,
  runFfmpeg,
  tone,
  VFR,
  WITH_B,
} from '../../../test/support/make-media.ts'
import { joinBytes, ViblyError } from '../../base/index.ts'
import type { Segment } from './segment.ts'

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

/**
 * Packets whose continuity counter does not follow the one before on its pid (ISO 13818-1
 * §2.4.3.3).
 */
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
