import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { type BroadcastId, createId, ViblyError } from '../base/index.ts'
import { encodeFlvHeader, encodeFlvTag } from '../media/index.ts'
import type { Mp4File, Remux } from '../transcode/index.ts'
import { type BroadcastRecord, Library } from './library.ts'
import { Recordings } from './recordings.ts'

/** Three sounds, 23 ms each. */
const FLV = Buffer.concat([
  encodeFlvHeader({ hasVideo: false, hasAudio: true }),
  ...['af001190', 'af0121', 'af0121', 'af0121'].map((hex, at) =>
    encodeFlvTag({
      kind: 'audio',
      timestampMs: Math.max(0, at - 1) * 23,
      payload: Buffer.from(hex, 'hex'),
    }),
  ),
])
const LENGTH_MS = 69

test('[F19] the recorded bits go when the MP4 is checked, stored and offered', async () => {
  const { recordings, blobs, library, id, removed } = await open({ durationMs: LENGTH_MS })
  recordings.add(id)
  await recordings.close()
  assert.deepEqual(await keysOf(blobs), ['broadcast.json', 'recording.mp4'])
  assert.equal(library.get(id)?.hasRecording, true)
  assert.equal(removed.length, 1)
})

for (const [fault, made] of [
  ['that is too short', { durationMs: LENGTH_MS - 200 }],
  ['without its sound', { durationMs: LENGTH_MS, hasAudio: false }],
  ['that cannot be made', { failure: new ViblyError('transcode.remux-late', { seconds: 1 }) }],
] as const) {
  test(`[F19] an MP4 ${fault} is not offered; what was recorded stays, and is tried 3 times`, async () => {
    const { blobs, library, id, jobs, start } = await open(made)
    for (let at = 0; at < 5; at += 1) {
      const recordings = start()
      await recordings.resume()
      await recordings.close()
    }
    assert.equal(jobs.length, 3)
    assert.equal(library.get(id)?.hasRecording, false)
    const kept = ['broadcast.json', 'recording.flv', 'recording.tries']
    assert.deepEqual(await keysOf(blobs), kept)
  })
}

test('[X03] a server that stops waits 3 s at most, and the next one finds what is left', async () => {
  const { recordings, clock, id, blobs, jobs } = await open({ isEndless: true })
  recordings.add(id)
  while (jobs.length === 0) await clock.advance(1)
  let isClosed = false
  const closed = recordings.close().then(() => {
    isClosed = true
  })
  await clock.advance(2900)
  assert.equal(isClosed, false)
  await clock.advance(200)
  await closed
  assert.deepEqual(await keysOf(blobs), ['broadcast.json', 'recording.flv'], 'no try is counted')
})

test('a broadcast that is deleted while its recording is made leaves nothing', async () => {
  const { recordings, clock, id, blobs, library, jobs } = await open({ isEndless: true })
  recordings.add(id)
  while (jobs.length === 0) await clock.advance(1)
  await recordings.forget(id)
  await library.remove(id)
  await recordings.close()
  assert.deepEqual(await keysOf(blobs), [])
})

interface Made {
  readonly durationMs?: number
  readonly hasAudio?: boolean
  readonly failure?: ViblyError
  readonly isEndless?: boolean
}

/** A library with one ended broadcast that was recorded, and a remux that makes `made` of it. */
async function open(made: Made) {
  const blobs = new MemoryBlobs()
  const clock = new FakeClock()
  const library = new Library(blobs, [])
  const id: BroadcastId = createId()
  await library.save(endedRecord(id))
  await blobs.append(`${id}/recording.flv`, FLV)
  const jobs: unknown[] = []
  const removed: unknown[] = []
  const remux: Remux = async (job, signal) => {
    jobs.push(job)
    if (made.isEndless) await clock.sleep(3_600_000, signal)
    if (made.failure !== undefined) throw made.failure
    return fakeMp4(made, removed)
  }
  const start = () => new Recordings({ blobs, library, clock, logger: silentLogger, remux })
  return { blobs, clock, library, id, jobs, removed, start, recordings: start() }
}

function fakeMp4({ durationMs = 0, hasAudio = true }: Made, removed: unknown[]): Mp4File {
  return {
    durationMs,
    hasVideo: false,
    hasAudio,
    read: async function* () {
      yield Buffer.from('mp4')
    },
    remove: async () => {
      removed.push(durationMs)
    },
  }
}

function endedRecord(id: BroadcastId): BroadcastRecord {
  return {
    id,
    channelId: createId(),
    title: 'a title',
    visibility: 'public',
    status: 'ended',
    failure: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:01.000Z',
    durationMs: LENGTH_MS,
    hasThumb: false,
    hasRecording: false,
    renditions: [],
  }
}

async function keysOf(blobs: MemoryBlobs): Promise<readonly string[]> {
  return (await blobs.list('')).map((key) => key.split('/')[1] ?? '').toSorted()
}
