import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { ViblyError } from '../../base/index.ts'
import { CHILD_ENVIRONMENT } from '../machine/index.ts'
import type { IdleFfmpeg } from './idle.ts'

/** An FLV that is to become an MP4. */
export interface RemuxJob {
  readonly flv: AsyncIterable<Uint8Array>
  /** Of the FLV, about: says how long the work may take. */
  readonly bytes: number
  /** What the picture's sample description is to be called (`avc3`); null: as FFmpeg does. */
  readonly sampleEntry: string | null
  /**
   * Whether the sound's header changes on the way: an MP4 track has only one, so it is encoded
   * anew.
   */
  readonly hasAudioChanges: boolean
}

/** Does one job; see `remuxToMp4` for what it throws. */
export type Remux = (job: RemuxJob, signal: AbortSignal) => Promise<Mp4File>

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

const probed = z.object({
  format: z.object({ duration: z.coerce.number() }),
  streams: z.array(z.object({ codec_type: z.string() })),
})

/** Empties the folder that MP4s are made in, which nobody else may use. */
export async function openRemux(ffmpeg: IdleFfmpeg, options: RemuxOptions): Promise<Remux> {
  await rm(options.workDir, { recursive: true, force: true })
  await mkdir(options.workDir, { recursive: true })
  // FFmpeg may run as nobody, whatever the umask: it may pass, but not look around.
  await chmod(options.workDir, 0o711)
  return (job, signal) => remuxToMp4(job, ffmpeg, options, signal)
}

/**
 * Makes an MP4 of the job's bits, none of them encoded again, and reads its facts back with
 * ffprobe. [F19] Aborting kills FFmpeg at once; whatever fails, no file is left.
 *
 * @throws ViblyError `transcode.remux-failed`, `transcode.remux-late`, `transcode.start-failed`,
 *   the signal's reason, or what `flv` throws.
 */
async function remuxToMp4(
  job: RemuxJob,
  ffmpeg: IdleFfmpeg,
  options: RemuxOptions,
  signal: AbortSignal,
): Promise<Mp4File> {
  signal.throwIfAborted()
  const name = `${randomUUID()}.mp4`
  const path = join(options.workDir, name)
  const remove = () => rm(path, { force: true })
  try {
    await createOpenFile(path)
    await runRemux(job, name, ffmpeg, options, signal)
    const facts = await probe(name, ffmpeg, options, signal)
    return { ...facts, read: () => createReadStream(path), remove }
  } catch (thrown) {
    await remove()
    signal.throwIfAborted()
    throw thrown
  }
}

/**
 * FFmpeg may run with the rights of nobody, who may make no files: this one is made for it. Only
 * its folder, which is not for others, protects it.
 */
async function createOpenFile(path: string): Promise<void> {
  const handle = await open(path, 'wx')
  await handle.close()
  await chmod(path, 0o666)
}

async function runRemux(
  job: RemuxJob,
  name: string,
  ffmpeg: IdleFfmpeg,
  options: RemuxOptions,
  signal: AbortSignal,
): Promise<void> {
  const timeMsMax = WORK_MS_MAX + Math.ceil(job.bytes / 2 ** 20) * WORK_MS_PER_MIB
  const { workDir } = options
  const args = formatRemuxArguments(job, name)
  const work = { args, input: job.flv, workDir, timeMsMax, onOutput: () => undefined }
  const failure = await ffmpeg.run(work, signal)
  if (failure === null) return
  const { isLate, ...facts } = failure
  if (isLate) throw new ViblyError('transcode.remux-late', { seconds: timeMsMax / 1000 })
  throw new ViblyError('transcode.remux-failed', facts)
}

/** The command line for a job; `name` is a file in the working directory. */
function formatRemuxArguments(
  job: Pick<RemuxJob, 'sampleEntry' | 'hasAudioChanges'>,
  name: string,
): readonly string[] {
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'warning', '-y'],
    ...['-protocol_whitelist', 'pipe', '-f', 'flv', '-i', 'pipe:0'],
    ...['-map', '0', '-c', 'copy'],
    ...(job.sampleEntry === null ? [] : ['-tag:v', job.sampleEntry]),
    ...(job.hasAudioChanges ? ['-c:a', 'aac', '-b:a', '192k'] : []),
    ...['-map_metadata', '-1', '-movflags', '+faststart', '-f', 'mp4', `file:${name}`],
  ]
}

async function probe(
  name: string,
  ffmpeg: IdleFfmpeg,
  options: RemuxOptions,
  signal: AbortSignal,
): Promise<Pick<Mp4File, 'durationMs' | 'hasVideo' | 'hasAudio'>> {
  const { path } = ffmpeg
  // They come together and have names alike: ffmpeg-7 and ffprobe-7.
  const ffprobe = join(dirname(path), basename(path).replace('ffmpeg', 'ffprobe'))
  const [program = '', ...args] = [...(await ffmpeg.wrapper()).prefix, ffprobe]
  const asked = ['-v', 'error', '-protocol_whitelist', 'file', '-of', 'json']
  asked.push('-show_entries', 'format=duration:stream=codec_type', `file:${name}`)
  try {
    const { stdout } = await promisify(execFile)(program, [...args, ...asked], {
      cwd: options.workDir,
      env: CHILD_ENVIRONMENT,
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
