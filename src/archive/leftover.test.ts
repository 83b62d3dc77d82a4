import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LENGTHS } from '../../test/support/hls-lengths.ts'
import { listSegment } from '../../test/support/list-segment.ts'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { createId } from '../base/index.ts'
import { Presentation } from '../hls/index.ts'
import type { BroadcastRecord } from './broadcast-record.ts'
import { closeLeftover, readLeftover } from './leftover.ts'
import { Library, readBlob } from './library.ts'

const OPTIONS = { segmentMs: 2000, reconnectGraceMs: 60_000 }
const START_MS = Date.UTC(2026, 0, 1)
/** Three segments of two seconds. */
const END_MS = START_MS + 6000

test('[X02] [R34] [R36] within the grace a broadcast goes on, with what is left of it', async () => {
  const { record, blobs } = await leaveBehind()
  const left = await readLeftover(record, blobs, END_MS + 20_000, OPTIONS)
  assert.equal(left?.graceMs, 40_000)
  assert.equal(left.recordingIndex, 2)
  assert.deepEqual(
    left.past.renditions.map(({ name, video }) => [name, video?.height]),
    [['240p', 240]],
  )
  assert.equal(left.past.moments.length, 4, 'a number is used up')
})

test('[X02] a clock that was set back gives no longer grace', async () => {
  const { record, blobs } = await leaveBehind()
  const left = await readLeftover(record, blobs, END_MS - 3_600_000, OPTIONS)
  assert.equal(left?.graceMs, OPTIONS.reconnectGraceMs)
})

test('[X02] after the grace, or with segments of another length, a broadcast does not go on', async () => {
  const { record, blobs } = await leaveBehind()
  assert.equal(await readLeftover(record, blobs, END_MS + 60_000, OPTIONS), null)
  assert.equal(await readLeftover(record, blobs, END_MS, { ...OPTIONS, segmentMs: 4000 }), null)
})

test('[H09] [X02] what does not go on is closed, as long as what is there of it', async () => {
  const { record, blobs, library } = await leaveBehind()
  await closeLeftover(record, blobs, library, silentLogger)
  const text = new TextDecoder().decode(await readBlob(blobs, `${record.id}/240p/index.m3u8`))
  assert.ok(text.endsWith('0-2.ts\n#EXT-X-ENDLIST\n'))
  const closed = library.get(record.id)
  assert.deepEqual([closed?.status, closed?.durationMs], ['ended', 6000])
})

/** What a killed server leaves of a broadcast with three segments and two files of a recording. */
async function leaveBehind() {
  const blobs = new MemoryBlobs()
  const presentation = new Presentation(LENGTHS)
  const promise = { name: '240p', peakBps: null, averageBps: null }
  presentation.startRun({ renditions: [promise], wallClockMs: START_MS })
  const record: BroadcastRecord = { ...RECORD, id: createId(), channelId: createId() }
  for (const startMs of [0, 2000, 4000]) {
    const segment = { ...SEGMENT, startTicks: startMs * 90 }
    const fileName = presentation.place('240p', segment)
    await blobs.put(`${record.id}/240p/${fileName}`, segment.bytes)
    for (const { text } of listSegment(presentation, '240p', fileName)) {
      await blobs.append(`${record.id}/240p/index.m3u8`, Buffer.from(text))
    }
  }
  for (const name of ['recording.flv', 'recording-1.flv']) {
    await blobs.append(`${record.id}/${name}`, Buffer.from('FLV'))
  }
  const library = new Library(blobs, [record])
  return { blobs, record, library }
}

const SEGMENT = {
  durationTicks: 180_000,
  bytes: new Uint8Array(188),
  parts: [],
  isAfterHole: false,
  frameCount: 50,
  video: null,
  audio: null,
}

const RECORD: Omit<BroadcastRecord, 'id' | 'channelId'> = {
  title: 'a title',
  visibility: 'public',
  status: 'live',
  failure: null,
  startedAt: new Date(START_MS).toISOString(),
  endedAt: null,
  durationMs: 2000,
  hasThumb: true,
  hasRecording: false,
  pictures: 'due',
  bytes: null,
  partTargetMs: 242,
  keyframeIntervalMs: null,
  renditions: [
    {
      name: '240p',
      width: 426,
      height: 240,
      frameRate: 25,
      bandwidth: 800_000,
      codecs: 'avc1.64001f,mp4a.40.2',
      isCopy: true,
    },
  ],
}
