import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Health } from '../api/wire.ts'
import { addSample, type HealthSample } from './health-history.ts'

function health(status: Health['status'], speeds: readonly (number | null)[] = []): Health {
  return {
    ...{ status, ingest_kbps: 3000, frame_rate: 30, keyframe_interval_s: 2, width: 1280 },
    ...{ height: 720, codecs: null, dropped_frames: 0, late_ms: 0, warnings: [] },
    renditions: speeds.map((speed) => ({
      ...{ name: '720p', copy: true, kbps: 1, frame_rate: 30, behind_ms: 0, speed },
    })),
  }
}

test('a sample has the slowest speed, and nothing is drawn while offline', () => {
  const first = addSample([], health('live', [1, 0.9, null]), 4, 5000)
  assert.deepEqual(first, [{ atS: 5, kbps: 3000, frameRate: 30, speed: 0.9, viewers: 4 }])
  assert.equal(addSample(first, health('offline'), 0, 7000), first)
})

test('while the encoder is away its rates are drawn as nothing', () => {
  const [sample] = addSample([], health('interrupted'), 4, 5000)
  assert.deepEqual([sample?.kbps, sample?.frameRate, sample?.speed], [0, 0, null])
})

test('what is older than ten minutes is forgotten', () => {
  let samples: readonly HealthSample[] = []
  for (let atMs = 0; atMs <= 1_200_000; atMs += 2000) {
    samples = addSample(samples, health('live'), 1, atMs)
  }
  assert.equal(samples.length, 301)
  assert.equal(samples[0]?.atS, 600)
})
