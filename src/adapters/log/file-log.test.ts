import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  contentOf,
  createFile,
  isMessage,
  OPTIONS,
  openLog,
  PATH,
  recordsIn,
  seqOf,
  TOPIC,
} from '../../../test/support/log-files.ts'
import { MemoryDisk } from '../../../test/support/memory-disk.ts'
import { silentLogger } from '../../../test/support/silent-logger.ts'
import { type Clock, systemClock } from '../../base/index.ts'
import type { Entry } from '../../ports/index.ts'
import { FILE_LOG_DEFAULTS, type FileLogOptions, openFileLog } from './file-log.ts'

// The loops run in a process of their own: under the test runner every promise costs ten times as
// much. Here a small file whole and a larger one in strides; `npm run bench -- chat-damage` does
// the same to 64 KiB.
for (const [title, loop] of [
  ['[C03] cut at every byte, the file opens with exactly the whole records before the cut', 'cuts'],
  ['[C04] any byte changed costs at most the record it stands in', 'flips'],
] as const) {
  test(title, async () => {
    const script = fileURLToPath(new URL('../../../test/support/log-damage.ts', import.meta.url))
    await promisify(execFile)(process.execPath, [script, loop, '3000'])
    await promisify(execFile)(process.execPath, [script, loop, '16384', '37'])
  })
}

test('[C04] runs of garbage, zeros and repeated records cost only what they overwrite', async () => {
  const { bytes, ends } = await createFile(16 * 1024)
  const start = ends[4] ?? 0
  const end = ends[7] ?? 0
  const middle = bytes.subarray(start, end)
  for (const [name, filling] of [
    ['zeros', Buffer.alloc(middle.byteLength)],
    ['line ends', Buffer.alloc(middle.byteLength, '\n')],
    ['braces', Buffer.alloc(middle.byteLength, '{"')],
    ['nothing', Buffer.alloc(0)],
    ['much', Buffer.alloc(200_000, 'x')],
  ] as const) {
    const disk = new MemoryDisk()
    disk.put(PATH, Buffer.concat([bytes.subarray(0, start), filling, bytes.subarray(end)]))
    const log = await openLog(disk)
    const seqs = (await log.read(TOPIC, { after: 0 }, 10_000)).map(seqOf)
    deepEqual(seqs.slice(0, 8), [1, 2, 3, 4, 5, 9, 10, 11], name)
    ok(recordsIn(disk).length > 0)
    await log.close()
  }
  const disk = new MemoryDisk()
  disk.put(PATH, Buffer.concat([bytes.subarray(0, end), middle, bytes.subarray(end)]))
  const log = await openLog(disk)
  const seqs = (await log.read(TOPIC, { after: 0 }, 10_000)).map(seqOf)
  deepEqual(
    seqs,
    ends.map((_, n) => n + 1),
    'copied twice',
  )
  await log.close()
})

test('[C04] damage deep inside a large file is left out when it is read, and told once', async () => {
  const { bytes, ends } = await createFile(2 * 1024 * 1024)
  const damaged = Buffer.from(bytes)
  damaged.fill('#', (ends[9] ?? 0) + 20, (ends[9] ?? 0) + 25)
  const disk = new MemoryDisk()
  disk.put(PATH, damaged)
  const told: string[] = []
  const logger = { ...silentLogger, error: (event: string) => told.push(event) }
  const log = await openFileLog({ clock: systemClock, logger, disk }, OPTIONS)
  for (let times = 0; times < 3; times += 1) {
    const seqs = (await log.read(TOPIC, { after: 7 }, 5)).map(seqOf)
    deepEqual(seqs, [8, 9, 10, 12, 13])
  }
  deepEqual(told, ['chat log damaged'])
  await log.close()
})

test('[C05] everything that waits shares one write and one sync', async () => {
  const disk = new MemoryDisk()
  const log = await openLog(disk)
  await log.append(TOPIC, () => '{"type":"message"}')
  const { syncs, operations } = disk
  await Promise.all(
    Array.from({ length: 200 }, () => log.append(TOPIC, () => '{"type":"message"}')),
  )
  equal(disk.syncs - syncs, 1)
  equal(disk.operations - operations, 2)
  await log.close()
})

test('[C07] whichever disk operation fails, what was acknowledged is in the file and nothing else', async () => {
  for (const code of ['ENOSPC', 'EIO', 'EMFILE', 'EROFS', 'EDQUOT']) {
    for (let nth = 1; nth < 60; nth += 1) {
      const disk = new MemoryDisk()
      disk.faultOf = (_, count) => (count === nth ? code : null)
      const options = { ...OPTIONS, fileBytesMax: 700, repairPauseMs: 0 }
      const acknowledged = await appendWithFaults(disk, options)
      disk.faultOf = () => null
      const log = await openLog(disk, options)
      const entries = await log.read(TOPIC, { after: 0 }, 100)
      deepEqual(entries.map(contentOf), acknowledged, `${code} at operation ${nth}`)
      equal(disk.text(`${PATH}.torn`), null, 'nothing was torn')
      await log.close()
    }
  }
})

/** Sends twelve records one after the other; gives the contents of those that were acknowledged. */
async function appendWithFaults(disk: MemoryDisk, options: FileLogOptions): Promise<unknown[]> {
  const log = await openLog(disk, options).catch(() => openLog(disk, options))
  const acknowledged: unknown[] = []
  const shown: unknown[] = []
  const onEntries = (entries: readonly Entry[]) => shown.push(...entries.map(contentOf))
  await log.follow(TOPIC, onEntries).catch(() => log.follow(TOPIC, onEntries))
  for (let n = 0; n < 12; n += 1) {
    const text = JSON.stringify({ type: 'message', content: `text ${n} ${'x'.repeat(100)}` })
    try {
      acknowledged.push(contentOf(await log.append(TOPIC, () => text)))
    } catch (thrown) {
      ok(thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('log.'))
    }
  }
  deepEqual(shown, acknowledged, 'followers saw exactly what was acknowledged')
  const read = await log
    .read(TOPIC, { after: 0 }, 100)
    .catch(() => log.read(TOPIC, { after: 0 }, 100))
  deepEqual(read.map(contentOf), acknowledged, 'memory agrees')
  await log.close()
  return acknowledged
}

test('[C07] after a failed sync a channel only reads until its file was opened anew and verified', async () => {
  const disk = new MemoryDisk()
  let nowMs = 0
  const clock: Clock = { ...systemClock, monotonicMs: () => nowMs }
  const log = await openFileLog({ clock, logger: silentLogger, disk }, OPTIONS)
  const append = () => log.append(TOPIC, () => '{"type":"message"}')
  await append()
  disk.faultOf = (operation) => (operation === 'sync' ? 'EIO' : null)
  await rejects(append(), { code: 'log.write-failed' })
  await rejects(append(), { code: 'log.read-only' })
  equal((await log.read(TOPIC, { after: 0 }, 10)).length, 1)
  disk.faultOf = () => null
  // Too soon for another try: a broken disk is not hammered.
  await rejects(append(), { code: 'log.read-only' })
  nowMs += FILE_LOG_DEFAULTS.repairPauseMs
  equal((await append()).seq, 2)
  equal(recordsIn(disk).filter(isMessage).length, 2)
  await log.close()
})

test('[C10] a full file is put aside, and at most so many are kept', async () => {
  const disk = new MemoryDisk()
  const options = { ...OPTIONS, fileBytesMax: 2000, filesMax: 4 }
  const log = await openLog(disk, options)
  for (let n = 0; n < 300; n += 1)
    await log.append(TOPIC, () => '{"type":"message","content":"hello"}')
  const names = [...disk.files.keys()]
  equal(names.length, 4)
  for (const file of disk.files.values()) ok(file.bytes.byteLength < 2200)
  const seqs = (await log.read(TOPIC, { after: 0 }, 1000)).map(seqOf)
  equal(seqs.at(-1), 300)
  equal(seqs.length, 301 - (seqs[0] ?? 0))
  await log.close()
  const again = await openLog(disk, options)
  deepEqual((await again.read(TOPIC, { before: 301 }, 1000)).map(seqOf), seqs)
  await again.close()
})

test('[C10] a channel of 10 MB opens by its end, not by reading it', async () => {
  const { bytes, ends } = await createFile(9 * 1024 * 1024)
  const disk = new MemoryDisk()
  disk.put(PATH, bytes)
  const log = await openLog(disk)
  const last = await log.read(TOPIC, { before: Number.MAX_SAFE_INTEGER }, 50)
  equal(last.at(-1)?.seq, ends.length)
  equal(last.length, 50)
  ok(disk.readBytes < 2_000_000, `read ${disk.readBytes}`)
  await log.close()
})

test('[C05] more waiting appends than the limit are refused, the others stored', async () => {
  const disk = new MemoryDisk()
  const log = await openLog(disk, { ...OPTIONS, waitingMax: 10 })
  await log.append(TOPIC, () => '{"type":"message"}')
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, () => log.append(TOPIC, () => '{"type":"message"}')),
  )
  const stored = results.filter(({ status }) => status === 'fulfilled').length
  ok(stored >= 10 && stored < 30)
  equal((await log.read(TOPIC, { after: 1 }, 100)).length, stored)
  await log.close()
})

test('numbers that a torn tail may have held are never given again', async () => {
  const { bytes, ends } = await createFile(4096)
  const disk = new MemoryDisk()
  disk.put(PATH, bytes.subarray(0, (ends[4] ?? 0) + 1))
  const first = await openLog(disk)
  const { position } = await first.follow(TOPIC, () => undefined)
  ok(position.lastSeq > ends.length)
  await first.close()
  const second = await openLog(disk)
  const again = await second.follow(TOPIC, () => undefined)
  deepEqual(again.position, position)
  await second.close()
  // Without its head nobody knows which history this was.
  disk.put(PATH, bytes.subarray(10))
  const third = await openLog(disk)
  notEqual((await third.follow(TOPIC, () => undefined)).position.epoch, position.epoch)
  await third.close()
})
