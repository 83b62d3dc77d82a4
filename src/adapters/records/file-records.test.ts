import { deepEqual, doesNotMatch, equal, match, ok, rejects } from 'node:assert/strict'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SAMPLES, type Sample } from '../../../test/contract/samples.ts'
import { CrashDisk } from '../../../test/support/crash-disk.ts'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { ViblyError } from '../../base/index.ts'
import { nodeFileSystem } from '../disk/file-system.ts'
import { openFileRecords } from './file-records.ts'

const PATH = '/data/samples.json'

test('records are one JSON file, a record a line, for its owner only, with the last generation beside it [C01] [W37]', async () => {
  const path = join(await temporaryFolder(), 'samples.json')
  const umask = process.umask(0)
  try {
    const records = await openFileRecords(path, SAMPLES, { fileSystem: nodeFileSystem })
    await records.put(sample('a'), 0)
    const before = await readFile(path, 'utf8')
    await records.put(sample('b'), 0)
    await records.close()
    const after = await readFile(path, 'utf8')
    deepEqual(JSON.parse(after), { version: 1, samples: [sample('a'), sample('b')] })
    equal(after.split('\n').length, 5)
    equal(await readFile(`${path}.bak`, 'utf8'), before)
    for (const file of [path, `${path}.bak`]) equal((await stat(file)).mode & 0o777, 0o600)
  } finally {
    process.umask(umask)
  }
})

test('a replacement is written aside, synced, renamed, and its folder synced, in that order [C01]', async () => {
  const disk = new CrashDisk()
  const records = await open(disk)
  await records.put(sample('a'), 0)
  disk.operations.length = 0
  await records.put(sample('b'), 0)
  const order = ['create', 'write', 'sync', 'close', 'rename', 'sync-directory']
  const at = order.map((operation) => disk.operations.lastIndexOf(operation))
  deepEqual(
    at,
    [...at].sort((a, b) => a - b),
  )
  ok(!at.includes(-1))
})

test('changes that wait share one write', async () => {
  const disk = new CrashDisk()
  const records = await open(disk)
  const many = Array.from({ length: 500 }, (_, at) => records.put(sample(`${at}`), 0))
  await Promise.all(many)
  ok(disk.operations.filter((operation) => operation === 'sync').length <= 2)
})

test('nobody reads a change before it is on disk', async () => {
  const disk = new CrashDisk()
  const records = await open(disk)
  let seen = 0
  disk.onDone = () => {
    void records.get('a').then((found) => {
      seen += found === null ? 0 : 1
    })
  }
  const done = records.put(sample('a'), 0)
  await done
  // The folder's sync is the last operation: what it shows comes with the answer, not before.
  equal(seen, 0)
  ok((await records.get('a')) !== null)
})

const damaged: readonly (readonly [string, string | Uint8Array])[] = [
  ['nothing', ''],
  ['a brace', '{'],
  ['NUL bytes', Buffer.alloc(64)],
  ['a file cut short', '{"version":1,"samples":[\n{"id":"a"'],
  ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ['another kind of JSON', '[]'],
  ['null', 'null'],
  ['no version', '{"samples":[]}'],
  ['a version in words', '{"version":"1","samples":[]}'],
  ['version 0', '{"version":0,"samples":[]}'],
  ['another collection', '{"version":1,"users":[]}'],
  ['an object of records', '{"version":1,"samples":{}}'],
  ['a record that is none', '{"version":1,"samples":[null]}'],
  ['a record without its field', '{"version":1,"samples":[{"id":"a","name":"a"}]}'],
  ['a field of another type', '{"version":1,"samples":[{"id":"a","name":"a","colour":7}]}'],
  ['an id twice', fileOf(sample('a'), { ...sample('b'), id: 'a' })],
  ['a unique value twice', fileOf(sample('a'), { ...sample('b'), name: 'a' })],
]
for (const [name, content] of damaged) {
  test(`a file that holds ${name} is refused and left alone [C06]`, async () => {
    const disk = new CrashDisk()
    const bytes = Buffer.from(content)
    disk.lay(PATH, bytes)
    disk.lay(`${PATH}.bak`, Buffer.from(fileOf(sample('a'))))
    await rejects(open(disk), (thrown) => {
      ok(thrown instanceof ViblyError && thrown.code === 'records.damaged')
      match(thrown.message, /samples\.json cannot be used: .+samples\.json\.bak/)
      return true
    })
    deepEqual(Buffer.from(await disk.read(PATH)), bytes)
    deepEqual(disk.names(), [PATH, `${PATH}.bak`])
  })
}

test('a file cut short at any byte is refused [C06]', async () => {
  const whole = fileOf(sample('a'), sample('b')).trimEnd()
  for (let length = 0; length < whole.length; length += 1) {
    const disk = new CrashDisk()
    disk.lay(PATH, Buffer.from(whole.slice(0, length)))
    await rejects(open(disk), { code: 'records.damaged' }, `cut at ${length}`)
  }
})

test('what stands in a damaged file is not repeated in the error, its causes included', async () => {
  const disk = new CrashDisk()
  disk.lay(PATH, Buffer.from('{"version":1,"samples":[{"id":"a","name":"hush","colour":"hush"'))
  await rejects(open(disk), (thrown) => {
    ok(thrown instanceof ViblyError)
    doesNotMatch(`${thrown.message} ${thrown.cause}`, /hush/)
    return true
  })
})

test('a file that is gone while its backup is there is refused [C06]', async () => {
  const disk = new CrashDisk()
  disk.lay(`${PATH}.bak`, Buffer.from(fileOf(sample('a'))))
  await rejects(open(disk), { code: 'records.damaged' })
})

test('a folder in place of the file, or a file nobody may read, is refused [C06]', async () => {
  const folder = await temporaryFolder()
  const deps = { fileSystem: nodeFileSystem }
  await mkdir(join(folder, 'folder.json'))
  await rejects(openFileRecords(join(folder, 'folder.json'), SAMPLES, deps), {
    code: 'records.damaged',
  })
  const disk = new CrashDisk()
  disk.lay(PATH, Buffer.from(fileOf()))
  disk.faultOf = () => 'EACCES'
  await rejects(open(disk), /EACCES/)
})

test('a file of a newer version is refused and says so [C08]', async () => {
  const disk = new CrashDisk()
  disk.lay(PATH, Buffer.from('{"version":2,"samples":[]}'))
  await rejects(open(disk), {
    code: 'records.version-unknown',
    facts: { file: PATH, version: 2, versionMax: 1 },
  })
})

test('fields that this Vibly does not know stay in the file, and none becomes a prototype [C08] [W28]', async () => {
  const disk = new CrashDisk()
  const theirs = `{"version":1,"samples":[{"id":"a","name":"a","colour":"none","badge":{"x":[1]},
    "constructor":"own","__proto__":{"polluted":1}}],"migrated_from":"x","__proto__":{"polluted":1}}`
  disk.lay(PATH, Buffer.from(theirs))
  const records = await open(disk)
  await records.put(sample('a', 'red'), 1)
  await records.put(sample('b'), 0)
  await records.close()
  deepEqual(JSON.parse(disk.text(PATH) ?? ''), {
    version: 1,
    samples: [{ ...sample('a', 'red'), badge: { x: [1] }, constructor: 'own' }, sample('b')],
    migrated_from: 'x',
  })
  equal(Reflect.get({}, 'polluted'), undefined)
})

test('after a fault in any operation of a write, memory equals the file and the next write goes well [C07]', async () => {
  const operations = (await writeWithFault('EIO', 0)).operationsOfWrite
  ok(operations >= 10)
  for (const [code, fault] of [
    ['ENOSPC', 'records.disk-full'],
    ['EDQUOT', 'records.disk-full'],
    ['EIO', 'records.unwritable'],
    ['EROFS', 'records.unwritable'],
    ['EMFILE', 'records.unwritable'],
  ] as const) {
    for (let nth = 1; nth <= operations; nth += 1) {
      const { failed, error, disk, records } = await writeWithFault(code, nth)
      // The file is in its place already, only not for good.
      const isInPlace = failed === 'sync-directory'
      const where = `${code} in operation ${nth}, ${failed}`
      equal(error?.code, isInPlace ? 'records.uncertain' : fault, where)
      const kept = isInPlace ? [sample('a'), sample('b')] : [sample('a')]
      deepEqual(await valuesOf(records), kept, where)
      deepEqual(await valuesOf(await open(disk)), kept, where)
      equal(await records.put(sample('c'), 0), true, where)
      for (const crashed of disk.afterPowerLoss()) {
        deepEqual(await valuesOf(await open(crashed)), [...kept, sample('c')], where)
      }
    }
  }
})

test('power loss behind any operation leaves the state last acknowledged or one asked for since [C01] [C02]', async () => {
  const disk = new CrashDisk()
  let acknowledged: readonly Sample[] = []
  let asked: readonly Sample[] = []
  const crashes: Promise<void>[] = []
  disk.onDone = () => {
    const allowed = [JSON.stringify(acknowledged), JSON.stringify(asked)]
    for (const crashed of disk.afterPowerLoss()) {
      crashes.push(
        open(crashed).then(async (records) => {
          const found = JSON.stringify(await valuesOf(records))
          ok(allowed.includes(found), `${found} is none of ${allowed.join(' and ')}`)
        }),
      )
    }
  }
  const records = await open(disk)
  for (const id of ['a', 'b', 'c']) {
    asked = [...acknowledged, sample(id)]
    await records.put(sample(id), 0)
    acknowledged = asked
  }
  asked = acknowledged.slice(1)
  await records.remove('a', 1)
  acknowledged = asked
  await Promise.all(crashes)
  ok(crashes.length > 500)
})

test('what waits when the records close is written; what comes later is refused', async () => {
  const disk = new CrashDisk()
  const records = await open(disk)
  const waiting = records.put(sample('a'), 0)
  const closed = records.close()
  await rejects(records.put(sample('b'), 0), { code: 'records.closed' })
  await closed
  equal(await waiting, true)
  await records.close()
  deepEqual(await valuesOf(await open(disk)), [sample('a')])
})

test('a crowd of changes on a disk that hangs is bounded', async () => {
  const disk = new CrashDisk()
  const records = await open(disk)
  const changes = Array.from({ length: 10_001 }, (_, at) => records.put(sample(`${at}`), 0))
  await rejects(Promise.all(changes), { code: 'records.busy' })
  await records.close()
  equal((await Promise.allSettled(changes)).filter(({ status }) => status === 'rejected').length, 1)
})

test('a file that lost its privacy is private again with the next write [W37]', async () => {
  const path = join(await temporaryFolder(), 'samples.json')
  await writeFile(path, fileOf(sample('a')))
  await chmod(path, 0o644)
  const records = await openFileRecords(path, SAMPLES, { fileSystem: nodeFileSystem })
  await records.put(sample('b'), 0)
  equal((await stat(path)).mode & 0o777, 0o600)
})

/** Puts `b` beside `a` on a disk whose `nth` operation of that write fails (0: none does). */
async function writeWithFault(code: string, nth: number) {
  const disk = new CrashDisk()
  const records = await open(disk)
  await records.put(sample('a'), 0)
  const before = disk.operations.length
  let failed: string | null = null
  disk.faultOf = (operation, count) => {
    if (count - before !== nth) return null
    failed = operation
    return code
  }
  const [result] = await Promise.allSettled([records.put(sample('b'), 0)])
  const operationsOfWrite = disk.operations.length - before
  disk.faultOf = () => null
  const reason: unknown = result.status === 'rejected' ? result.reason : null
  ok(reason === null || reason instanceof ViblyError)
  return { disk, records, operationsOfWrite, failed: textOrNull(failed), error: reason }
}

/** Assignments in a callback are invisible to the compiler, which takes the variable for null. */
function textOrNull(value: string | null): string | null {
  return value
}

function open(fileSystem: CrashDisk) {
  return openFileRecords(PATH, SAMPLES, { fileSystem })
}

async function valuesOf(records: Awaited<ReturnType<typeof open>>): Promise<readonly Sample[]> {
  return (await records.list(null, 100)).map(({ value }) => value)
}

function sample(id: string, colour = 'none'): Sample {
  return { id, name: id, colour }
}

function fileOf(...samples: readonly Sample[]): string {
  return JSON.stringify({ version: 1, samples })
}
