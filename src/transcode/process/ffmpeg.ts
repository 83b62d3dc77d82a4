import assert from 'node:assert/strict'
import { type ChildProcess, type StdioPipe, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { PassThrough, type Writable } from 'node:stream'
import { isMainThread } from 'node:worker_threads'
import { asViblyError, type Clock, pause, ViblyError } from '../../base/index.ts'
import {
  CHILD_ENVIRONMENT,
  type FfmpegProgram,
  killGroup,
  Tail,
  type Wrapper,
} from '../machine/index.ts'
import { ENCODER_DEFAULTS, type EncoderOptions, formatArguments, type Plan } from '../plan/index.ts'
import { Latest, PictureCutter } from './pictures.ts'
import { type Reading, type StallLimits, StallWatch } from './watch.ts'

export interface TranscodeDeps {
  readonly ffmpeg: FfmpegProgram
  readonly wrapper: Wrapper
  readonly clock: Clock
}

export interface TranscodeOptions extends EncoderOptions, StallLimits {
  /** Absolute; FFmpeg's working directory. It opens no files there. */
  readonly workDir: string
}

/** All but `workDir`. */
export const TRANSCODE_DEFAULTS: Omit<TranscodeOptions, 'workDir'> = {
  ...ENCODER_DEFAULTS,
  hangMsMax: 5000,
  startMsMax: 8000,
  readerStallMsMax: 15_000,
}

/** One running FFmpeg. */
export interface Transcode {
  readonly pid: number
  /**
   * Takes one FLV header or any number of whole tags, which must not be changed afterwards. null:
   * go on; a promise: wait for it before the next write. After the end it takes and forgets; `exit`
   * says what happened.
   */
  write(flv: Uint8Array): Promise<void> | null
  /** No more input: FFmpeg encodes what it has and exits. */
  end(): void
  /**
   * MPEG-TS by the name of the rendition, for one reader each. All have to be read: one that is not
   * stops the others, and after `readerStallMsMax` the process. They end when the process does,
   * however that was: only `exit` tells.
   */
  readonly outputs: ReadonlyMap<string, AsyncIterable<Uint8Array>>
  /**
   * Whole JPEGs, 640 wide. A slow reader, or none, only misses some. Without video: ends at once.
   */
  readonly thumbnails: AsyncIterable<Uint8Array>
  /**
   * Resolves when the process ended cleanly after `end()`, or was closed. Rejects with
   * `transcode.died`,
   * `transcode.stalled`, `transcode.output-missing`. May be left unwatched.
   */
  readonly exit: Promise<void>
  /** Kills it; resolves when the process is gone. What was not read yet is dropped. */
  close(): Promise<void>
}

/** `stopping` for a fault, or for nothing (null) when the owner closes it. */
type Phase =
  | { readonly phase: 'running' | 'flushing' }
  | { readonly phase: 'stopping'; readonly because: ViblyError | null }

/** Bytes of one output that wait for its reader; the pipe itself holds about as much again. */
const OUTPUT_BYTES_MAX = 256 * 1024
const LOOK_EVERY_MS = 250

/**
 * Starts the FFmpeg that carries out `plan`, in a process group of its own. Main thread only: the
 * parent's death signal is that of the thread that forked. [F08]
 *
 * @throws ViblyError `transcode.start-failed`.
 */
export function startTranscode(
  plan: Plan,
  deps: TranscodeDeps,
  options: TranscodeOptions,
): Transcode {
  assert(isMainThread, 'FFmpeg is started from the main thread')
  const command = [...deps.wrapper.prefix, deps.ffmpeg.path, ...formatArguments(plan, options)]
  const [program = '', ...args] = command
  const pipes = plan.renditions.length + (plan.video === null ? 0 : 1)
  const child = spawn(program, args, {
    shell: false,
    detached: true,
    cwd: options.workDir,
    env: CHILD_ENVIRONMENT,
    stdio: ['pipe', 'ignore', 'pipe', ...Array.from({ length: pipes }, (): StdioPipe => 'pipe')],
  })
  // A failed start is reported below, by the missing pid; a failed kill by the process not ending.
  child.on('error', () => {})
  if (child.pid === undefined) {
    throw new ViblyError('transcode.start-failed', { path: deps.ffmpeg.path })
  }
  return new FfmpegProcess(child, child.pid, plan, deps.clock, options)
}

class FfmpegProcess implements Transcode {
  readonly pid: number
  readonly outputs: ReadonlyMap<string, AsyncIterable<Uint8Array>>
  readonly thumbnails = new Latest<Uint8Array>()
  readonly exit: Promise<void>

  readonly #clock: Clock
  readonly #options: TranscodeOptions
  readonly #skipMs: number
  readonly #stdin: Writable
  readonly #outputs: ReadonlyMap<string, Output>
  readonly #messages = new Tail()
  readonly #gone = new AbortController()
  #phase: Phase = { phase: 'running' }
  /** Bytes taken since the watch last looked. */
  #inputBytes = 0
  #room: Promise<void> | null = null

  constructor(
    child: ChildProcess,
    pid: number,
    plan: Plan,
    clock: Clock,
    options: TranscodeOptions,
  ) {
    const { stdin, stderr } = child
    assert(stdin !== null && stderr !== null, 'stdin and stderr are pipes')
    this.pid = pid
    this.#skipMs = plan.video?.skip?.lengthMs ?? 0
    this.#clock = clock
    this.#options = options
    this.#stdin = stdin
    // EPIPE when the process died: `exit` tells.
    stdin.on('error', () => {})
    stderr.on('data', (bytes: Uint8Array) => this.#messages.push(bytes))

    const [, , , ...pipes] = child.stdio
    const named = plan.renditions.map(
      ({ name }, index) => [name, openOutput(pipes[index])] as const,
    )
    this.#outputs = new Map(named)
    this.outputs = new Map(named.map(([name, output]) => [name, output.readable]))

    this.exit = this.#run(child, once(stderr, 'close'))
    // Whoever owns the process looks at `exit` when it is ready to; until then it is not unhandled.
    this.exit.catch(() => {})
    this.#guard(this.#watch())
    this.#guard(this.#readPictures(plan.video === null ? null : pipes[plan.renditions.length]))
  }

  write(flv: Uint8Array): Promise<void> | null {
    if (this.#phase.phase !== 'running' || this.#gone.signal.aborted) return null
    this.#inputBytes += flv.byteLength
    // It reads no more, as one that is dying: there never will be room. `exit` or the watch tells.
    if (this.#stdin.destroyed) return null
    if (this.#stdin.write(flv)) return null
    this.#room ??= this.#awaitRoom()
    return this.#room
  }

  end(): void {
    if (this.#phase.phase !== 'running') return
    this.#phase = { phase: 'flushing' }
    this.#stdin.end()
  }

  async close(): Promise<void> {
    this.#stop(null)
    if (!this.#gone.signal.aborted) await once(this.#gone.signal, 'abort')
  }

  async #run(child: ChildProcess, messagesRead: Promise<unknown>): Promise<void> {
    const [exitCode, signal] = await endOf(child)
    this.#gone.abort()
    this.#stdin.destroy()
    if (this.#phase.phase === 'stopping') {
      if (this.#phase.because !== null) throw this.#phase.because
      return
    }
    await messagesRead
    const lastWords = this.#messages.lastWords()
    if (exitCode !== 0 || this.#phase.phase !== 'flushing') {
      throw new ViblyError('transcode.died', { exitCode, signal, lastWords })
    }
    for (const [rendition, output] of this.#outputs) {
      if (!(await hasBytes(output.socket))) {
        throw new ViblyError('transcode.output-missing', { rendition, lastWords })
      }
    }
  }

  /**
   * Until the process is gone: looks for a stall, and stops the process when there is one. [F10]
   */
  async #watch(): Promise<void> {
    const { startMsMax } = this.#options
    // What is not shown has to be decoded first: at worst as slowly as it came.
    const limits = { ...this.#options, startMsMax: startMsMax + this.#skipMs }
    const watch = new StallWatch(limits, this.#clock.monotonicMs())
    while (await pause(this.#clock, LOOK_EVERY_MS, this.#gone.signal)) {
      const stall = watch.look(this.#reading())
      if (stall !== null) this.#stop(new ViblyError('transcode.stalled', { ...stall }))
    }
  }

  #reading(): Reading {
    const isOwed = this.#inputBytes > 0 || this.#room !== null || this.#phase.phase === 'flushing'
    this.#inputBytes = 0
    const outputs = [...this.#outputs]
    return {
      nowMs: this.#clock.monotonicMs(),
      isOwed,
      isReaderSlow: outputs.some(
        ([, { readable }]) => readable.writableNeedDrain || readable.destroyed,
      ),
      progress: new Map(outputs.map(([name, { socket }]) => [name, socket.bytesRead])),
    }
  }

  /** Once; later reasons are forgotten. */
  #stop(because: ViblyError | null): void {
    if (this.#phase.phase === 'stopping' || this.#gone.signal.aborted) return
    this.#phase = { phase: 'stopping', because }
    for (const output of this.#outputs.values()) discard(output)
    this.#stdin.destroy()
    // The whole group, at once: it writes to pipes alone, so there is nothing that it could save,
    // and one that is stopped hears no other signal. `#gone` was asked above: the number is still
    // its own.
    killGroup(this.pid, 'SIGKILL')
  }

  async #readPictures(pipe: unknown): Promise<void> {
    try {
      if (pipe === null) return
      assert(pipe instanceof Socket, 'thumbnails have a pipe')
      const cutter = new PictureCutter()
      pipe.on('error', () => {})
      for await (const bytes of pipe) {
        assert(bytes instanceof Uint8Array, 'pipes give bytes')
        for (const picture of cutter.push(bytes)) this.thumbnails.put(picture)
      }
    } finally {
      this.thumbnails.end()
    }
  }

  async #awaitRoom(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stdin.once('drain', resolve).once('close', resolve)
    await promise
    this.#stdin.off('drain', resolve).off('close', resolve)
    this.#room = null
  }

  /** A part of the process that fails ends all of it. */
  #guard(part: Promise<void>): void {
    part.catch((thrown: unknown) => this.#stop(asViblyError(thrown)))
  }
}

interface Output {
  readonly socket: Socket
  readonly readable: PassThrough
}

function openOutput(pipe: unknown): Output {
  assert(pipe instanceof Socket, 'each rendition has a pipe')
  const readable = new PassThrough({ highWaterMark: OUTPUT_BYTES_MAX })
  // A broken pipe is the end of the process: `exit` tells.
  pipe.on('error', () => {})
  pipe.once('close', () => readable.end())
  pipe.pipe(readable)
  return { socket: pipe, readable }
}

/** The reader gets what it has and the end; FFmpeg never waits for it again. */
function discard({ socket, readable }: Output): void {
  socket.unpipe(readable)
  readable.end()
  socket.resume()
}

/** Whether any byte came; when none did yet, waits until none can. */
async function hasBytes(socket: Socket): Promise<boolean> {
  if (socket.bytesRead === 0 && !socket.closed) await once(socket, 'close')
  return socket.bytesRead > 0
}

function endOf(child: ChildProcess): Promise<[exitCode: number | null, signal: string | null]> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve([exitCode, signal]))
  })
}
