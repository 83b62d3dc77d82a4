import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { openDiskBlobs } from './disk-blobs.ts'

const options = { isSynced: false }

test('blobs and their folders are for their owner only, whatever the umask [W37]', async () => {
  const root = join(await temporaryFolder(), 'media')
  const umask = process.umask(0)
  try {
    const blobs = await openDiskBlobs(root, { isSynced: true })
    await blobs.put('b/720p/1.ts', Buffer.from('x'))
    await blobs.append('b/recording.mp4', Buffer.from('x'))
    for (const name of ['', 'b', 'b/720p']) equal(await modeOf(root, name), 0o700, name)
    for (const name of ['b/720p/1.ts', 'b/recording.mp4']) equal(await modeOf(root, name), 0o600)
  } finally {
    process.umask(umask)
  }
})

test('what a crash left half written is gone after the next start, and is never listed', async () => {
  const root = await temporaryFolder()
  await openDiskBlobs(root, options)
  const [aside = ''] = await readdir(root)
  await writeFile(join(root, aside, 'orphan'), 'half')
  const blobs = await openDiskBlobs(root, options)
  deepEqual(await readdir(join(root, aside)), [])
  await blobs.put('a', Buffer.from('x'))
  deepEqual(await blobs.list(''), ['a'])
})

test('a put that fails leaves what was there, and nothing beside it [C07]', async () => {
  const root = await temporaryFolder()
  const blobs = await openDiskBlobs(root, options)
  await blobs.put('a', Buffer.from('old'))
  const refusal = { code: 'blobs.unwritable' }
  // A blob where a folder is wanted, and a folder where a blob is wanted.
  await rejects(blobs.put('a/b', Buffer.from('new')), { name: 'ViblyError' })
  await rejects(blobs.append('a/b', Buffer.from('new')), { name: 'ViblyError' })
  await mkdir(join(root, 'folder'))
  await rejects(blobs.put('folder', Buffer.from('new')), refusal)
  await rejects(blobs.append('folder', Buffer.from('new')), refusal)
  equal(await readFile(join(root, 'a'), 'utf8'), 'old')
  const [aside = ''] = await readdir(root)
  deepEqual(await readdir(join(root, aside)), [])
})

test('no symbolic link is followed, to a file or on the way [W23]', async () => {
  const outside = await temporaryFolder()
  await writeFile(join(outside, 'users.json'), 'private')
  const root = await temporaryFolder()
  const blobs = await openDiskBlobs(root, options)
  await symlink(join(outside, 'users.json'), join(root, 'file'))
  await symlink(outside, join(root, 'folder'))
  await symlink(root, join(root, 'loop'))
  await blobs.put('a', Buffer.from('x'))

  for (const key of ['file', 'folder', 'folder/users.json', 'loop/a']) {
    equal(await blobs.open(key, null), null, key)
    deepEqual(await blobs.list(key), [], key)
  }
  deepEqual(await blobs.list(''), ['a'])
  await rejects(blobs.put('folder/new', Buffer.from('x')), { name: 'ViblyError' })
  await rejects(blobs.append('file', Buffer.from('x')), { name: 'ViblyError' })
  await rejects(blobs.append('folder/users.json', Buffer.from('x')), { name: 'ViblyError' })
  await blobs.removeAll('folder/users.json')
  await blobs.removeAll('folder')
  // A put replaces the link, not what it leads to.
  await blobs.put('file', Buffer.from('new'))
  deepEqual(await readdir(outside), ['users.json'])
  equal(await readFile(join(outside, 'users.json'), 'utf8'), 'private')
})

test('the folder itself may be a link to a larger disk', async () => {
  const outside = await temporaryFolder()
  const link = join(await temporaryFolder(), 'media')
  await symlink(outside, link)
  const blobs = await openDiskBlobs(link, options)
  await blobs.put('b/1.ts', Buffer.from('x'))
  const opened = await blobs.open('b/1.ts', null)
  ok(opened !== null)
  equal((await buffer(opened.body)).toString(), 'x')
  deepEqual(await blobs.list('b'), ['b/1.ts'])
})

test('opened and destroyed a thousand times, no file stays open', async () => {
  const blobs = await openDiskBlobs(await temporaryFolder(), options)
  await blobs.put('a', Buffer.alloc(1_000_000))
  const before = (await readdir('/proc/self/fd')).length
  for (let round = 0; round < 1000; round += 1) {
    const opened = await blobs.open('a', null)
    ok(opened !== null)
    opened.body.destroy()
    const { promise, resolve } = Promise.withResolvers<void>()
    opened.body.once('close', resolve)
    await promise
    await rejects(blobs.open('a', { first: 1_000_000, last: null }))
  }
  ok((await readdir('/proc/self/fd')).length < before + 10)
})

async function modeOf(root: string, name: string): Promise<number> {
  return (await stat(join(root, name))).mode & 0o777
}
