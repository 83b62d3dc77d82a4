import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatStoryboard, gridOf, planScenes, sheetsOf, tileOf } from './storyboard.ts'

/** Segments of these lengths, one behind the other. */
function segmentsOf(lengthsMs: readonly number[]) {
  let startMs = 0
  return lengthsMs.map((durationMs, at) => {
    const segment = { fileName: `1-${at}.ts`, startMs, durationMs }
    startMs += durationMs
    return segment
  })
}

test('[F21] a short broadcast gives a picture of each segment, a long one of every 10 s, a very long one a thousand', () => {
  const rows = [
    ['nothing', 0, 0],
    ['one segment', 1, 1],
    ['a minute', 30, 30],
    ['200 s: one sheet', 100, 100],
    ['an hour', 1800, 360],
    ['twelve hours', 21_600, 1000],
  ] as const
  for (const [name, segments, expected] of rows) {
    const scenes = planScenes(segmentsOf(Array.from({ length: segments }, () => 2000)))
    const isNear = Math.abs(scenes.length - expected) <= expected / 100
    assert.ok(isNear, `${name}: ${scenes.length} pictures`)
  }
})

test('[F21] pictures cover the whole line of time without a hole, in order, each at its own segment', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 40, max: 10_000 }), { maxLength: 3000 }),
      (lengthsMs) => {
        const segments = segmentsOf(lengthsMs)
        const starts = new Map(segments.map(({ fileName, startMs }) => [fileName, startMs]))
        const scenes = planScenes(segments)
        assert.ok(scenes.length <= 1001)
        for (const [at, scene] of scenes.entries()) {
          assert.equal(scene.startMs, starts.get(scene.fileName))
          assert.ok(scene.endMs > scene.startMs)
          assert.equal(scene.startMs, at === 0 ? 0 : scenes[at - 1]?.endMs)
        }
        const last = segments.at(-1)
        if (last !== undefined) assert.equal(scenes.at(-1)?.endMs, last.startMs + last.durationMs)
      },
    ),
  )
})

test('[F21] where nothing is stored, the picture before stays', () => {
  const all = segmentsOf(Array.from({ length: 600 }, () => 2000))
  const scenes = planScenes(all.filter(({ startMs }) => startMs < 300_000 || startMs >= 900_000))
  const hole = scenes.find(({ startMs, endMs }) => startMs < 300_000 && endMs >= 300_001)
  assert.equal(hole?.endMs, 900_000)
  assert.ok(scenes.every(({ startMs, endMs }) => startMs === 290_000 || endMs - startMs <= 12_000))
})

test('[F21] the text names sheet and place of each picture, in hours that may be many', () => {
  const scenes = planScenes(segmentsOf(Array.from({ length: 2200 }, () => 10_000)))
  const text = formatStoryboard(scenes.slice(0, 101), { width: 160, height: 90 })
  const cues = text.trimEnd().split('\n\n')
  assert.equal(cues[0], 'WEBVTT')
  assert.equal(cues[1], '00:00:00.000 --> 00:00:20.000\nstoryboard-0.jpg#xywh=0,0,160,90')
  assert.match(cues[12] ?? '', /\nstoryboard-0\.jpg#xywh=160,90,160,90$/)
  assert.match(cues[101] ?? '', /\nstoryboard-1\.jpg#xywh=0,0,160,90$/)
  const late = [
    { fileName: '1-1.ts', startMs: 40 * 3_600_000 + 61_001.4, endMs: 40 * 3_600_000 + 99_999.6 },
  ]
  const lines = formatStoryboard(late, { width: 90, height: 160 }).split('\n')
  assert.equal(lines[2], '40:01:01.001 --> 40:01:40.000')
})

test('sheets are full rows, tiles have the shape of the picture', () => {
  assert.deepEqual([1, 9, 10, 11, 100].map(gridOf), [
    { columns: 1, rows: 1 },
    { columns: 9, rows: 1 },
    { columns: 10, rows: 1 },
    { columns: 10, rows: 2 },
    { columns: 10, rows: 10 },
  ])
  assert.deepEqual(tileOf({ width: 1920, height: 1080 }), { width: 160, height: 90 })
  assert.deepEqual(tileOf({ width: 608, height: 1080 }), { width: 90, height: 160 })
  assert.deepEqual(tileOf({ width: 4000, height: 2 }), { width: 160, height: 2 })
  const scenes = planScenes(segmentsOf(Array.from({ length: 21_600 }, () => 2000)))
  assert.deepEqual(sheetsOf(scenes).flat(), scenes)
})
