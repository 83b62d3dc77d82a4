import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { z } from 'zod'
import { ViblyError } from '../base/index.ts'
import { type Ffmpeg, probeTools, type Wrapper } from './probe.ts'
import { Tail } from './tail.ts'

/** An FLV with H.264 and AAC that is to become an MP4. */
export interface RemuxJob {
  readonly flv: AsyncIterable<Uint8Array>
  /** Of the FLV, about: says how long the work may take. */
  readonly bytes: number
  /** Whether key frames carry parameter sets that differ from the header's (`avc3`). */
  readonly hasInBandSets: boolean
  /** Whether the sound's header changes on the way: an MP4 track has only one, so it is encoded anew. */
  readonly hasAudioChanges: boolean
}

export interface RemuxDeps {
  readonly ffmpeg: Ffmpeg
  readonly machine: { readonly searchPath: string; readonly isRoot: boolean }
}

/** Does one job; see `remuxToMp4` for what it throws. */
export type Remux = (job: RemuxJob, signal: AbortSignal) => Promise<Mp4File>

interface RemuxTools {
  readonly ffmpeg: Ffmpeg
  /** Lets it write one file, and work only when nobody else does: `probeTools` for `idle`. */
  readonly wrapper: Wrapper
}

export interface RemuxOptions {
  /** Absolute; where the MP4 is made. FFmpeg finds it as its working directory. */
  readonly workDir: string
}

/** A finished file, its index in front of the media; it is there until it is removed. */
export interface Mp4File {
  /** As ffprobe reads it. */
  readonly durationMs: number
  readonly hasVideo: boolean
  readonly hasAudio: boolean
  /** The whole of it, piece by piece. */
  read(): AsyncIterable<Uint8Array>
  remove(): Promise<void>
}

/** What any remux may take, and what each MiB adds: the slowest disk worth using, twice over. */
const WORK_MS_MAX = 120_000
const WORK_MS_PER_MIB = 500
const PROBE_MS_MAX = 60_000
const PROBE_BYTES_MAX = 1024 * 1024
const ENVIRONMENT = { LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' }

const probed = z.object({
  format: z.object({ duration: z.coerce.number() }),
  streams: z.array(z.object({ codec_type: z.string() })),
})

/** Empties the folder that MP4s are made in, which nobody else may use. */
export async function openRemux(deps: RemuxDeps, options: RemuxOptions): Promise<Remux> {
  const { ffmpeg, machine } = deps
  await rm(options.workDir, { recursive: true, force: true })
  await mkdir(options.workDir, { recursive: true })
  // FFmpeg may run as nobody, whatever the umask: it may pass, but not look around.
  await chmod(options.workDir, 0o711)
  // Not asked at the start: until the first recording is finished nobody needs the answer.
  let wrapper: Promise<Wrapper> | null = null
  return async (job, signal) => {
    wrapper ??= probeTools(ffmpeg, machine, 'idle')
    return await remuxToMp4(job, { ffmpeg, wrapper: await wrapper }, options, signal)
  }
}

/**
 * Makes an MP4 of the job's bits, none of them encoded again, and reads its facts back with ffprobe.
 * [F19] Aborting kills FFmpeg at once; whatever fails, no file is left.
 *
 * @throws ViblyError `transcode.remux-failed`, `transcode.remux-late`, `transcode.start-failed`, the
 *   signal's reason, or what `flv` throws.
 */
async function remuxToMp4(
  job: RemuxJob,
  deps: RemuxTools,
  options: RemuxOptions,
  signal: AbortSignal,
): Promise<Mp4File> {
  signal.throwIfAborted()
  const name = `${randomUUID()}.mp4`
  const path = join(options.workDir, name)
  const remove = () => rm(path, { force: true })
  try {
    await createOpenFile(path)
    await runRemux(job, name, deps, options, signal)
    const facts = await probe(name, deps, options, signal)
    return { ...facts, read: () => createReadStream(path), remove }
  } catch (thrown) {
    await remove()
    signal.throwIfAborted()
    throw thrown
  }
}

/**
 * FFmpeg may run with the rights of nobody, who may make no files: this one is made for it. Only its
 * folder, which is not for others, protects it.
 */
async function createOpenFile(path: string): Promise<void> {
  const handle = await open(path, 'wx')
  await handle.close()
  await chmod(path, 0o666)
}

async function runRemux(
  job: RemuxJob,
  name: string,
  deps: RemuxTools,
  options: RemuxOptions,
  signal: AbortSignal,
): Promise<void> {
  const timeMs = WORK_MS_MAX + Math.ceil(job.bytes / 2 ** 20) * WORK_MS_PER_MIB
  const late = AbortSignal.timeout(timeMs)
  const over = AbortSignal.any([signal, late])
  const [program = '', ...args] = [
    ...deps.wrapper.prefix,
    deps.ffmpeg.path,
    ...formatRemuxArguments(job, name),
  ]
  const child = spawn(program, args, {
    shell: false,
    detached: true,
    cwd: options.workDir,
    env: ENVIRONMENT,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.on('error', () => {})
  if (child.pid === undefined) {
    throw new ViblyError('transcode.start-failed', { path: deps.ffmpeg.path })
  }
  const gone = once(child, 'close')
  const killed = killOnAbort(child, child.pid, over)
  const words = new Tail()
  child.stderr.on('data', (chunk: Uint8Array) => words.push(chunk))
  try {
    // FFmpeg's own end closes its stdin early: its exit code then says more than the broken pipe.
    const fed = await Promise.allSettled([pipeline(Readable.from(job.flv), child.stdin)])
    await gone
    if (late.aborted) throw new ViblyError('transcode.remux-late', { seconds: timeMs / 1000 })
    const facts = {
      exitCode: child.exitCode,
      signal: child.signalCode,
      lastWords: words.lastWords(),
    }
    if (child.exitCode !== 0) throw new ViblyError('transcode.remux-failed', facts)
    for (const outcome of fed) if (outcome.status === 'rejected') throw outcome.reason
  } finally {
    killed.stop()
  }
}

/** The whole group, at once: there is nothing that it would have to put in order. */
function killOnAbort(child: ChildProcess, pid: number, signal: AbortSignal): { stop(): void } {
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL')
  }
  signal.addEventListener('abort', kill)
  if (signal.aborted) kill()
  return { stop: () => signal.removeEventListener('abort', kill) }
}

/** The command line for a job; `name` is a file in the working directory. */
export function formatRemuxArguments(
  job: Pick<RemuxJob, 'hasInBandSets' | 'hasAudioChanges'>,
  name: string,
): readonly string[] {
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'warning', '-y'],
    ...['-protocol_whitelist', 'pipe', '-f', 'flv', '-i', 'pipe:0'],
    ...['-map', '0', '-c', 'copy'],
    ...(job.hasInBandSets ? ['-tag:v', 'avc3'] : []),
    ...(job.hasAudioChanges ? ['-c:a', 'aac', '-b:a', '192k'] : []),
    ...['-map_metadata', '-1', '-movflags', '+faststart', '-f', 'mp4', `file:${name}`],
  ]
}

async function probe(
  name: string,
  deps: RemuxTools,
  options: RemuxOptions,
  signal: AbortSignal,
): Promise<Pick<Mp4File, 'durationMs' | 'hasVideo' | 'hasAudio'>> {
  const { path } = deps.ffmpeg
  // They come together and have names alike: ffmpeg-7 and ffprobe-7.
  const ffprobe = join(dirname(path), basename(path).replace('ffmpeg', 'ffprobe'))
  const [program = '', ...args] = [...deps.wrapper.prefix, ffprobe]
  const asked = ['-v', 'error', '-protocol_whitelist', 'file', '-of', 'json']
  asked.push('-show_entries', 'format=duration:stream=codec_type', `file:${name}`)
  try {
    const { stdout } = await promisify(execFile)(program, [...args, ...asked], {
      cwd: options.workDir,
      env: ENVIRONMENT,
      timeout: PROBE_MS_MAX,
      maxBuffer: PROBE_BYTES_MAX,
      signal,
    })
    const { format, streams } = probed.parse(JSON.parse(stdout))
    return {
      durationMs: format.duration * 1000,
      hasVideo: streams.some((stream) => stream.codec_type === 'video'),
      hasAudio: streams.some((stream) => stream.codec_type === 'audio'),
    }
  } catch (thrown) {
    const facts = { exitCode: null, signal: null, lastWords: 'ffprobe cannot read the file' }
    throw new ViblyError('transcode.remux-failed', facts, thrown)
  }
}
