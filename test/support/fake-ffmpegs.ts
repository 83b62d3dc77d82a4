/** What the tests of transcode share: programs in the place of FFmpeg, real FLV, a judge. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../src/base/index.ts'
import type { Plan } from '../../src/transcode/index.ts'
import {
  startTranscode,
  TRANSCODE_DEFAULTS,
  type Transcode,
  type TranscodeOptions,
} from '../../src/transcode/process/ffmpeg.ts'

export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'vibly-transcode-'))
  // Where the tests run as root, the workers run as nobody.
  chmodSync(directory, 0o755)
  return directory
}

/** An executable shell script in `directory`; its path. */
export function writeScript(directory: string, name: string, body: string): string {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  return path
}

/** Starts `plan` with the program at `path` in the place of FFmpeg. */
export function startWith(
  path: string,
  plan: Plan,
  options: Partial<TranscodeOptions> & { readonly prefix?: readonly string[] } = {},
): Transcode {
  const run = startTranscode(
    plan,
    {
      ffmpeg: { path, version: 'test' },
      wrapper: { prefix: options.prefix ?? [], missing: [] },
      clock: systemClock,
    },
    { ...TRANSCODE_DEFAULTS, workDir: tmpdir(), ...options },
  )
  running.push(run)
  return run
}

const running: Transcode[] = []

/** Ends what `startWith` started, so that a failed test leaves nothing behind. */
export async function closeAll(): Promise<void> {
  await Promise.all(running.map((run) => run.close()))
}

/** Writes `bytes` every 20 ms, as an encoder would, until the process is gone. */
export async function feedUntilGone(run: Transcode, bytes: Uint8Array): Promise<void> {
  const state = { isGone: false }
  const leave = () => {
    state.isGone = true
  }
  const gone = run.exit.then(leave, leave)
  while (!state.isGone) {
    await Promise.race([run.write(bytes), gone])
    await delay(20)
  }
}

export interface Tag {
  readonly kind: number
  readonly timestampMs: number
  readonly isConfig: boolean
  readonly bytes: Uint8Array
}

/** FLV made by the real FFmpeg: its header, and its tags. */
export function makeFlv(args: readonly string[]): {
  readonly header: Uint8Array
  readonly tags: readonly Tag[]
} {
  const bytes = execFileSync(
    'ffmpeg',
    ['-v', 'error', ...args, '-flvflags', 'no_duration_filesize', '-f', 'flv', 'pipe:1'],
    { maxBuffer: 256 * 1024 * 1024 },
  )
  const tags: Tag[] = []
  for (let at = 13; at + 11 <= bytes.byteLength; ) {
    const size = bytes.readUIntBE(at + 1, 3)
    const kind = bytes.readUInt8(at)
    tags.push({
      kind,
      timestampMs: bytes.readUIntBE(at + 4, 3) + bytes.readUInt8(at + 7) * 0x1000000,
      isConfig: kind === 18 || bytes[at + 12] === 0,
      bytes: bytes.subarray(at, at + 11 + size + 4),
    })
    at += 11 + size + 4
  }
  return { header: bytes.subarray(0, 13), tags }
}

/** A test picture of `seconds`, key frames every 2 s, and a tone. */
export function makeSource(options: {
  readonly size: string
  readonly seconds: number
  readonly extra?: readonly string[]
  readonly startSeconds?: number
}): { readonly header: Uint8Array; readonly tags: readonly Tag[] } {
  return makeFlv([
    ...['-f', 'lavfi', '-i', `testsrc2=s=${options.size}:r=30`],
    ...['-f', 'lavfi', '-i', 'sine=440:r=48000', '-t', String(options.seconds)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '60', '-sc_threshold', '0'],
    ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '2', ...(options.extra ?? [])],
    ...['-output_ts_offset', String(options.startSeconds ?? 0)],
  ])
}

/** All bytes of an output, or of all pictures. */
export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export interface Packet {
  readonly kind: string
  readonly ptsTicks: number
  readonly isKey: boolean
  readonly bytes: number
}

/** What ffprobe, a judge from outside, finds in a transport stream. */
export function probePackets(directory: string, ts: Uint8Array): readonly Packet[] {
  const path = join(directory, 'judged.ts')
  writeFileSync(path, ts)
  const fields = 'packet=codec_type,pts,size,flags'
  const answer = execFileSync('ffprobe', [
    ...['-v', 'error', '-show_entries', fields, '-of', 'csv=p=0', path],
  ])
  return answer
    .toString()
    .split('\n')
    .filter((line) => line.includes(','))
    .map((line) => {
      const [kind = '', pts, size, flags = ''] = line.split(',')
      const isKey = flags.startsWith('K')
      return { kind, ptsTicks: Number(pts), bytes: Number(size), isKey }
    })
}

/** One letter of /proc/pid/stat, or null when there is no such process. Z is dead already. */
export function processState(pid: number): string | null {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}
