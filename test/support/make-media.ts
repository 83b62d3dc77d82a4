import { execFileSync } from 'node:child_process'

/** The FFmpeg of the tests. */
export const FFMPEG = process.env['VIBLY_FFMPEG'] ?? 'ffmpeg'
export const FFPROBE = FFMPEG.replace(/ffmpeg$/, 'ffprobe')

/** Encoding as cheap and prompt as can be, a key frame every 60 pictures. */
export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '60']
export const AAC = ['-c:a', 'aac', '-b:a', '96k']
/** Key frames every 2 s and nowhere else, as the plan promises them. */
export const FORCED = [
  '-g',
  '600',
  '-sc_threshold',
  '0',
  '-force_key_frames',
  'expr:gte(t,n_forced*2)',
]
export const WITH_B = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', ...FORCED]
/** Pictures at an uneven rate. */
export const VFR = ['-vf', "select='not(eq(mod(n,7),3))'", '-fps_mode', 'vfr']

/** A moving picture of `seconds`, e.g. `picture('320x180', '30', 5)`. */
export function picture(size: string, rate: string, seconds: number): readonly string[] {
  return ['-f', 'lavfi', '-t', String(seconds), '-i', `testsrc2=s=${size}:r=${rate}`]
}

/** A tone of `seconds` in mono. */
export function tone(seconds: number, sampleRate = 48_000): readonly string[] {
  return ['-f', 'lavfi', '-t', String(seconds), '-i', `sine=r=${sampleRate}`]
}

/** Runs FFmpeg to its end and gives what it wrote as MPEG-TS, muxed as Vibly does. */
export function makeTs(args: readonly string[]): Uint8Array {
  return runFfmpeg([...args, ...TS_OUT])
}

const TS_OUT = [
  '-f',
  'mpegts',
  '-flush_packets',
  '1',
  '-muxdelay',
  '0',
  '-muxpreload',
  '0',
  'pipe:1',
]

/**
 * Runs FFmpeg to its end; `input` goes to its stdin, its stdout is returned. Throws on any error
 * line.
 */
export function runFfmpeg(args: readonly string[], input?: Uint8Array): Uint8Array {
  return execFileSync(FFMPEG, ['-v', 'error', '-xerror', ...args], {
    maxBuffer: 256 * 2 ** 20,
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
  })
}
