import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FFMPEG, runFfmpeg } from '../../test/support/make-media.ts'
import { MemoryBlobs } from '../../test/support/memory-blobs.ts'
import { type BroadcastId, createId } from '../base/index.ts'
import { IdleFfmpeg, openStills, probeFfmpeg } from '../transcode/index.ts'
import type { BroadcastRecord, RenditionRecord } from './broadcast-record.ts'
import { makePictures } from './pictures.ts'

/** The picture of second n is a grey of this brightness, so that each picture tells its time. */
const GREY_FIRST = 20
const GREY_STEP = 9
const SECONDS = 24
/** One segment is noisy: the only one worth a poster. */
const NOISY = 13
const SIZES = { small: '426x240', large: '854x480' } as const
const IDLE = { searchPath: process.env['PATH'] ?? '', isRoot: process.getuid?.() === 0 }

test('[F21] the storyboard shows at each time what was on then; the poster is the picture that shows the most', async () => {
  const { record, blobs } = await makeBroadcast()
  assert.equal(await makePictures(record, await open(blobs), new AbortController().signal), true)

  const cues = readCues(await read(blobs, record.id, 'storyboard.vtt'))
  assert.equal(cues.length, SECONDS)
  const sheet = await decode(await read(blobs, record.id, 'storyboard-0.jpg'))
  assert.deepEqual([sheet.width, sheet.height], [1600, 3 * 90])
  for (const [at, { startS, endS, x, y, width, height }] of cues.entries()) {
    assert.deepEqual([startS, endS], [at, at + 1])
    assert.deepEqual([width, height], [160, 90])
    if (at === NOISY) continue
    const shown = sheet.pixels[(y + 45) * sheet.width + x + 80] ?? 0
    const expected = fullRange(GREY_FIRST + GREY_STEP * at)
    assert.ok(Math.abs(shown - expected) <= 3, `${at} s: ${shown}, not ${expected}`)
  }

  const poster = await decode(await read(blobs, record.id, 'poster.jpg'))
  assert.deepEqual([poster.width, poster.height], [854, 480])
  const some = poster.pixels.subarray(poster.width * 240, poster.width * 241)
  assert.ok(new Set(some).size > 20, 'the poster is the noisy picture')
})

test('[F21] a segment that a power cut emptied is stood in for by its neighbour', async () => {
  const { record, blobs } = await makeBroadcast()
  for (const name of ['small', 'large'])
    await blobs.put(`${record.id}/${name}/1-5.ts`, Buffer.alloc(0))
  await blobs.removeAll(`${record.id}/small/1-0.ts`)
  assert.equal(await makePictures(record, await open(blobs), new AbortController().signal), true)
  const sheet = await decode(await read(blobs, record.id, 'storyboard-0.jpg'))
  const middles = [0, 1, 4, 5].map((at) => sheet.pixels[45 * sheet.width + at * 160 + 80] ?? 0)
  assert.ok(Math.abs((middles[0] ?? 0) - (middles[1] ?? 99)) <= 3)
  assert.ok(Math.abs((middles[2] ?? 0) - (middles[3] ?? 99)) <= 3)
})

test('[F21] sound alone has no pictures', async () => {
  const blobs = new MemoryBlobs()
  const record = recordOf(createId(), [renditionOf('audio', null)])
  assert.equal(await makePictures(record, await open(blobs), new AbortController().signal), false)
  assert.deepEqual(await blobs.list(''), [])
})

/** Video has its black at 16 and its white at 235, pictures at 0 and 255 (BT.601). */
function fullRange(luma: number): number {
  return ((luma - 16) * 255) / 219
}

async function open(blobs: MemoryBlobs) {
  const ffmpeg = await probeFfmpeg({ path: FFMPEG, searchPath: IDLE.searchPath })
  const idle = new IdleFfmpeg({ ffmpeg, machine: IDLE })
  return { blobs, stills: openStills(idle, { workDir: tmpdir() }) }
}

/** A stored broadcast of 24 s in two renditions, a segment a second. */
async function makeBroadcast() {
  const blobs = new MemoryBlobs()
  const id: BroadcastId = createId()
  for (const [name, size] of Object.entries(SIZES)) {
    for (const [fileName, bytes] of await makeSegments(size)) {
      await blobs.put(`${id}/${name}/${fileName}`, bytes)
    }
    const entries = Array.from({ length: SECONDS }, (_, at) => `#EXTINF:1.000000,\n1-${at}.ts\n`)
    const head = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-INDEPENDENT-SEGMENTS\n'
    const text = `${head}${entries.join('')}#EXT-X-ENDLIST\n`
    await blobs.put(`${id}/${name}/index.m3u8`, Buffer.from(text))
  }
  const renditions = [renditionOf('large', SIZES.large), renditionOf('small', SIZES.small)]
  return { blobs, record: recordOf(id, renditions) }
}

const made = new Map<string, ReadonlyMap<string, Uint8Array>>()

async function makeSegments(size: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const before = made.get(size)
  if (before !== undefined) return before
  const folder = await mkdtemp(join(tmpdir(), 'vibly-pictures-'))
  const grey = `if(eq(floor(T)\\,${NOISY})\\,random(1)*255\\,${GREY_FIRST}+${GREY_STEP}*floor(T))`
  runFfmpeg([
    ...['-f', 'lavfi', '-t', String(SECONDS), '-i', 'nullsrc=s=213x120:r=4'],
    ...['-f', 'lavfi', '-t', String(SECONDS), '-i', 'sine=r=48000'],
    ...['-filter_complex', `[0]geq=lum=${grey}:cb=128:cr=128,scale=${size.replace('x', ':')}[v]`],
    ...['-map', '[v]', '-map', '1', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-c:a', 'aac'],
    // Two key frames in each: only the first one is the segment's picture.
    ...['-preset', 'ultrafast', '-g', '2', '-sc_threshold', '0'],
    ...[
      '-f',
      'segment',
      '-segment_time',
      '1',
      '-segment_format',
      'mpegts',
      join(folder, '1-%d.ts'),
    ],
  ])
  const segments = new Map<string, Uint8Array>()
  for (const name of await readdir(folder)) segments.set(name, await readFile(join(folder, name)))
  await rm(folder, { recursive: true })
  made.set(size, segments)
  return segments
}

function renditionOf(name: string, size: string | null): RenditionRecord {
  const [width = null, height = null] = size?.split('x').map(Number) ?? []
  return { name, width, height, frameRate: 10, bandwidth: 1, codecs: 'x', isCopy: false }
}

function recordOf(id: BroadcastId, renditions: readonly RenditionRecord[]): BroadcastRecord {
  return {
    id,
    channelId: createId(),
    title: '',
    visibility: 'public',
    status: 'ended',
    failure: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:24.000Z',
    durationMs: SECONDS * 1000,
    hasThumb: true,
    hasRecording: false,
    pictures: 'due',
    bytes: null,
    partTargetMs: null,
    keyframeIntervalMs: null,
    renditions,
  }
}

async function read(blobs: MemoryBlobs, id: string, name: string): Promise<Buffer> {
  const found = (await blobs.open(`${id}/${name}`, null)) ?? assert.fail(`${name} is not there`)
  return Buffer.concat(await found.body.toArray())
}

function readCues(vtt: Buffer) {
  const seconds = (text: string): number =>
    text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  return vtt
    .toString()
    .split('\n\n')
    .slice(1)
    .map((cue) => {
      const [, from = '', to = '', place = ''] =
        /^(\S+) --> (\S+)\nstoryboard-0\.jpg#xywh=(\S+)$/.exec(cue.trim()) ?? assert.fail(cue)
      const [x = 0, y = 0, width = 0, height = 0] = place.split(',').map(Number)
      return { startS: seconds(from), endS: seconds(to), x, y, width, height }
    })
}

/** A JPEG as grey pixels, row by row. */
async function decode(jpeg: Buffer) {
  const ppm = Buffer.from(
    runFfmpeg(
      [
        '-f',
        'image2pipe',
        '-i',
        'pipe:0',
        '-pix_fmt',
        'gray',
        '-f',
        'image2pipe',
        '-c:v',
        'pgm',
        'pipe:1',
      ],
      jpeg,
    ),
  )
  const [head = '', width = '', height = ''] =
    /^P5\s+(\d+)\s+(\d+)\s+\d+\s/.exec(ppm.toString('latin1', 0, 40)) ?? assert.fail('no PGM')
  return { width: Number(width), height: Number(height), pixels: ppm.subarray(head.length) }
}
