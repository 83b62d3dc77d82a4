import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSegmenter, cut, segmentsOf } from '../../../test/support/cut-ts.ts'
import { AAC, H264, makeTs, picture, tone } from '../../../test/support/make-media.ts'

const HOLES: readonly { name: string; args: readonly string[]; frames: readonly number[] }[] = [
  {
    name: 'the picture stops for 3.5 s and goes on with a key frame, the sound never stops',
    args: [...picture('320x180', '30', 10), ...tone(10), ...withoutTime(2.5, 6), ...AAC],
    frames: [60, 15, 60, 60],
  },
  {
    name: 'the picture goes on without a key frame: it is left out up to the next',
    args: [...picture('320x180', '30', 10), ...withoutTime(2.5, 6, '0,2,8')],
    frames: [60, 15, 60],
  },
]

/** H.264 with key frames every 2 s, or at `keys`, and without what lies between two seconds. */
function withoutTime(from: number, to: number, keys = `0,2,${to},${to + 2}`): readonly string[] {
  const keep = `select='lt(t,${from})+gte(t,${to})'`
  const encode = ['-vf', keep, '-fps_mode', 'passthrough', ...H264, '-g', '600']
  return [...encode, '-sc_threshold', '0', '-force_key_frames', keys]
}

for (const { name, args, frames } of HOLES) {
  test(`[H03] [H10] a hole is left out, and the segment behind it says so: ${name}`, () => {
    const segments = segmentsOf(cut(makeTs(args)))
    assert.deepEqual(
      segments.map((one) => one.frameCount),
      frames,
    )
    assert.deepEqual(
      segments.map((one) => one.isAfterHole),
      segments.map((_, index) => index === 2),
    )
    for (const { durationTicks, frameCount, parts } of segments) {
      // In the hole parts of the sound alone were told of, and these stay.
      const toldTicks = parts.slice(0, -1).reduce((sum, part) => sum + part.durationTicks, 0)
      assert.equal(durationTicks, Math.max(frameCount * 3000, toldTicks + 1))
      assert.ok(Math.round(durationTicks / 90_000) <= 2, `${durationTicks / 90_000} s`)
    }
  })
}

test('what is no MPEG-TS is given up on, however much of it comes', () => {
  const segmenter = createSegmenter()
  const zeros = new Uint8Array(64 * 1024)
  assert.throws(
    () => {
      for (let count = 0; count < 1000; count += 1) segmenter.push(zeros)
    },
    { code: 'media.ts-invalid' },
  )
})
