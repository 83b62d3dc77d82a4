import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cut } from '../../hls/index.ts'
import { RenditionMeter } from './rendition-meter.ts'

/** 2 s of 50 pictures and 250,000 bytes. */
const SEGMENT: Cut = {
  kind: 'segment',
  segment: {
    ...{ isAfterHole: false, video: null, audio: null, startTicks: 0, parts: [] },
    ...{ durationTicks: 180_000, frameCount: 50, bytes: new Uint8Array(250_000) },
  },
}

test('[O01] rates are those of the segments that came out', () => {
  const meter = new RenditionMeter()
  assert.deepEqual(meter.figures(), { kbps: null, frameRate: null, speed: null })
  meter.take(SEGMENT, 0)
  assert.deepEqual(meter.figures(), { kbps: 1000, frameRate: 25, speed: null })
})

test('[O01] 2 s of media in 4 s are a speed of 0.5', () => {
  const meter = new RenditionMeter()
  for (let count = 0; count < 10; count += 1) meter.take(SEGMENT, count * 4000)
  assert.equal(meter.figures().speed, 0.5)
})
