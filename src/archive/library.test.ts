import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { type BroadcastId, type ChannelId, createId } from '../base/index.ts'
import type { BroadcastRecord } from './broadcast-record.ts'
import { closeLeftover } from './leftover.ts'
import { Library, openLibrary, readBlob } from './library.ts'

const CHANNEL = createId<ChannelId>()
const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-INDEPENDENT-SEGMENTS\n'
const ENTRIES = [0, 1, 2].map(
  (at) =>
    `#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:0${at * 2}.000Z\n#EXTINF:2.000000,\n1-${at}.ts\n`,
)
const JOURNAL = HEAD + ENTRIES.join('')

test('[X07] a record cut at any byte is left out, the broadcasts beside it are not, and the server starts', async () => {
  const { blobs, id } = await makeLeftover()
  const other = await addEnded(blobs)
  const whole = await readBlob(blobs, `${id}/broadcast.json`)
  for (let bytes = 0; bytes < whole.byteLength; bytes += 1) {
    await blobs.put(`${id}/broadcast.json`, whole.subarray(0, bytes))
    const library = await openLibrary(blobs, silentLogger)
    assert.notEqual(library.get(other), null)
    // All but the last line's end is still the whole record.
    assert.equal(library.get(id) === null, bytes < whole.byteLength - 1, `${bytes} bytes`)
  }
})

test('[X07] [H09] a list cut at any byte is closed behind its last whole entry', async () => {
  for (let bytes = HEAD.length; bytes <= JOURNAL.length; bytes += 1) {
    const { blobs, id } = await makeLeftover(JOURNAL.slice(0, bytes))
    const library = await openAndClose(blobs)
    const text = await textOf(blobs, `${id}/720p/index.m3u8`)
    const entries = ENTRIES.filter(
      (_, at) => bytes >= (HEAD + ENTRIES.slice(0, at + 1).join('')).length,
    )
    assert.equal(text, `${HEAD}${entries.join('')}#EXT-X-ENDLIST\n`, `${bytes} bytes`)
    assert.equal(library.get(id)?.durationMs, entries.length * 2000)
    assert.equal(library.get(id)?.status, 'ended')
  }
})

test('[X07] [H11] segments that a power cut emptied or lost are gaps in what is left', async () => {
  const { blobs, id } = await makeLeftover()
  await blobs.put(`${id}/720p/1-1.ts`, new Uint8Array())
  await blobs.removeAll(`${id}/720p/1-2.ts`)
  const library = await openAndClose(blobs)
  const text = await textOf(blobs, `${id}/720p/index.m3u8`)
  assert.equal(library.get(id)?.durationMs, 2000)
  assert.equal(text.match(/#EXT-X-GAP\n/g)?.length, 2)
  assert.match(text, /#EXT-X-GAP\n#EXTINF:2\.000000,\n1-1\.ts\n/)
  assert.match(text, /#EXT-X-ENDLIST\n$/)
  const again = await openLibrary(blobs, silentLogger)
  assert.deepEqual(again.get(id), library.get(id))
})

test('writes of one record take turns, and the newest stays', async () => {
  const blobs = new MemoryBlobs()
  const library = new Library(blobs, [])
  const record = recordOf(createId(), 'ended')
  const put = blobs.put.bind(blobs)
  const writing: (() => void)[] = []
  blobs.put = async (...args) => {
    await new Promise<void>((resolve) => writing.push(resolve))
    await put(...args)
  }
  const saved = ['first', 'second', 'third'].map((title) => library.save({ ...record, title }))
  const removed = library.remove(record.id)
  assert.equal(library.get(record.id), null)
  while (writing.length > 0) {
    writing.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all([...saved, removed])
  assert.deepEqual(await blobs.list(''), [])
})

/** As a server does whose encoders do not come back. */
async function openAndClose(blobs: MemoryBlobs): Promise<Library> {
  const library = await openLibrary(blobs, silentLogger)
  for (const record of library.all()) {
    if (record.endedAt === null) await closeLeftover(record, blobs, library, silentLogger)
  }
  return library
}

/** A broadcast that a killed server left live, with three segments. */
async function makeLeftover(journal = JOURNAL) {
  const blobs = new MemoryBlobs()
  const id = createId<BroadcastId>()
  await new Library(blobs, []).save(recordOf(id, 'live'))
  await blobs.put(`${id}/720p/index.m3u8`, Buffer.from(journal))
  for (const at of [0, 1, 2]) await blobs.put(`${id}/720p/1-${at}.ts`, Buffer.from('media'))
  return { blobs, id }
}

async function addEnded(blobs: MemoryBlobs): Promise<BroadcastId> {
  const id = createId<BroadcastId>()
  await new Library(blobs, []).save(recordOf(id, 'ended'))
  return id
}

async function textOf(blobs: MemoryBlobs, key: string): Promise<string> {
  return new TextDecoder().decode(await readBlob(blobs, key))
}

function recordOf(id: BroadcastId, status: 'live' | 'ended'): BroadcastRecord {
  return {
    id,
    channelId: CHANNEL,
    title: 'a title',
    visibility: 'public',
    status,
    failure: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: status === 'live' ? null : '2026-01-01T00:00:06.000Z',
    durationMs: 0,
    hasThumb: true,
    hasRecording: false,
    pictures: 'due',
    bytes: null,
    partTargetMs: null,
    keyframeIntervalMs: 8334,
    renditions: [
      {
        name: '720p',
        width: 1280,
        height: 720,
        frameRate: 30,
        bandwidth: 1,
        codecs: 'x',
        isCopy: true,
      },
    ],
  }
}
