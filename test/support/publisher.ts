import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const RETRY_MS = 500

/** What a test picture is made of; sizes in pixels, times in seconds. */
export interface Clip {
  readonly name: string
  readonly width?: number
  readonly height?: number
  readonly frameRate?: string
  readonly keyframeFrames?: number
  readonly bFrames?: number
  readonly seconds?: number
  readonly hasVideo?: boolean
  readonly hasAudio?: boolean
  /** More arguments for the encoder, after all others. */
  readonly extra?: readonly string[]
}

/**
 * An FLV file of the clip, made once per machine and kept in the temporary folder: publishing it
 * with `-c copy` costs next to nothing, so that the server has the cores.
 */
export function makeClip(clip: Clip): Promise<string> {
  const path = join(FOLDER, `${clip.name}-${hash(JSON.stringify(clip))}.flv`)
  // Tests that run at the same time share one making.
  const made = makings.get(path) ?? makeFile(clip, path)
  makings.set(path, made)
  return made
}

const FOLDER = join(tmpdir(), 'vibly-clips')
const makings = new Map<string, Promise<string>>()

async function makeFile(clip: Clip, path: string): Promise<string> {
  await mkdir(FOLDER, { recursive: true })
  if (await exists(path)) return path
  const { seconds = 40, hasVideo = true, hasAudio = true } = clip
  const picture = `testsrc2=size=${clip.width ?? 1280}x${clip.height ?? 720}:rate=${clip.frameRate ?? '30'}`
  const args = ['-hide_banner', '-loglevel', 'error', '-y']
  if (hasVideo) args.push('-f', 'lavfi', '-i', picture)
  if (hasAudio) args.push('-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000')
  args.push('-t', String(seconds))
  if (hasVideo) {
    const frames = String(clip.keyframeFrames ?? 60)
    args.push('-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-b:v', '2500k')
    args.push(
      '-g',
      frames,
      '-keyint_min',
      frames,
      '-sc_threshold',
      '0',
      '-bf',
      String(clip.bFrames ?? 0),
    )
  }
  if (hasAudio) args.push('-c:a', 'aac', '-b:a', '128k', '-ac', '2')
  const partial = `${path}.${process.pid}.part`
  args.push(...(clip.extra ?? []), '-f', 'flv', partial)
  await run('ffmpeg', args)
  await rename(partial, path)
  return path
}

/** A running FFmpeg that publishes. */
export interface Publisher {
  readonly process: ChildProcess
  /** Everything it wrote to stderr so far. */
  readonly errors: () => string
  /** Its exit code, when it is gone. */
  readonly exit: Promise<number | null>
  /** Ends it as a streamer would (q): it unpublishes. */
  stop(): Promise<void>
  /** SIGKILL: the connection is just gone. */
  kill(): Promise<void>
}

/** Publishes a file in real time, again and again, to an RTMP address with its key. */
export function publishFile(path: string, url: string, loops = -1): Publisher {
  return publish(['-re', '-stream_loop', String(loops), '-i', path, '-c', 'copy'], url)
}

/**
 * As long as it is not stopped, publishes a file anew whenever the connection was lost, as OBS
 * does.
 */
export function keepPublishing(path: string, url: string): Pick<Publisher, 'stop'> {
  const over = new AbortController()
  let publisher = publishFile(path, url)
  const done = (async () => {
    for (;;) {
      await publisher.exit
      await delay(RETRY_MS, null, { signal: over.signal }).catch(() => null)
      if (over.signal.aborted) return
      publisher = publishFile(path, url)
    }
  })()
  return {
    stop: async () => {
      over.abort()
      await publisher.stop()
      await done
    },
  }
}

/** Publishes whatever the arguments make. */
export function publish(input: readonly string[], url: string): Publisher {
  const child = spawn(
    'ffmpeg',
    [
      '-hide_banner',
      '-loglevel',
      'error',
      ...input,
      '-f',
      'flv',
      '-flvflags',
      'no_duration_filesize',
      url,
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  )
  let errors = ''
  child.stderr.on('data', (data) => {
    errors = (errors + String(data)).slice(-10_000)
  })
  // Writing `q` to one that is already gone is no failure of a test.
  child.stdin.on('error', () => {})
  const exit = once(child, 'exit').then(() => child.exitCode)
  return {
    process: child,
    errors: () => errors,
    exit,
    stop: async () => {
      child.stdin.write('q')
      await exit
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

/** Short and stable; only names a cached file. */
function hash(text: string): string {
  let sum = 7
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 2 ** 32
  return sum.toString(36)
}
