import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { ViblyError } from '../base/index.ts'
import type { DiskSpace } from '../ports/index.ts'
import { decideLevel, markOf, Space, type SpaceLevel } from './space.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30

test('[F16] recordings stop below 5 % or 1 GiB, publishing below 2 % or 512 MiB; small and huge disks by what they can spare', () => {
  const rows = [
    ['64 MiB', 64 * MIB, 6.4 * MIB, 3.2 * MIB],
    ['10 GiB', 10 * GIB, GIB, 512 * MIB],
    ['20 GiB', 20 * GIB, GIB, 512 * MIB],
    ['100 GiB', 100 * GIB, 5 * GIB, 2 * GIB],
    ['20 TiB', 20_480 * GIB, 10 * GIB, 5 * GIB],
  ] as const
  for (const [name, total, low, full] of rows) {
    const found = [markOf('low', total), markOf('full', total)].map((bytes) => Math.round(bytes))
    assert.deepEqual(found, [Math.round(low), Math.round(full)], name)
  }
})

test('[F16] a level is left only when there is a fifth more than its mark', () => {
  const total = 100 * GIB
  const rows: readonly (readonly [number, SpaceLevel, SpaceLevel])[] = [
    [5.1, 'enough', 'enough'],
    [4.9, 'enough', 'low'],
    [5.5, 'low', 'low'],
    [6.1, 'low', 'enough'],
    [1.9, 'enough', 'full'],
    [1.9, 'low', 'full'],
    [2.2, 'full', 'full'],
    [2.5, 'full', 'low'],
    [5.5, 'full', 'low'],
    [6.1, 'full', 'enough'],
    [0, 'enough', 'full'],
  ]
  for (const [free, before, expected] of rows) {
    const space = diskOf(free * GIB, total)
    assert.equal(decideLevel(space, before), expected, `${free} GiB free, was ${before}`)
  }
})

test('[F16] a disk that can hold no more files is full, too', () => {
  const space = { bytesFree: 50 * GIB, bytesTotal: 100 * GIB, filesFree: 19, filesTotal: 1000 }
  assert.equal(decideLevel(space, 'enough'), 'full')
  assert.equal(decideLevel({ ...space, filesFree: 49 }, 'enough'), 'low')
  assert.equal(decideLevel({ ...space, filesFree: 0, filesTotal: 0 }, 'enough'), 'enough')
})

test('[F16] what is free is seen within 5 s, both ways; a refused write at once, and believed for a while', async () => {
  const { space, clock, disk } = await open()
  assert.equal(space.level, 'enough')
  disk.bytesFree = 0
  await clock.advance(2000)
  assert.equal(space.level, 'full')
  disk.bytesFree = 50 * GIB
  await clock.advance(2000)
  assert.equal(space.level, 'enough')

  space.noteRefusal()
  assert.equal(space.level, 'full')
  await clock.advance(4000)
  assert.equal(space.level, 'full', 'a quota is no figure of the disk')
  await clock.advance(4000)
  assert.equal(space.level, 'enough')
  await space.close()
})

test('[F16] who waits for room gets it as soon as there is some, or gives up', async () => {
  const { space, clock, disk } = await open({ bytesFree: 3 * GIB })
  assert.equal(space.level, 'low')
  const events: string[] = []
  const stop = new AbortController()
  const first = space.enough(new AbortController().signal).then(() => events.push('room'))
  const second = space.enough(stop.signal).catch((thrown) => events.push(thrown.code))
  stop.abort(new ViblyError('live.server-stopping'))
  await second
  assert.deepEqual(events, ['live.server-stopping'])
  disk.bytesFree = 50 * GIB
  await clock.advance(2000)
  await first
  assert.deepEqual(events, ['live.server-stopping', 'room'])
  await space.close()
})

test('a disk that cannot be asked changes nothing', async () => {
  const { space, clock, disk } = await open({ bytesFree: 3 * GIB })
  disk.fault = new ViblyError('base.bug')
  await clock.advance(10_000)
  assert.equal(space.level, 'low')
  assert.equal(space.disk, null)
  disk.fault = null
  disk.bytesFree = 50 * GIB
  await clock.advance(2000)
  assert.equal(space.level, 'enough')
  await space.close()
})

function diskOf(bytesFree: number, bytesTotal: number): DiskSpace {
  return { bytesFree, bytesTotal, filesFree: 0, filesTotal: 0 }
}

async function open({ bytesFree = 50 * GIB } = {}) {
  const disk = { bytesFree, fault: null as ViblyError | null }
  const clock = new FakeClock()
  const read = async () => {
    if (disk.fault !== null) throw disk.fault
    return diskOf(disk.bytesFree, 100 * GIB)
  }
  const space = new Space({ clock, logger: silentLogger, read })
  await space.start()
  return { space, clock, disk }
}
