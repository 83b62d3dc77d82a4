import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ViblyError } from '../../base/index.ts'
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
/** Its answer to the two questions has a few hundred. */
const ANSWER_BYTES_MAX = 64 * 1024
/** One that has no duration, or no streams. */
const UNREADABLE = 'ffprobe finds nothing in the file'

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
  const work = {
    program: 'ffmpeg' as const,
    args,
    input: job.flv,
    workDir,
    timeMsMax,
    onOutput: () => undefined,
  }
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
  const answer: Uint8Array[] = []
  let answerBytes = 0
  const shown = ['-of', 'json', '-show_entries', 'format=duration:stream=codec_type']
  const failure = await ffmpeg.run(
    {
      program: 'ffprobe',
      args: ['-v', 'error', '-protocol_whitelist', 'file', ...shown, `file:${name}`],
      input: null,
      workDir: options.workDir,
      timeMsMax: PROBE_MS_MAX,
      onOutput: (bytes) => {
        answerBytes += bytes.byteLength
        // What is cut off is no JSON, so it counts as no answer.
        if (answerBytes <= ANSWER_BYTES_MAX) answer.push(bytes)
      },
    },
    signal,
  )
  const facts = failure === null ? parseFacts(Buffer.concat(answer).toString()) : null
  if (facts === null) {
    const { exitCode = 0, signal: killedBy = null, lastWords = UNREADABLE } = failure ?? {}
    throw new ViblyError('transcode.remux-failed', { exitCode, signal: killedBy, lastWords })
  }
  return {
    durationMs: facts.format.duration * 1000,
    hasVideo: facts.streams.some((stream) => stream.codec_type === 'video'),
    hasAudio: facts.streams.some((stream) => stream.codec_type === 'audio'),
  }
}

function parseFacts(text: string): z.infer<typeof probed> | null {
  try {
    return probed.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
