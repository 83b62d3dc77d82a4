import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf } from '../../base/index.ts'
import { Tail } from './tail.ts'

/** Nothing of ours is inherited by a child process, least of all secrets. [F04] */
export const CHILD_ENVIRONMENT = { LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' }

/** A program that takes bytes, gives bytes and ends. */
export interface ChildWork {
  /** The program, then its arguments. */
  readonly command: readonly string[]
  /** Its stdin; null: it has none. */
  readonly input: Iterable<Uint8Array> | AsyncIterable<Uint8Array> | null
  /** Where it stands; null: where we do. */
  readonly workDir: string | null
  /** Takes its stdout. */
  onOutput(bytes: Uint8Array): void
}

/** How a child process ended: with a code, or by a signal. */
export interface ChildEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Its stderr. */
  readonly words: Tail
}

/**
 * Runs a program to its end, in a process group of its own; null: it could not be started. Aborting
 * kills the group at once.
 *
 * @throws what the input or `onOutput` throws, where the program itself had nothing to complain of.
 */
export async function runChild(work: ChildWork, signal: AbortSignal): Promise<ChildEnd | null> {
  const [program = '', ...args] = work.command
  const child = spawn(program, args, {
    shell: false,
    detached: true,
    ...(work.workDir === null ? {} : { cwd: work.workDir }),
    env: CHILD_ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // A failed start is told by the missing pid, a failed kill by the process not ending.
  child.on('error', () => {})
  if (child.pid === undefined) return null
  const gone = once(child, 'close')
  const killing = killOnAbort(child, child.pid, signal)
  const words = new Tail()
  child.stderr.on('data', (bytes: Uint8Array) => words.push(bytes))
  child.stdin.on('error', () => {})
  try {
    // The program's own end closes its stdin early: its exit code then says more than the broken
    // pipe.
    const carried = await Promise.allSettled([
      work.input === null ? child.stdin.end() : pipeline(Readable.from(work.input), child.stdin),
      takeOutput(child.stdout, work.onOutput),
    ])
    await gone
    if (child.exitCode === 0) {
      for (const outcome of carried) if (outcome.status === 'rejected') throw outcome.reason
    }
    return { exitCode: child.exitCode, signal: child.signalCode, words }
  } finally {
    killing.stop()
  }
}

/** Signals the whole process group that `pid` leads; one that is gone already is as good. */
export function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ESRCH') throw thrown
  }
}

/** Reads on after a fault, so that the program is not left with a full pipe. */
async function takeOutput(stdout: Readable, onOutput: (bytes: Uint8Array) => void): Promise<void> {
  let fault: unknown = null
  for await (const bytes of stdout) {
    try {
      if (fault === null) onOutput(bytes)
    } catch (thrown) {
      fault = thrown
    }
  }
  if (fault !== null) throw fault
}

/** The whole group, at once: there is nothing that it would have to put in order. */
function killOnAbort(child: ChildProcess, pid: number, signal: AbortSignal): { stop(): void } {
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) killGroup(pid, 'SIGKILL')
  }
  signal.addEventListener('abort', kill)
  if (signal.aborted) kill()
  return { stop: () => signal.removeEventListener('abort', kill) }
}
