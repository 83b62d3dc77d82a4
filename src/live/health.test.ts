import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeHealth } from './health.ts'

const ingest = { kbps: 1, frameRate: 25, keyframeIntervalMs: 2000, droppedFrames: 0, lateMs: 2500 }

function warningsWhen(behindMs: number): readonly string[] {
  return describeHealth({
    status: 'live',
    ingest: { ...ingest, warnings: ['ingest.late'] },
    source: null,
    paces: [{ name: '720p', isCopy: false, behindMs }],
    figures: new Map(),
    others: ['recording.stopped'],
  }).warnings
}

test('[O02] a server that is behind blames itself and not the line', () => {
  assert.deepEqual(warningsWhen(300), ['ingest.late', 'recording.stopped'])
  assert.deepEqual(warningsWhen(6000), ['transcode.behind', 'recording.stopped'])
})
