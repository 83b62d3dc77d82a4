import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Logger } from '../../base/index.ts'
import { AUTO_PRESETS, type AutoPreset, type Speeds } from '../plan/index.ts'
import { runChild } from './child.ts'
import type { FfmpegProgram, Wrapper } from './probe.ts'

/** The machine that was measured: what is measured on one says nothing of another. */
export interface CalibrationSubject {
  /** Of FFmpeg. */
  readonly version: string
  /** The processor's name. */
  readonly cpu: string
  readonly cores: number
}

export interface CalibrationDeps {
  readonly ffmpeg: FfmpegProgram
  readonly wrapper: Wrapper
  readonly logger: Logger
}

/** As it is kept on disk, with rates in pixels a second of processor time. */
const calibrationForm = z.object({
  version: z.literal(1),
  ffmpeg: z.string(),
  cpu: z.string(),
  cores: z.number(),
  read_pixels_per_s: z.number().positive(),
  encode_pixels_per_s: z.object({
    ultrafast: z.number().positive(),
    superfast: z.number().positive(),
    veryfast: z.number().positive(),
  }),
})

/** All of it together, in ms of wall time; a preset that is not done by then is left out. */
const MEASURE_MS_MAX = 3000
const WIDTH = 1280
const HEIGHT = 720
const FRAMES = 30
const PIXELS = WIDTH * HEIGHT * FRAMES
/** Of what is read from a pipe at once, 64 KiB at most: the clip has less than 2 MB. */
const PIECES_MAX = 256
/** FFmpeg's `-benchmark` counts in steps of a clock tick; less than this is noise. */
const CPU_SECONDS_MIN = 0.005

/**
 * The speeds kept in `path`, where they are of this machine; else measured and kept there. A
 * damaged file is said to be damaged and written anew; one that cannot be written costs the next
 * start a measurement, nothing else.
 *
 * @returns null when FFmpeg did not even read the test picture in time.
 * @throws the reason of `signal` when it is aborted; FFmpeg is gone by then.
 */
export async function calibrate(
  path: string,
  subject: CalibrationSubject,
  deps: CalibrationDeps,
  signal: AbortSignal,
): Promise<Speeds | null> {
  const kept = await loadCalibration(path, subject, deps.logger)
  if (kept !== null) return kept
  const speeds = await measureSpeeds(deps, signal)
  // One that was cut short may only have met a busy moment: the next start tries again.
  const isWhole = AUTO_PRESETS.every((preset) => speeds?.encodePixels[preset] !== undefined)
  if (speeds !== null && isWhole) await storeCalibration(path, subject, speeds, deps.logger)
  return speeds
}

/** What is kept in `path` for this machine; null: nothing, of another one, or damaged. */
export async function loadCalibration(
  path: string,
  subject: CalibrationSubject,
  logger: Logger,
): Promise<Speeds | null> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') logger.error('calibration.json cannot be read', thrown, { path })
    return null
  })
  if (text === null) return null
  const form = parseCalibration(text)
  if (form === null) {
    logger.warn('calibration.json is damaged: it is ignored and measured anew', { path })
    return null
  }
  const { version, cpu, cores } = subject
  if (form.ffmpeg !== version || form.cpu !== cpu || form.cores !== cores) return null
  return { readPixels: form.read_pixels_per_s, encodePixels: form.encode_pixels_per_s }
}

/**
 * How fast this machine reads and encodes a noisy 720p picture, by the processor time of FFmpeg,
 * which other work on the machine changes little.
 */
async function measureSpeeds(deps: CalibrationDeps, signal: AbortSignal): Promise<Speeds | null> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(MEASURE_MS_MAX)])
  const clip = await runFfmpeg(deps, MAKE_CLIP, null, bounded)
  const reading = clip && (await runFfmpeg(deps, READ_CLIP, clip.output, bounded))
  if (clip === null || reading === null) {
    signal.throwIfAborted()
    return null
  }
  const encodePixels: Partial<Record<AutoPreset, number>> = {}
  for (const preset of AUTO_PRESETS) {
    const run = await runFfmpeg(deps, formatEncoding(preset), clip.output, bounded)
    // The reading is in it too, so it is taken off.
    if (run !== null) encodePixels[preset] = rate(run.cpuSeconds - reading.cpuSeconds)
  }
  signal.throwIfAborted()
  return { readPixels: rate(reading.cpuSeconds), encodePixels }
}

const QUIET = ['-hide_banner', '-nostats', '-loglevel', 'info']
/** Noise, as of a camera in a dim room: the worst of what is usual. */
const MAKE_CLIP: readonly string[] = [
  ...[...QUIET, '-f', 'lavfi'],
  ...['-i', `testsrc2=s=${WIDTH}x${HEIGHT}:r=30,noise=alls=20:allf=t,format=yuv420p`],
  ...['-frames:v', String(FRAMES), '-c:v', 'libx264', '-preset', 'ultrafast'],
  ...['-tune', 'zerolatency', '-crf', '23', '-maxrate', '6000k', '-bufsize', '3000k'],
  ...['-f', 'h264', 'pipe:1'],
]
const INPUT = [...QUIET, '-benchmark', '-threads', '1', '-f', 'h264', '-i', 'pipe:0']
/** To nowhere, as `-f null` knows it. */
const NOWHERE = ['-f', 'null', '-']
const SCALE = ['-map', '0:v', '-vf', 'scale=854:480', '-c:v', 'wrapped_avframe', ...NOWHERE]
const READ_CLIP: readonly string[] = [...INPUT, ...SCALE]

/** As the renditions are encoded, for a ceiling that fits the size. */
function formatEncoding(preset: AutoPreset): readonly string[] {
  const rate = ['-crf', '23', '-maxrate', '2500k', '-bufsize', '1250k']
  const encode = ['-c:v', 'libx264', '-preset', preset, '-tune', 'zerolatency', ...rate]
  return [...INPUT, '-map', '0:v', ...encode, '-threads:v', '4', ...NOWHERE, ...SCALE]
}

interface Ran {
  readonly output: readonly Uint8Array[]
  /** User and system time of the process; 0 when it was not asked for. */
  readonly cpuSeconds: number
}

/** null: it failed, or was not done when `signal` was aborted; it is gone either way. */
async function runFfmpeg(
  { ffmpeg, wrapper }: CalibrationDeps,
  args: readonly string[],
  input: readonly Uint8Array[] | null,
  signal: AbortSignal,
): Promise<Ran | null> {
  if (signal.aborted) return null
  const output: Uint8Array[] = []
  const command = [...wrapper.prefix, ffmpeg.path, ...args]
  const onOutput = (bytes: Uint8Array) => {
    if (output.length < PIECES_MAX) output.push(bytes)
  }
  const end = await runChild({ command, input, workDir: null, onOutput }, signal)
  if (end?.exitCode !== 0) return null
  const [, user = 0, system = 0] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(end.words.text()) ?? []
  return { output, cpuSeconds: Number(user) + Number(system) }
}

function rate(cpuSeconds: number): number {
  return Math.round(PIXELS / Math.max(CPU_SECONDS_MIN, cpuSeconds))
}

function parseCalibration(text: string): z.infer<typeof calibrationForm> | null {
  try {
    return calibrationForm.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

async function storeCalibration(
  path: string,
  subject: CalibrationSubject,
  speeds: Speeds,
  logger: Logger,
): Promise<void> {
  const form: Record<keyof z.infer<typeof calibrationForm>, unknown> = {
    version: 1,
    ffmpeg: subject.version,
    cpu: subject.cpu,
    cores: subject.cores,
    read_pixels_per_s: speeds.readPixels,
    encode_pixels_per_s: speeds.encodePixels,
  }
  try {
    await writeFile(`${path}.new`, `${JSON.stringify(form, null, 2)}\n`, { mode: 0o600 })
    await rename(`${path}.new`, path)
  } catch (thrown) {
    logger.error('the calibration could not be kept; the next start measures again', thrown)
  }
}
