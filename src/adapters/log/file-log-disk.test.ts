import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MemoryDisk } from '../../../test/support/memory-disk.ts'
import { type Disk, type DiskFile, OpenFiles, systemDisk } from './file-log-disk.ts'

test('[W37] a file is made for its owner alone, written in place, cut and read back', async (context) => {
  const path = join(await folder(context), 'chat.json')
  equal(await systemDisk.open(path), null)
  const made = await systemDisk.create(path)
  await made.write(0, Buffer.from('hello world'))
  await made.write(6, Buffer.from('disk'))
  equal(await made.size(), 11)
  await made.truncate(10)
  await made.sync()
  equal((await made.read(6, 100)).toString(), 'disk')
  equal((await made.read(100, 5)).byteLength, 0)
  await made.close()
  equal((await stat(path)).mode & 0o777, 0o600)
  const again = await systemDisk.open(path)
  equal((await again?.read(0, 100))?.toString(), 'hello disk')
  await again?.close()
  const anew = await systemDisk.create(path)
  equal(await anew.size(), 0)
  await anew.close()
})

test('a file is renamed, listed and removed, and the folder synced', async (context) => {
  const directory = await folder(context)
  const path = join(directory, 'chat.json.new')
  await (await systemDisk.create(path)).close()
  await systemDisk.rename(path, join(directory, 'chat.json'))
  await systemDisk.syncDirectory(join(directory, 'chat.json'))
  deepEqual(await systemDisk.list(directory), ['chat.json'])
  equal(await readFile(join(directory, 'chat.json'), 'utf8'), '')
  await systemDisk.remove(join(directory, 'chat.json'))
  deepEqual(await systemDisk.list(directory), [])
  await rejects(systemDisk.open(directory), { code: 'EISDIR' })
})

test('files stay open while they may, the latest used ones', async () => {
  const { disk, opened, closed } = countingDisk(['/a', '/b', '/c'])
  const files = new OpenFiles(disk, { filesMax: 2 })
  for (const path of ['/a', '/b', '/a', '/c', '/a']) await files.use(path, (file) => file.size())
  deepEqual(opened, ['/a', '/b', '/c'], '/b was closed and /a was not')
  deepEqual(closed, ['/b'])
  await files.close()
  deepEqual(new Set(closed), new Set(['/a', '/b', '/c']))
})

test('a file in use is not closed, however many there are', async () => {
  const { disk, closed } = countingDisk(['/a', '/b', '/c'])
  const files = new OpenFiles(disk, { filesMax: 1 })
  const { promise: wait, resolve: go } = Promise.withResolvers<void>()
  const uses = ['/a', '/b', '/c'].map((path) => files.use(path, () => wait))
  await new Promise((resolve) => setImmediate(resolve))
  deepEqual(closed, [])
  go()
  await Promise.all(uses)
  equal(closed.length, 2)
})

test('a file that is discarded in use is closed by its last user, and opened anew by the next', async () => {
  const { disk, opened, closed } = countingDisk(['/a'])
  const files = new OpenFiles(disk, { filesMax: 2 })
  const { promise: wait, resolve: go } = Promise.withResolvers<void>()
  const uses = [files.use('/a', () => wait), files.use('/a', () => wait)]
  await files.discard('/a')
  deepEqual(closed, [])
  await files.use('/a', (file) => file.size())
  deepEqual(opened, ['/a', '/a'])
  go()
  await Promise.all(uses)
  deepEqual(closed, ['/a'], 'once, for its two users')
})

test('[C07] a file that cannot be opened, or is not there, is asked for again', async () => {
  const disk = new MemoryDisk()
  const files = new OpenFiles(disk, { filesMax: 2 })
  equal(await files.use('/a', (file) => file.size()), null)
  disk.put('/a', Buffer.from('abc'))
  disk.faultOf = () => 'EMFILE'
  await rejects(
    files.use('/a', (file) => file.size()),
    { code: 'EMFILE' },
  )
  disk.faultOf = () => null
  equal(await files.use('/a', (file) => file.size()), 3)
  // A fault of the work is not one of the file: it stays.
  const { operations } = disk
  await rejects(
    files.use('/a', () => Promise.reject(new TypeError('mine'))),
    TypeError,
  )
  await files.use('/a', async () => undefined)
  equal(disk.operations, operations)
  ok((await files.use('/a', (file) => file.size())) === 3)
})

/** A disk in memory that tells which files were opened and closed, in order. */
function countingDisk(paths: readonly string[]) {
  const memory = new MemoryDisk()
  for (const path of paths) memory.put(path, Buffer.from(path))
  const opened: string[] = []
  const closed: string[] = []
  const disk: Pick<Disk, 'open'> = {
    open: async (path) => {
      opened.push(path)
      const file = await memory.open(path)
      if (file === null) return null
      const counted: DiskFile = {
        ...file,
        close: async () => {
          closed.push(path)
        },
      }
      return counted
    },
  }
  return { disk: { ...systemDisk, ...disk }, opened, closed }
}

async function folder(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-disk-'))
  context.after(() => rm(directory, { recursive: true }))
  return directory
}
