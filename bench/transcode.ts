import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import {
  ENCODER_DEFAULTS,
  formatArguments,
  planRenditions,
  type Rendition,
} from '../src/transcode/index.ts'
import { AAC_STEREO, FIRST_RUN, H264_1080P } from '../test/support/sample-facts.ts'

/**
 * What the renditions of one 1080p30 source cost, in processor seconds of each second of the
 * stream, and how well they keep it (SSIM against the source scaled to their size): our plan (top
 * copied, the others scaled down a chain) beside the usual ladder, which encodes all three from the
 * source. Preset, bit rates and the rest of the encoder are the same.
 *
 *     bench/transcode.ts [--seconds 20] [--preset superfast]
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    preset: { type: 'string', default: ENCODER_DEFAULTS.preset },
  },
})
const seconds = Number(values.seconds)
const RATIO_MAX = 0.6
const SSIM_LOSS_MAX = 0.005

const folder = await mkdtemp(join(tmpdir(), 'vibly-bench-'))
const encoder = { ...ENCODER_DEFAULTS, preset: values.preset }
const facts = { video: H264_1080P, audio: AAC_STEREO, keyframeIntervalMs: null }
const plan = planRenditions(facts, FIRST_RUN)
// The same ladder of a source that cannot be copied: what we would write for the top rendition too.
const encodedPlan = planRenditions({ ...facts, keyframeIntervalMs: 8333 }, FIRST_RUN)
try {
  const source = join(folder, 'source.flv')
  await makeSource(source)
  const ours = await runOurs(source)
  const plain = await runPlain(source)
  const ratio = ours / plain
  print(`preset ${values.preset}, ${seconds} s of noisy 1080p30, processor seconds a stream second`)
  print(`  copied top and chain   ${(ours / seconds).toFixed(3)}`)
  print(`  three encodes          ${(plain / seconds).toFixed(3)}`)
  print(`  ratio                  ${ratio.toFixed(2)} (at most ${RATIO_MAX})`)
  let isKept = ratio <= RATIO_MAX
  for (const rendition of plan.renditions) {
    const our = await measureSsim(join(folder, `ours-${rendition.name}.ts`), source, rendition)
    const their = await measureSsim(join(folder, `plain-${rendition.name}.ts`), source, rendition)
    const loss = (their - our).toFixed(4)
    print(
      `  SSIM ${rendition.name.padEnd(6)} ours ${our.toFixed(4)}, three encodes ${their.toFixed(4)},` +
        ` loss ${loss} (at most ${SSIM_LOSS_MAX})`,
    )
    isKept &&= their - our <= SSIM_LOSS_MAX
  }
  if (!isKept) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** As an encoder sends it: key frames every 2 s, 6 Mbit/s. */
async function makeSource(path: string): Promise<void> {
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=s=1920x1080:r=30,noise=alls=20:allf=t'],
    ...['-f', 'lavfi', '-i', 'sine=440:r=48000', '-t', String(seconds)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-b:v', '6000k'],
    ...['-maxrate', '6000k', '-bufsize', '6000k', '-g', '60', '-sc_threshold', '0', '-bf', '0'],
    ...['-c:a', 'aac', '-ac', '2', '-b:a', '128k', path],
  ])
}

/** The server's own arguments; its pipes are files here. Processor seconds. */
async function runOurs(source: string): Promise<number> {
  const names = [...plan.renditions.map(({ name }) => `ours-${name}.ts`), 'thumbs.mjpeg']
  const files = [
    await open(source, 'r'),
    ...(await Promise.all(names.map((name) => open(join(folder, name), 'w')))),
  ]
  const args = formatArguments(plan, encoder).map((arg) => (arg === 'warning' ? 'info' : arg))
  try {
    return cpuSecondsOf(await runFfmpeg(['-benchmark', ...args], files))
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}

/** One FFmpeg, split, scale, three encoders: how a ladder is usually written. Processor seconds. */
async function runPlain(source: string): Promise<number> {
  const { renditions } = encodedPlan
  const labels = renditions.map((_, index) => `[v${index}]`)
  const scales = renditions.map(
    ({ width, height }, index) => `[v${index}]scale=${width}:${height},format=yuv420p[o${index}]`,
  )
  const outputs = renditions.flatMap(({ name, videoKbps }, index) => [
    ...['-map', `[o${index}]`, '-map', '0:a:0', '-c:a', 'copy', '-c:v', 'libx264'],
    ...['-preset', encoder.preset, '-tune', 'zerolatency', '-profile:v', 'high', '-crf', '23'],
    ...['-maxrate', `${videoKbps}k`, '-bufsize', `${(videoKbps ?? 0) / 2}k`],
    ...['-g', '60', '-sc_threshold', '0', '-threads:v', String(encoder.threadsMax)],
    ...['-f', 'mpegts', join(folder, `plain-${name}.ts`)],
  ])
  const graph = [`[0:v:0]split=${labels.length}${labels.join('')}`, ...scales].join(';')
  const said = await runFfmpeg(['-benchmark', '-i', source, '-filter_complex', graph, ...outputs])
  return cpuSecondsOf(said)
}

/** Of the picture as a whole (all planes), averaged over all frames; 1 is the same. */
async function measureSsim(path: string, source: string, rendition: Rendition): Promise<number> {
  const order = 'settb=AVTB,setpts=N/30/TB'
  const size = `${rendition.width}:${rendition.height}`
  const said = await runFfmpeg([
    ...['-i', path, '-i', source, '-lavfi'],
    `[0:v]${order}[made];[1:v]scale=${size},format=yuv420p,${order}[wanted];[made][wanted]ssim`,
    ...['-f', 'null', '-'],
  ])
  const ssim = /SSIM .* All:([\d.]+)/.exec(said)?.[1]
  if (ssim === undefined) throw new Error(`no SSIM of ${rendition.name}: ${said.slice(-500)}`)
  return Number(ssim)
}

/** What it said; `files` are its stdin and, from 3 on, its outputs. */
async function runFfmpeg(
  args: readonly string[],
  files: readonly FileHandle[] = [],
): Promise<string> {
  const [input, ...outputs] = files.map(({ fd }) => fd)
  const child = spawn('ffmpeg', ['-hide_banner', '-nostats', '-y', ...args], {
    stdio: [input ?? 'ignore', 'ignore', 'pipe', ...outputs],
  })
  if (child.stderr === null) throw new Error('stderr is a pipe')
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`FFmpeg failed: ${said.slice(-1000)}`)
  return said
}

function cpuSecondsOf(said: string): number {
  const [, user, system] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(said) ?? []
  return Number(user) + Number(system)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
