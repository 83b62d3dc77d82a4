import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { getPriority } from 'node:os'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { ViblyError } from '../../base/index.ts'
import type { VideoFacts } from '../../media/index.ts'
import { VIDEO_DECODERS } from '../plan/index.ts'
import { CHILD_ENVIRONMENT } from './child.ts'

/** An FFmpeg as a program. */
export interface FfmpegProgram {
  /** Absolute. */
  readonly path: string
  /** As it calls itself: `5.1.9-0+deb12u1`. */
  readonly version: string
}

/** An FFmpeg that Vibly can use. */
export interface Ffmpeg extends FfmpegProgram {
  /** What it takes in FLV on stdin, H.264 first. */
  readonly videoCodecs: readonly VideoFacts['codec'][]
}

interface Version {
  readonly major: number
  readonly minor: number
}

/** What every FFmpeg is started behind: as much of the chain as this machine has. */
export interface Wrapper {
  /** Programs and their arguments; the command follows. Absolute paths. Empty: nothing helps. */
  readonly prefix: readonly string[]
  /** Names of the tools that are absent or refused, for the log and the doctor. */
  readonly missing: readonly string[]
}

/** `live`: writes no file. `idle`: writes one, and gets what the others leave of the machine. */
export type WrapperUse = 'live' | 'idle'

export interface ProbeOptions {
  /** The setting: a path, or null to search. */
  readonly path: string | null
  /** Directories to search, as in the variable PATH. */
  readonly searchPath: string
}

const VERSION_MIN: Version = { major: 5, minor: 1 }
/** Its FLV reader knows Enhanced RTMP, so HEVC and AV1. */
const VERSION_OF_ENHANCED: Version = { major: 6, minor: 1 }
const ENHANCED_CODECS = ['hevc', 'av1'] as const
const ENCODERS: readonly string[] = ['libx264', 'aac', 'mjpeg']
const DECODERS: readonly string[] = ['h264', 'aac']
/** How long one question to a binary may take, in ms, and how many bytes the answer may have. */
const ANSWER_MS_MAX = 10_000
const ANSWER_BYTES_MAX = 1024 * 1024
/** Unprivileged on every system that has it; a number needs no look-up in a file. */
const NOBODY = '65534'
/** The largest recording: two days and a half of the highest bit rate that is taken by default. */
const FILE_BYTES_MAX = 512 * 1024 * 1024 * 1024
/**
 * Address space, in bytes: 4096x2304 took 0.8 GB on two cores, each further thread reserves 64 MB.
 */
const ADDRESS_BYTES_MAX = 4 * 1024 * 1024 * 1024

/** The package managers known, each with the one command that installs FFmpeg. */
const INSTALL_COMMANDS: readonly (readonly [tool: string, command: string])[] = [
  ['apt-get', 'apt-get update && apt-get install -y ffmpeg'],
  ['dnf', 'dnf install -y ffmpeg'],
  ['pacman', 'pacman -S --noconfirm ffmpeg'],
  ['apk', 'apk add ffmpeg'],
  ['brew', 'brew install ffmpeg'],
]
const INSTALL_BY_HAND = 'see https://ffmpeg.org/download.html'

/**
 * Finds FFmpeg and asks it what it can. [F17]
 *
 * @throws ViblyError `transcode.ffmpeg-missing`, `transcode.ffmpeg-too-old`,
 *   `transcode.ffmpeg-incomplete`, each with the command that mends it; `transcode.ffmpeg-silent`
 *   when it was ended before it could answer, which says nothing about the FFmpeg.
 */
export async function probeFfmpeg(options: ProbeOptions): Promise<Ffmpeg> {
  const command = await installCommand(options.searchPath)
  const path = await findProgram(options.path ?? 'ffmpeg', options.searchPath)
  const tried = options.path ?? 'ffmpeg, in the search path'
  if (path === null) throw new ViblyError('transcode.ffmpeg-missing', { tried, command })

  const answer = await askPatiently(path, '-version')
  const version = answer === null ? null : /^ffmpeg version (\S+)/.exec(answer)?.[1]
  if (version === null || version === undefined) {
    throw new ViblyError('transcode.ffmpeg-missing', { tried: path, command })
  }
  if (isBefore(version, VERSION_MIN)) {
    const wanted = `${VERSION_MIN.major}.${VERSION_MIN.minor}`
    throw new ViblyError('transcode.ffmpeg-too-old', { path, version, wanted, command })
  }
  const [encoders, decoders] = await Promise.all([
    askPatiently(path, '-encoders'),
    askPatiently(path, '-decoders'),
  ])
  const missing = [
    ...ENCODERS.filter((name) => !lists(encoders, name)).map((name) => `encoder ${name}`),
    ...DECODERS.filter((name) => !lists(decoders, name)).map((name) => `decoder ${name}`),
  ]
  if (missing.length > 0) {
    const facts = { path, missing: missing.join(', '), command }
    throw new ViblyError('transcode.ffmpeg-incomplete', facts)
  }
  const enhanced = isBefore(version, VERSION_OF_ENHANCED) ? [] : ENHANCED_CODECS
  const taken = enhanced.filter((codec) => lists(decoders, VIDEO_DECODERS[codec]))
  return { path, version, videoCodecs: ['h264', ...taken] }
}

/**
 * Which of the tools around FFmpeg this machine has and allows: each is tried once with the real
 * binary behind it. In the order of the chain: [F14] background priority for processor and disk,
 * and first to go when memory ends; [F05] limits of resources; [F04] [F07] no way to more rights,
 * the rights of nobody when Vibly runs as root, and death with its parent. `setpriv` stands last,
 * since a change of user forgets the parent's death signal.
 */
export async function probeTools(
  ffmpeg: FfmpegProgram,
  options: { readonly searchPath: string; readonly isRoot: boolean },
  use: WrapperUse = 'live',
): Promise<Wrapper> {
  const { niceness, diskClass, fileBytesMax } = USES[use]
  const tools: readonly (readonly [name: string, ...args: readonly string[]])[] = [
    // It counts from where the server is.
    ['nice', '-n', String(niceness - getPriority())],
    ['ionice', ...diskClass],
    ['choom', '-n', '500', '--'],
    ['prlimit', `--as=${ADDRESS_BYTES_MAX}`, '--nofile=256', '--core=0', fileBytesMax, '--'],
    [
      'setpriv',
      ...(options.isRoot ? DROP_RIGHTS : []),
      '--no-new-privs',
      '--pdeathsig',
      'KILL',
      '--',
    ],
  ]
  const tried = await Promise.all(
    tools.map(async ([name, ...args]) => {
      const path = await findProgram(name, options.searchPath)
      const prefix = path === null ? null : [path, ...args]
      const works = prefix !== null && (await ask([...prefix, ffmpeg.path, '-version'])) !== null
      return { name, prefix: works ? prefix : null }
    }),
  )
  return {
    prefix: tried.flatMap((tool) => tool.prefix ?? []),
    missing: tried.flatMap((tool) => (tool.prefix === null ? [tool.name] : [])),
  }
}

const USES = {
  live: { niceness: 10, diskClass: ['-c', '2', '-n', '7'], fileBytesMax: '--fsize=0' },
  idle: { niceness: 19, diskClass: ['-c', '3'], fileBytesMax: `--fsize=${FILE_BYTES_MAX}` },
} as const

const DROP_RIGHTS: readonly string[] = [
  ...['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups'],
  ...['--bounding-set=-all', '--inh-caps=-all'],
]

/**
 * `name` may be a path; `searchPath` as in PATH, of which only absolute folders count. null when
 * there is no such program that may be run.
 */
export async function findProgram(name: string, searchPath: string): Promise<string | null> {
  const isPath = isAbsolute(name) || name.includes('/')
  const directories = searchPath.split(delimiter).filter((directory) => isAbsolute(directory))
  const candidates = isPath ? [resolve(name)] : directories.map((dir) => join(dir, name))
  for (const candidate of candidates) {
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return candidate
  }
  return null
}

/** What the program prints, or null when it cannot be run or says no. */
async function ask(command: readonly string[]): Promise<string | null> {
  return (await run(command)).stdout
}

/** What FFmpeg says, null for no; one that had no time to say anything is no "no". */
async function askPatiently(path: string, question: string): Promise<string | null> {
  const { stdout, isEnded } = await run([path, '-hide_banner', question])
  if (!isEnded) return stdout
  throw new ViblyError('transcode.ffmpeg-silent', { path, seconds: ANSWER_MS_MAX / 1000 })
}

/** `isEnded`: by SIGTERM, as its time was up or somebody else wanted that. */
async function run(
  command: readonly string[],
): Promise<{ readonly stdout: string | null; readonly isEnded: boolean }> {
  const [program = '', ...args] = command
  const options = { timeout: ANSWER_MS_MAX, maxBuffer: ANSWER_BYTES_MAX, env: CHILD_ENVIRONMENT }
  const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof run>>>()
  execFile(program, args, options, (fault, stdout) => {
    resolve({ stdout: fault === null ? stdout : null, isEnded: fault?.signal === 'SIGTERM' })
  })
  return await promise
}

/** Builds from the development branch (`N-113007-g8d24a28d06`) carry no number and count as new. */
function isBefore(version: string, wanted: Version): boolean {
  const match = /^n?(\d+)\.(\d+)/.exec(version)
  if (match === null) return false
  const [major, minor] = [Number(match[1]), Number(match[2])]
  return major < wanted.major || (major === wanted.major && minor < wanted.minor)
}

/** Lines such as ` V..... libx264   libx264 H.264 (codec h264)`. */
function lists(listing: string | null, name: string): boolean {
  return (listing ?? '').split('\n').some((line) => line.trim().split(/\s+/)[1] === name)
}

async function installCommand(searchPath: string): Promise<string> {
  for (const [tool, command] of INSTALL_COMMANDS) {
    if ((await findProgram(tool, searchPath)) !== null) return command
  }
  return INSTALL_BY_HAND
}
