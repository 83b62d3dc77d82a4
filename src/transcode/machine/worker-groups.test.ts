import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { makeDirectory } from '../../../test/support/fake-ffmpegs.ts'
import { openWorkerGroups } from './worker-groups.ts'

const directory = makeDirectory()
after(() => rmSync(directory, { recursive: true }))

/**
 * A root with these files in it; empty ones stand for the kernel's, which are there as soon as the
 * folder is.
 */
function makeRoot(name: string, own: string, files: readonly string[]) {
  const root = join(directory, name)
  for (const file of ['own', ...files]) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  writeFileSync(join(root, 'own'), own)
  return { root, own: join(root, 'own') }
}

/** In a group for trying, and in one for process 123. */
function inGroups(folder: string, files: readonly string[]): readonly string[] {
  return ['probe', '123'].flatMap((name) =>
    files.map((file) => `${folder}/vibly-worker-${name}/${file}`),
  )
}

test('[F05] version 2: a group beside the one that the server is in, with limits', async () => {
  const files = ['cgroup.procs', 'cpu.weight', 'memory.max', 'pids.max']
  const made = ['service/cgroup.subtree_control', ...inGroups('service', files)]
  const paths = makeRoot('v2', '0::/service/main\n', made)
  // A folder where the kernel's file would be: this group says no, as one with processes in it
  // does.
  mkdirSync(join(paths.root, 'service/main/cgroup.subtree_control'), { recursive: true })
  const groups = await openWorkerGroups(paths)
  assert.equal(groups?.version, 2)
  await groups.enclose(123)
  const read = (file: string) =>
    readFileSync(join(paths.root, 'service/vibly-worker-123', file), 'utf8')
  assert.deepEqual(['cgroup.procs', 'cpu.weight', 'memory.max', 'pids.max'].map(read), [
    '123',
    '30',
    '2147483648',
    '512',
  ])
})

test('[F05] version 1: a group for each controller, named alone or with others', async () => {
  const own = '5:cpu,cpuacct:/a\n4:memory:/b\n3:cpuset:/\n2:pids:/c\n'
  const paths = makeRoot('v1', own, [
    ...inGroups('cpu/a', ['cgroup.procs', 'cpu.shares']),
    ...inGroups('memory/b', ['cgroup.procs', 'memory.limit_in_bytes']),
    ...inGroups('pids/c', ['cgroup.procs', 'pids.max']),
  ])
  const groups = await openWorkerGroups(paths)
  assert.equal(groups?.version, 1)
  await groups.enclose(123)
  const read = (file: string) => readFileSync(join(paths.root, file), 'utf8')
  assert.equal(read('cpu/a/vibly-worker-123/cpu.shares'), '307')
  assert.equal(read('memory/b/vibly-worker-123/memory.limit_in_bytes'), '2147483648')
  assert.equal(read('pids/c/vibly-worker-123/cgroup.procs'), '123')
})

test('where there are none, or they are not ours, there are none', async () => {
  assert.equal(await openWorkerGroups(makeRoot('none', '', [])), null)
  assert.equal(await openWorkerGroups({ root: '/nonexistent', own: '/nonexistent' }), null)
  const foreign = makeRoot('foreign', '0::/\n4:memory:/b\n', ['memory/b/not-one-of-the-kernels'])
  assert.equal(await openWorkerGroups(foreign), null)
})

test('[F05] the real thing: a process is in its group until it is gone, then the group is', async (context) => {
  const groups = await openWorkerGroups()
  if (groups === null) return context.skip('no control groups can be made here')
  const child = spawn('sleep', ['60'])
  const { pid = 0 } = child
  const leave = await groups.enclose(pid)
  assert.match(
    readFileSync(`/proc/${pid}/cgroup`, 'utf8'),
    new RegExp(`/vibly-worker-${pid}$`, 'm'),
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  await leave()
  await assert.rejects(groups.enclose(pid), { code: 'ESRCH' })
})
