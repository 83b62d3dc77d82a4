import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ViblyError } from '../../base/index.ts'
import {
  CHILD_ENVIRONMENT,
  type Ffmpeg,
  killGroup,
  probeTools,
  type Wrapper,
} from '../machine/index.ts'
import { Tail } from '../process/index.ts'

export interface IdleDeps {
  readonly ffmpeg: Ffmpeg
  readonly machine: { readonly searchPath: string; readonly isRoot: boolean }
}

/** Work for an FFmpeg that has time: it gets what everything else leaves of the machine. */
export interface IdleWork {
  /** Without the program. */
  readonly args: readonly string[]
  /** Its stdin. */
  readonly input: AsyncIterable<Uint8Array>
  /** Where it finds files. */
  readonly workDir: string
  readonly timeMsMax: number
  /** Takes its stdout. */
  onOutput(bytes: Uint8Array): void
}

/** Why an FFmpeg did not do its work. */
export interface IdleFailure {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly lastWords: string
  /** It took more than `timeMsMax` and was killed. */
  readonly isLate: boolean
}

/** FFmpegs for what need not be done at once. */
export class IdleFfmpeg {
  readonly path: string
  readonly #deps: IdleDeps
  #wrapper: Promise<Wrapper> | null = null

  constructor(deps: IdleDeps) {
    this.path = deps.ffmpeg.path
    this.#deps = deps
  }

  /** Not asked at the start: until the first work is done nobody needs the answer. */
  wrapper(): Promise<Wrapper> {
    this.#wrapper ??= probeTools(this.#deps.ffmpeg, this.#deps.machine, 'idle')
    return this.#wrapper
  }

  /**
   * Runs one FFmpeg to its end; null: all went well. Aborting kills it at once.
   *
   * @throws ViblyError `transcode.start-failed`, the signal's reason, what the input or `onOutput`
   *   throws.
   */
  async run(work: IdleWork, signal: AbortSignal): Promise<IdleFailure | null> {
    const { path } = this
    const [program = '', ...args] = [...(await this.wrapper()).prefix, path, ...work.args]
    signal.throwIfAborted()
    const child = spawn(program, args, {
      shell: false,
      detached: true,
      cwd: work.workDir,
      env: CHILD_ENVIRONMENT,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.on('error', () => {})
    if (child.pid === undefined) throw new ViblyError('transcode.start-failed', { path })
    const late = AbortSignal.timeout(work.timeMsMax)
    const gone = once(child, 'close')
    const killed = killOnAbort(child, child.pid, AbortSignal.any([signal, late]))
    const words = new Tail()
    child.stderr.on('data', (chunk: Uint8Array) => words.push(chunk))
    try {
      // FFmpeg's own end closes its stdin early: its exit code then says more than the broken pipe.
      const carried = await Promise.allSettled([
        pipeline(Readable.from(work.input), child.stdin),
        takeOutput(child.stdout, work.onOutput),
      ])
      await gone
      signal.throwIfAborted()
      const { exitCode, signalCode } = child
      const facts = { exitCode, signal: signalCode, lastWords: words.lastWords() }
      if (exitCode !== 0) return { ...facts, isLate: late.aborted }
      for (const outcome of carried) if (outcome.status === 'rejected') throw outcome.reason
      return null
    } finally {
      killed.stop()
    }
  }
}

/** Reads on after a fault, so that FFmpeg is not left with a full pipe. */
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
