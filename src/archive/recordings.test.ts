import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { type BroadcastId, createId, ViblyError } from '../base/index.ts'
import { encodeFlvHeader, encodeFlvTag } from '../media/index.ts'
import type { Mp4File, Remux } from '../transcode/index.ts'
import type { BroadcastRecord } from './broadcast-record.ts'
import { Library } from './library.ts'
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

test('[F21] pictures are made after the recording, once; without one too', async () => {
  const { start, blobs, library, id, drawn } = await open({ durationMs: LENGTH_MS })
  for (let at = 0; at < 2; at += 1) {
    const recordings = start()
    await recordings.resume()
    await recordings.close()
  }
  assert.deepEqual(drawn, [{ hasRecording: true }])
  assert.equal(library.get(id)?.pictures, 'made')

  const before = library.get(id) ?? assert.fail('it is gone')
  await blobs.removeAll(`${id}/recording.mp4`)
  await library.save({ ...before, hasRecording: false, pictures: 'due' })
  const recordings = start()
  await recordings.resume()
  await recordings.close()
  assert.deepEqual(drawn[1], { hasRecording: false })
})

test('[F21] pictures that cannot be made are not tried again; those that a stop left are', async () => {
  const failing = await open({ durationMs: LENGTH_MS, drawingFailure: new ViblyError('base.bug') })
  failing.recordings.add(failing.id)
  await failing.recordings.close()
  assert.equal(failing.library.get(failing.id)?.pictures, 'none')
  assert.equal(failing.library.get(failing.id)?.hasRecording, true)

  const stopped = await open({ durationMs: LENGTH_MS, isDrawnForEver: true })
  stopped.recordings.add(stopped.id)
  while (stopped.drawn.length === 0) await stopped.clock.advance(1)
  const closed = stopped.recordings.close()
  await stopped.clock.advance(3000)
  await closed
  assert.equal(stopped.library.get(stopped.id)?.pictures, 'due')
})

test('[X20] what has to give its place back to a broadcast begins again, and counts no try', async () => {
  const made = { durationMs: LENGTH_MS, isEndless: true }
  const { recordings, clock, id, library, blobs, jobs, lent } = await open(made)
  recordings.add(id)
  while (jobs.length === 0) await clock.advance(1)
  made.isEndless = false
  lent[0]?.abort(new ViblyError('transcode.gave-way'))
  while (library.get(id)?.pictures !== 'made') await clock.advance(1)
  await recordings.close()
  assert.equal(jobs.length, 2)
  assert.equal(library.get(id)?.hasRecording, true)
  assert.ok(!(await keysOf(blobs)).includes('recording.tries'))
})

interface Made {
  readonly durationMs?: number
  readonly hasAudio?: boolean
  readonly failure?: ViblyError
  readonly isEndless?: boolean
  readonly isDrawnForEver?: boolean
  readonly drawingFailure?: ViblyError
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
  const drawn: unknown[] = []
  const remux: Remux = async (job, signal) => {
    jobs.push(job)
    if (made.isEndless) await clock.sleep(3_600_000, signal)
    if (made.failure !== undefined) throw made.failure
    return fakeMp4(made, removed)
  }
  const space = { enough: async () => undefined }
  const makePictures = async ({ hasRecording }: BroadcastRecord, signal: AbortSignal) => {
    drawn.push({ hasRecording })
    if (made.isDrawnForEver) await clock.sleep(3_600_000, signal)
    if (made.drawingFailure !== undefined) throw made.drawingFailure
    return true
  }
  const lent: AbortController[] = []
  const lend = async () => {
    const loan = new AbortController()
    lent.push(loan)
    return { signal: loan.signal, close: () => {} }
  }
  const deps = { blobs, library, clock, logger: silentLogger, lend, remux, makePictures, space }
  const start = () => new Recordings(deps)
  return { blobs, clock, library, id, jobs, lent, removed, drawn, start, recordings: start() }
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
    pictures: 'due',
    bytes: null,
    partTargetMs: null,
    keyframeIntervalMs: null,
    renditions: [],
  }
}

async function keysOf(blobs: MemoryBlobs): Promise<readonly string[]> {
  return (await blobs.list('')).map((key) => key.split('/')[1] ?? '').toSorted()
}
