import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { makeDirectory } from '../../../test/support/fake-ffmpegs.ts'
import { killOrphans } from './orphans.ts'

const ours = makeDirectory()
const others = makeDirectory()
const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(ours, { recursive: true })
  rmSync(others, { recursive: true })
})

/** An FFmpeg as an earlier server would have left it, still waiting for input. */
function startIn(cwd: string, program = 'ffmpeg', args = READING): ChildProcess {
  const child = spawn(program, args, { cwd, detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  children.push(child)
  return child
}
const READING = ['-v', 'quiet', '-f', 'flv', '-i', 'pipe:0', '-f', 'null', '-']

test('[F07] what an earlier server left running is killed at the start, nothing else', {
  skip: !existsSync('/proc/self/cwd') && 'only /proc tells where a process of another life works',
}, async () => {
  const left = startIn(ours)
  const hanging = startIn(ours)
  hanging.kill('SIGSTOP')
  const beside = [startIn(others), startIn(ours, 'sleep', ['60'])]
  await Promise.all([left, hanging, ...beside].map((child) => child.pid ?? once(child, 'spawn')))
  const gone = Promise.all([once(left, 'exit'), once(hanging, 'exit')])
  const killed = await killOrphans(ours)
  assert.deepEqual(killed.toSorted(), [left.pid, hanging.pid].toSorted())
  await gone
  assert.deepEqual(await killOrphans(ours), [])
  assert.deepEqual(
    beside.map((child) => child.exitCode ?? child.signalCode),
    [null, null],
  )
})
