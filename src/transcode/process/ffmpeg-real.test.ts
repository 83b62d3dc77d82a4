import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  closeAll,
  feedUntilGone,
  makeDirectory,
  makeFlv,
  makeSource,
  type Packet,
  probePackets,
  processState,
  readAll,
  startWith,
  type Tag,
} from '../../../test/support/fake-ffmpegs.ts'
import { FIRST_RUN } from '../../../test/support/sample-facts.ts'
import {
  type AudioFacts,
  decodeAudioConfig,
  decodeAudioPayload,
  decodeAvcConfig,
  decodeVideoPayload,
  type VideoFacts,
} from '../../media/index.ts'
import { probeFfmpeg, probeTools } from '../machine/probe.ts'
import { type Plan, planRenditions, type SourceFacts } from '../plan/plan.ts'

const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin'
const directory = makeDirectory()
after(closeAll)
after(() => rmSync(directory, { recursive: true }))
const ffmpeg = await probeFfmpeg({ path: null, searchPath: SYSTEM_PATH })
const wrapper = await probeTools(ffmpeg, {
  searchPath: SYSTEM_PATH,
  isRoot: process.getuid?.() === 0,
})

interface Flv {
  readonly header: Uint8Array
  readonly tags: readonly Tag[]
}

/** What the sequence headers in `flv` say, as a broadcast reads them. */
function sourceOf(flv: Flv, keyframeIntervalMs: number | null = null): SourceFacts {
  const body = (tag: Tag) => tag.bytes.subarray(11, -4)
  const video = flv.tags.find((tag) => tag.kind === 9 && tag.isConfig)
  const audio = flv.tags.find((tag) => tag.kind === 8)
  return {
    video: video === undefined ? null : videoFacts(body(video)),
    audio: audio === undefined ? null : audioFacts(body(audio)),
    keyframeIntervalMs,
  }
}

function videoFacts(body: Uint8Array): VideoFacts {
  return decodeAvcConfig(body.subarray(decodeVideoPayload(body).headerBytes))
}

function audioFacts(body: Uint8Array): AudioFacts {
  const { codec, headerBytes } = decodeAudioPayload(body)
  if (codec === 'aac') return decodeAudioConfig(body.subarray(headerBytes))
  return { codec: 'mp3', codecString: 'mp4a.40.34', sampleRate: 44_100, channels: 1 }
}

/** Runs all of `flv` through FFmpeg; what came out, by rendition, and the pictures. */
async function transcode(
  flv: Flv,
  plan: Plan,
): Promise<{ readonly packets: ReadonlyMap<string, readonly Packet[]>; readonly jpegs: Buffer }> {
  const run = startWith(ffmpeg.path, plan, { prefix: wrapper.prefix })
  const reading = [...run.outputs].map(
    async ([name, output]) => [name, await readAll(output)] as const,
  )
  const pictures = readAll(run.thumbnails)
  for (const bytes of [flv.header, ...flv.tags.map((tag) => tag.bytes)]) await run.write(bytes)
  run.end()
  await run.exit
  const outputs = await Promise.all(reading)
  return {
    packets: new Map(outputs.map(([name, ts]) => [name, probePackets(directory, ts)])),
    jpegs: await pictures,
  }
}

function planOf(flv: Flv, keyframeIntervalMs: number | null = null): Plan {
  return planRenditions(sourceOf(flv, keyframeIntervalMs), FIRST_RUN)
}

const ptsOf = (packets: readonly Packet[] | undefined) =>
  (packets ?? [])
    .filter(({ kind }) => kind === 'video')
    .map(({ ptsTicks }) => ptsTicks)
    .sort((a, b) => a - b)

const keysOf = (packets: readonly Packet[] | undefined) =>
  ptsOf((packets ?? []).filter(({ isKey }) => isKey))

test('every frame has the same PTS copied and encoded, B-frames and all, and starts at 10 s', async () => {
  const extra = ['-preset', 'veryfast', '-bf', '2']
  const flv = makeSource({ size: '1280x720', seconds: 5, startSeconds: 10, extra })
  const plan = planOf(flv)
  assert.deepEqual(
    plan.renditions.map(({ name, isCopy }) => [name, isCopy]),
    [
      ['720p', true],
      ['480p', false],
    ],
  )
  const { packets, jpegs } = await transcode(flv, plan)
  const copied = packets.get('720p')
  assert.deepEqual(keysOf(copied), [900_000, 1_080_000, 1_260_000])
  assert.deepEqual(keysOf(packets.get('480p')), keysOf(copied))
  assert.equal(ptsOf(copied).length, 150)
  assert.deepEqual(ptsOf(packets.get('480p')), ptsOf(copied))
  assert.deepEqual([...jpegs.subarray(0, 2), ...jpegs.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9])
})

test('a source with key frames 10 s apart gets one every 2 s, the same in all renditions', async () => {
  const extra = ['-g', '300', '-vf', 'noise=alls=100:allf=t']
  const flv = makeSource({ size: '1280x720', seconds: 4, startSeconds: 10, extra })
  const plan = planOf(flv, 10_000)
  const { packets } = await transcode(flv, plan)
  for (const rendition of plan.renditions) {
    const found = packets.get(rendition.name) ?? []
    assert.deepEqual(keysOf(found), [900_000, 1_080_000])
    // The picture is noise: the worst there is. No segment may exceed what was declared.
    for (const key of keysOf(found)) {
      const segment = found.filter(({ ptsTicks }) => ptsTicks >= key && ptsTicks < key + 180_000)
      const bits = segment.reduce((sum, { bytes }) => sum + bytes * 8, 0)
      assert.ok(bits / 2 <= (rendition.bandwidth ?? 0), `${rendition.name}: ${bits / 2} bit/s`)
    }
  }
})

const lavfi = (video: string | null, audio: string | null) => [
  ...(video === null ? [] : ['-f', 'lavfi', '-i', video]),
  ...(audio === null ? [] : ['-f', 'lavfi', '-i', audio]),
  ...['-t', '2'],
]
const x264 = (...more: readonly string[]) => ['-c:v', 'libx264', '-preset', 'ultrafast', ...more]
const SINE = 'sine=440:r=48000'
const TEST_PICTURE = 'testsrc2=r=25:s='

const SHAPES: readonly {
  readonly name: string
  readonly args: readonly string[]
  readonly expected: Readonly<Record<string, readonly [video: number, audio: number]>>
}[] = [
  { name: 'audio only', args: [...lavfi(null, SINE), '-c:a', 'aac'], expected: { audio: [0, 90] } },
  {
    name: 'MP3',
    args: [...lavfi(null, SINE), '-ar', '44100', '-c:a', 'libmp3lame'],
    expected: { audio: [0, 90] },
  },
  {
    name: '5.1',
    args: [...lavfi(null, SINE), '-c:a', 'aac', '-ac', '6'],
    expected: { audio: [0, 90] },
  },
  {
    name: '22 kHz',
    args: [...lavfi(null, SINE), '-c:a', 'aac', '-ar', '22050'],
    expected: { audio: [0, 90] },
  },
  {
    name: 'video only',
    args: [...lavfi(`${TEST_PICTURE}640x360`, null), ...x264('-pix_fmt', 'yuv420p')],
    expected: { '360p': [50, 0] },
  },
  {
    name: '10 bits',
    args: [...lavfi(`${TEST_PICTURE}640x360`, null), ...x264('-pix_fmt', 'yuv420p10le')],
    expected: { '360p': [50, 0] },
  },
  {
    name: '4:2:2, both tracks',
    args: [...lavfi(`${TEST_PICTURE}640x360`, SINE), ...x264('-pix_fmt', 'yuv422p'), '-c:a', 'aac'],
    expected: { '360p': [50, 90] },
  },
  {
    name: 'odd, 4:4:4',
    args: [...lavfi(`${TEST_PICTURE}641x361`, null), ...x264('-pix_fmt', 'yuv444p')],
    expected: { '360p': [50, 0] },
  },
  {
    name: 'tiny',
    args: [...lavfi(`${TEST_PICTURE}2x2`, null), ...x264('-pix_fmt', 'yuv420p')],
    expected: { '2p': [50, 0] },
  },
  {
    name: 'portrait',
    args: [...lavfi(`${TEST_PICTURE}540x960`, null), ...x264('-pix_fmt', 'yuv420p')],
    expected: { '720p': [50, 0], '480p': [50, 0] },
  },
  {
    name: 'interlaced',
    args: [
      ...lavfi(`${TEST_PICTURE}640x480`, null),
      ...x264('-pix_fmt', 'yuv420p', '-flags', '+ilme+ildct'),
    ],
    expected: { '480p': [50, 0] },
  },
  {
    name: '120 frames per second',
    args: [...lavfi('testsrc2=r=120:s=640x360', null), ...x264('-pix_fmt', 'yuv420p')],
    expected: { '360p': [120, 0] },
  },
  {
    name: 'wide pixels',
    args: [
      ...lavfi(`${TEST_PICTURE}720x480`, null),
      ...x264('-pix_fmt', 'yuv420p', '-vf', 'setsar=32/27'),
    ],
    expected: { '480p': [50, 0] },
  },
]

for (const shape of SHAPES) {
  test(`[F15] real sources: ${shape.name}`, async () => {
    const flv = makeFlv(shape.args)
    const { packets } = await transcode(flv, planOf(flv))
    const counts = [...packets].map(([name, found]) => {
      const [, audioMin] = shape.expected[name] ?? [0, 0]
      const audio = found.filter(({ kind }) => kind === 'audio').length
      assert.ok(audio >= audioMin * 0.5 && (audio === 0) === (audioMin === 0), `${audio} of sound`)
      return [name, ptsOf(found).length]
    })
    assert.deepEqual(
      counts,
      Object.entries(shape.expected).map(([name, [video]]) => [name, video]),
    )
  })
}

test('a track that falls silent does not hold the other back', { timeout: 30_000 }, async () => {
  const flv = makeSource({ size: '1280x720', seconds: 6 })
  const run = startWith(ffmpeg.path, planOf(flv), { prefix: wrapper.prefix })
  const silent = flv.tags.filter((tag) => tag.kind === 9 || tag.timestampMs < 1000)
  const feeding = (async () => {
    for (const bytes of [flv.header, ...silent.map((tag) => tag.bytes)]) await run.write(bytes)
  })()
  const bytes = new Map<string, number>()
  const totalBytes = flv.tags.reduce((sum, tag) => sum + tag.bytes.byteLength, 0)
  // The input stays open: all but the last moments must come out by itself. The encoded rendition
  // ends when the process is closed below, after the copied one was seen.
  const reading = [...run.outputs].map(async ([name, output]) => {
    for await (const chunk of output) {
      bytes.set(name, (bytes.get(name) ?? 0) + chunk.byteLength)
      if (name === '720p' && (bytes.get(name) ?? 0) > totalBytes * 0.9) await run.close()
    }
  })
  await Promise.all([...reading, feeding])
  assert.ok((bytes.get('720p') ?? 0) > totalBytes * 0.9)
  assert.ok((bytes.get('480p') ?? 0) > 0)
})

test('[F12] a jump of an hour makes no frames up', async () => {
  const flv = makeSource({ size: '640x360', seconds: 4, extra: ['-pix_fmt', 'yuv422p'] })
  const jumped = flv.tags.map((tag) => (tag.timestampMs < 2000 ? tag : later(tag, 3_600_000)))
  const { packets } = await transcode({ ...flv, tags: jumped }, planOf(flv))
  assert.equal(ptsOf(packets.get('360p')).length, 120)
})

test('[F12] two frames of the same time end nothing', async () => {
  const flv = makeSource({ size: '1280x720', seconds: 4 })
  const doubled = flv.tags.map((tag) =>
    tag.kind === 9 && tag.timestampMs >= 2000 && tag.timestampMs < 2030 ? later(tag, -33) : tag,
  )
  const { packets } = await transcode({ ...flv, tags: doubled }, planOf(flv))
  assert.deepEqual(
    [...packets.values()].map((found) => ptsOf(found).length),
    [120, 120],
  )
})

test('[F11] garbage in the middle is a failure, though FFmpeg says all is well', async () => {
  const flv = makeSource({ size: '640x360', seconds: 4 })
  const run = startWith(ffmpeg.path, planOf(flv), { prefix: wrapper.prefix, hangMsMax: 1000 })
  const reading = [...run.outputs.values()].map(readAll)
  const [first, ...rest] = flv.tags.map((tag) => tag.bytes)
  assert.ok(first !== undefined)
  const garbage = new Uint8Array(20_000).fill(0xa5)
  for (const bytes of [flv.header, first, ...rest.slice(0, 200), garbage]) await run.write(bytes)
  await feedUntilGone(run, first)
  await assert.rejects(run.exit, { code: /^transcode\.(stalled|died)$/ })
  await Promise.all(reading)
})

test('[F10] one that is stopped (SIGSTOP) is noticed while input arrives, and killed', async () => {
  const flv = makeSource({ size: '640x360', seconds: 10 })
  const run = startWith(ffmpeg.path, planOf(flv), {
    prefix: wrapper.prefix,
    hangMsMax: 1000,
  })
  const reading = [...run.outputs.values()].map(readAll)
  const first = run.thumbnails[Symbol.asyncIterator]().next()
  const feeding = (async () => {
    for (const bytes of [flv.header, ...flv.tags.map((tag) => tag.bytes)]) {
      await run.write(bytes)
      await delay(5)
    }
  })()
  await first
  process.kill(run.pid, 'SIGSTOP')
  await assert.rejects(run.exit, { code: 'transcode.stalled' })
  assert.ok(['Z', null].includes(processState(run.pid)))
  await Promise.all([...reading, feeding])
})

const hasTool = (name: string) => !wrapper.missing.includes(name)
const asRoot = process.getuid?.() === 0

test('[F04] [F05] [F14] the worker has no rights, no secrets, limits, and goes first', {
  skip:
    !(asRoot && hasTool('setpriv') && hasTool('prlimit')) &&
    'rights are dropped by root, with setpriv and prlimit',
}, async () => {
  const flv = makeSource({ size: '640x360', seconds: 2 })
  process.env['VIBLY_SECRET'] = 'live_secret'
  const run = startWith(ffmpeg.path, planOf(flv), { prefix: wrapper.prefix })
  delete process.env['VIBLY_SECRET']
  // The first thumbnail proves that the wrappers have handed over to FFmpeg.
  for (const bytes of [flv.header, ...flv.tags.map((tag) => tag.bytes)]) await run.write(bytes)
  await run.thumbnails[Symbol.asyncIterator]().next()
  const read = (file: string) => readFileSync(`/proc/${run.pid}/${file}`, 'utf8')
  const status = read('status')
  assert.match(status, /^Name:\s+ffmpeg$/m)
  assert.match(status, /^NoNewPrivs:\s+1$/m)
  assert.match(status, /^CapEff:\s+0+$/m)
  assert.match(status, /^Uid:\s+65534\s/m)
  assert.match(status, /^Groups:\s*$/m)
  assert.doesNotMatch(read('cmdline'), /live_|VIBLY/)
  assert.match(read('limits'), /^Max core file size\s+0\s/m)
  assert.match(read('limits'), /^Max file size\s+0\s/m)
  assert.match(read('limits'), /^Max open files\s+256\s/m)
  if (hasTool('choom')) assert.equal(read('oom_score_adj').trim(), '500')
  if (hasTool('nice')) assert.equal(read('stat').split(') ')[1]?.split(' ')[16], '10')
  await run.close()
})

test('[F07] kill -9 of the server leaves no FFmpeg, not even a stopped one', {
  skip: !hasTool('setpriv') && 'without setpriv nothing dies with its parent',
}, async () => {
  const source = `
    import { startWith } from '${import.meta.resolve('../../../test/support/fake-ffmpegs.ts')}'
    import { planRenditions } from '${import.meta.resolve('../plan/plan.ts')}'
    const audio = { codec: 'aac', codecString: 'mp4a.40.2', sampleRate: 48000, channels: 2 }
    const plan = planRenditions({ video: null, audio, keyframeIntervalMs: null }, ${JSON.stringify(FIRST_RUN)})
    const run = startWith('${ffmpeg.path}', plan, { prefix: ${JSON.stringify(wrapper.prefix)} })
    console.log(run.pid)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(parent.stdout, 'data')
  const pid = Number(String(line))
  await waitFor(() =>
    /ffmpeg$/m.test(
      execFileSync('readlink', [`/proc/${pid}/exe`])
        .toString()
        .trim(),
    ),
  )
  process.kill(pid, 'SIGSTOP')
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await waitFor(() => ['Z', null].includes(processState(pid)))
})

async function waitFor(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (isSo()) return
    await delay(25)
  }
  assert.fail('it did not come to be within 5 s')
}

/** The tag at another time (FLV §E.4.1: 24 bits, then the 8 above them). */
function later(tag: Tag, byMs: number): Tag {
  const bytes = Buffer.from(tag.bytes)
  const timestampMs = tag.timestampMs + byMs
  bytes.writeUIntBE(timestampMs % 0x1000000, 4, 3)
  bytes.writeUInt8(Math.floor(timestampMs / 0x1000000), 7)
  return { ...tag, bytes, timestampMs }
}
