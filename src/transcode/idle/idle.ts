import { basename, dirname, join } from 'node:path'
import { ViblyError } from '../../base/index.ts'
import {
  type ChildEnd,
  type ChildWork,
  type Ffmpeg,
  probeTools,
  runChild,
  type Wrapper,
} from '../machine/index.ts'

export interface IdleDeps {
  readonly ffmpeg: Ffmpeg
  readonly machine: { readonly searchPath: string; readonly isRoot: boolean }
}

/** Work for an FFmpeg that has time: it gets what everything else leaves of the machine. */
export interface IdleWork extends Omit<ChildWork, 'command'> {
  readonly program: 'ffmpeg' | 'ffprobe'
  readonly args: readonly string[]
  readonly timeMsMax: number
}

/** Why it did not do its work. */
export interface IdleFailure extends Omit<ChildEnd, 'words'> {
  readonly lastWords: string
  /** It took more than `timeMsMax` and was killed. */
  readonly isLate: boolean
}

/** FFmpegs for what need not be done at once. */
export class IdleFfmpeg {
  readonly #deps: IdleDeps
  #wrapper: Promise<Wrapper> | null = null

  constructor(deps: IdleDeps) {
    this.#deps = deps
  }

  /**
   * Runs one to its end; null: all went well. Aborting kills it at once.
   *
   * @throws ViblyError `transcode.start-failed`, the signal's reason, what the input or `onOutput`
   *   throws.
   */
  async run(work: IdleWork, signal: AbortSignal): Promise<IdleFailure | null> {
    const path = this.#pathOf(work.program)
    // Not asked at the start: until the first work is done nobody needs the answer.
    this.#wrapper ??= probeTools(this.#deps.ffmpeg, this.#deps.machine, 'idle')
    const command = [...(await this.#wrapper).prefix, path, ...work.args]
    signal.throwIfAborted()
    const late = AbortSignal.timeout(work.timeMsMax)
    const end = await runChild({ ...work, command }, AbortSignal.any([signal, late]))
    if (end === null) throw new ViblyError('transcode.start-failed', { path })
    signal.throwIfAborted()
    const { exitCode, signal: killedBy, words } = end
    if (exitCode === 0) return null
    return { exitCode, signal: killedBy, lastWords: words.lastWords(), isLate: late.aborted }
  }

  /** They come together and have names alike: ffmpeg-7 and ffprobe-7. */
  #pathOf(program: IdleWork['program']): string {
    const { path } = this.#deps.ffmpeg
    return join(dirname(path), basename(path).replace('ffmpeg', program))
  }
}
