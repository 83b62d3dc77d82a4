import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { type BroadcastId, type ChannelId, createId, formatTime } from '../base/index.ts'
import type { BroadcastRecord } from './broadcast-record.ts'
import { Library, readBlob } from './library.ts'
import { decideRemovals, type Kept, Retention } from './retention.ts'

const DAY_MS = 24 * 3_600_000
const NOW_MS = 1000 * DAY_MS
const EVERYTHING = { ageMsMax: null, bytesMax: null, channelBytesMax: null }
const [ANNA, BERT] = [createId<ChannelId>(), createId<ChannelId>()]

/** `live` or days since the end, channel, bytes. */
function keptOf(rows: readonly (readonly [number | 'live', ChannelId, number])[]): readonly Kept[] {
  return rows.map(([days, channelId, bytes]) => ({
    id: createId<BroadcastId>(),
    channelId,
    endedAtMs: days === 'live' ? null : NOW_MS - days * DAY_MS,
    bytes,
  }))
}

test('[F22] what is too old goes, then the oldest of a channel that has too much, then the oldest of all', () => {
  const kept = keptOf([
    [1, ANNA, 40],
    ['live', ANNA, 30],
    [40, BERT, 10],
    [9, ANNA, 50],
    [8, BERT, 60],
    [20, ANNA, 5],
  ])
  const rows = [
    ['no limit', EVERYTHING, []],
    [
      'by age',
      { ...EVERYTHING, ageMsMax: 10 * DAY_MS },
      [
        ['age', 2],
        ['age', 5],
      ],
    ],
    [
      'by channel',
      { ...EVERYTHING, channelBytesMax: 80 },
      [
        ['channel-size', 5],
        ['channel-size', 3],
      ],
    ],
    [
      'by size',
      { ...EVERYTHING, bytesMax: 140 },
      [
        ['total-size', 2],
        ['total-size', 5],
        ['total-size', 3],
      ],
    ],
    [
      'all three, each counting what is left',
      { ageMsMax: 30 * DAY_MS, channelBytesMax: 120, bytesMax: 150 },
      [
        ['age', 2],
        ['channel-size', 5],
        ['total-size', 3],
      ],
    ],
    [
      'live ones stay, whatever they take',
      { ...EVERYTHING, bytesMax: 0 },
      [
        ['total-size', 2],
        ['total-size', 5],
        ['total-size', 3],
        ['total-size', 4],
        ['total-size', 0],
      ],
    ],
  ] as const
  for (const [name, options, expected] of rows) {
    const removals = decideRemovals(kept, options, NOW_MS)
    const found = removals.map(({ id, reason }) => [reason, kept.findIndex((one) => one.id === id)])
    assert.deepEqual(found, expected, name)
  }
})

test('[F22] never more goes than must, and never what is newer than something that stays', () => {
  const one = fc.tuple(
    fc.oneof(fc.constant('live' as const), fc.integer({ min: 0, max: 100 })),
    fc.constantFrom(ANNA, BERT),
    fc.integer({ min: 1, max: 100 }),
  )
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 30 }),
      fc.integer({ min: 0, max: 1000 }),
      (rows, bytesMax) => {
        const kept = keptOf(rows)
        const removals = decideRemovals(kept, { ...EVERYTHING, bytesMax }, NOW_MS)
        const gone = new Set(removals.map(({ id }) => id))
        const left = kept.filter(({ id }) => !gone.has(id))
        const bytes = left.reduce((sum, each) => sum + each.bytes, 0)
        assert.ok(bytes <= bytesMax || left.every(({ endedAtMs }) => endedAtMs === null))
        const last = kept.find(({ id }) => id === removals.at(-1)?.id)
        if (last !== undefined) assert.ok(bytes + last.bytes > bytesMax, 'the last one had to go')
        for (const { endedAtMs } of left) {
          if (endedAtMs !== null) assert.ok(endedAtMs >= (last?.endedAtMs ?? 0))
        }
      },
    ),
  )
})

test('[F22] a sweep measures what is there, removes what is too much with all its media, and remembers the rest', async () => {
  const blobs = new MemoryBlobs()
  const library = new Library(blobs, [])
  const clock = new FakeClock()
  const forgotten: BroadcastId[] = []
  const ids: BroadcastId[] = []
  for (const [days, pictures] of [
    [3, 'made'],
    [2, 'none'],
    [1, 'due'],
  ] as const) {
    const id = createId<BroadcastId>()
    ids.push(id)
    await library.save(recordOf(id, clock.nowMs() - days * DAY_MS, pictures))
    await blobs.put(`${id}/720p/1-0.ts`, Buffer.alloc(100_000))
    await blobs.put(`${id}/recording.mp4`, Buffer.alloc(200_000))
  }
  const [oldest, middle, newest] = ids
  assert.ok(oldest !== undefined && middle !== undefined && newest !== undefined)
  const recordings = {
    forget: async (id: BroadcastId) => {
      forgotten.push(id)
    },
  }
  const deps = { library, blobs, recordings, clock, logger: silentLogger }
  const retention = new Retention(deps, { ...EVERYTHING, bytesMax: 700_000 })
  await retention.sweep()
  assert.deepEqual(forgotten, [oldest])
  assert.equal(library.get(oldest), null)
  assert.deepEqual(
    (await blobs.list('')).filter((key) => key.startsWith(oldest)),
    [],
  )
  assert.ok(Math.abs(retention.mediaBytes - 600_000) < 5000, `${retention.mediaBytes}`)
  const stored = JSON.parse(String(Buffer.from(await readBlob(blobs, `${middle}/broadcast.json`))))
  assert.equal(stored.bytes, library.get(middle)?.bytes)
  assert.ok(stored.bytes > 300_000)
  assert.equal(library.get(newest)?.bytes, null, 'its pictures are still to come')
  await retention.close()
})

function recordOf(
  id: BroadcastId,
  endedAtMs: number,
  pictures: BroadcastRecord['pictures'],
): BroadcastRecord {
  return {
    id,
    channelId: ANNA,
    title: '',
    visibility: 'public',
    status: 'ended',
    failure: null,
    startedAt: formatTime(endedAtMs - 1000),
    endedAt: formatTime(endedAtMs),
    durationMs: 1000,
    hasThumb: false,
    hasRecording: true,
    pictures,
    bytes: null,
    partTargetMs: null,
    keyframeIntervalMs: null,
    renditions: [],
  }
}
