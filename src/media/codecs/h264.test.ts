import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeTs, picture, runFfmpeg } from '../../../test/support/make-media.ts'
import { ByteReader, ViblyError } from '../../base/index.ts'
import { TsReader } from '../mpegts/ts-reader.ts'
import type { VideoFacts } from './facts.ts'
import { decodeAvcConfig, decodeSps, isIdrPicture, splitAnnexB } from './h264.ts'

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast']

/** What x264 is asked for, and what the SPS then says of it. */
const SOURCES: readonly {
  name: string
  size: string
  rate: string
  args: readonly string[]
  want: Partial<VideoFacts>
}[] = [
  {
    name: '1080 lines are 1088 with 8 cut off',
    size: '1920x1080',
    rate: '30',
    args: [],
    want: { width: 1920, height: 1080, frameRate: 30, codecString: 'avc1.42c028' },
  },
  {
    name: 'a size that fits no block',
    size: '642x362',
    rate: '25',
    args: ['-profile:v', 'high', '-pix_fmt', 'yuv420p'],
    want: { width: 642, height: 362, frameRate: 25 },
  },
  {
    name: 'NTSC rate',
    size: '320x240',
    rate: '30000/1001',
    args: [],
    want: { width: 320, height: 240, frameRate: 30000 / 1001 },
  },
  {
    name: 'oblong pixels',
    size: '720x576',
    rate: '25',
    args: ['-vf', 'setsar=16/11'],
    want: { width: 720, height: 576, sampleAspect: { width: 16, height: 11 } },
  },
  {
    name: 'oblong pixels of no table',
    size: '720x480',
    rate: '25',
    args: ['-vf', 'setsar=32/27'],
    want: { width: 720, height: 480, sampleAspect: { width: 32, height: 27 } },
  },
  {
    name: 'interlaced',
    size: '720x576',
    rate: '25',
    args: ['-flags', '+ildct+ilme', '-x264opts', 'tff=1'],
    want: { width: 720, height: 576, isInterlaced: true },
  },
  {
    name: '10 bits of 4:2:2',
    size: '640x362',
    rate: '50',
    args: ['-pix_fmt', 'yuv422p10le'],
    want: { width: 640, height: 362, bitDepth: 10, chroma: '4:2:2', profileIdc: 122 },
  },
  {
    name: '4:4:4',
    size: '322x182',
    rate: '50',
    args: ['-pix_fmt', 'yuv444p'],
    want: { width: 322, height: 182, chroma: '4:4:4', profileIdc: 244 },
  },
  {
    name: 'no colour at all',
    size: '322x182',
    rate: '60',
    args: ['-pix_fmt', 'gray'],
    want: { width: 322, height: 182, chroma: '4:0:0', frameRate: 60 },
  },
]

const DEFAULTS: Partial<VideoFacts> = {
  sampleAspect: { width: 1, height: 1 },
  isInterlaced: false,
  bitDepth: 8,
}

for (const { name, size, rate, args, want } of SOURCES) {
  test(`SPS: ${name}`, () => {
    const encode = [...picture(size, rate, 0.2), ...X264, '-pix_fmt', 'yuv420p', ...args]
    const reader = new TsReader()
    reader.push(makeTs(encode))
    reader.end()
    assert.ok(reader.video !== null)
    assert.partialDeepStrictEqual(reader.video, { ...DEFAULTS, ...want })

    // The same through the record that an FLV begins with, and never past its end.
    const record = avcRecordOf(runFfmpeg([...encode, '-f', 'flv', 'pipe:1']))
    assert.deepEqual(decodeAvcConfig(record), reader.video)
    const firstSpsEnd = 8 + (record[7] ?? 0)
    for (let cut = 0; cut < firstSpsEnd; cut += 1) {
      assert.throws(() => decodeAvcConfig(record.subarray(0, cut)), { code: 'bytes.out-of-range' })
    }
  })
}

test('Annex B is split at start codes of three and four bytes', () => {
  const bytes = Buffer.from('00000001 09f0 000001 6742 00000001 65'.replaceAll(' ', ''), 'hex')
  const nals = [...splitAnnexB(bytes)].map((nal) => Buffer.from(nal).toString('hex'))
  assert.deepEqual(nals, ['09f0', '674200', '65'])
})

test('no bytes whatever make the SPS decoder throw anything but a ViblyError', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(66, 100, 244),
      (bytes, profile) => {
        try {
          decodeSps(Uint8Array.of(0x67, profile, 0, 30, ...bytes))
        } catch (thrown) {
          assert.ok(thrown instanceof ViblyError && thrown.code !== 'base.bug', String(thrown))
        }
      },
    ),
    { numRuns: 3000 },
  )
})

/** The body of the first AVC sequence header in an FLV file. */
function avcRecordOf(flv: Uint8Array): Uint8Array {
  const reader = new ByteReader(flv)
  reader.skip(13)
  for (;;) {
    const type = reader.u8()
    const bodyBytes = reader.u24()
    reader.skip(7)
    const payload = reader.take(bodyBytes)
    reader.skip(4)
    if (type === 9 && payload[1] === 0) return payload.subarray(5)
  }
}

/** NAL units behind lengths of so many bytes. */
function pictureOf(lengthBytes: number, nals: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    nals.flatMap((nal) => [
      ...Array.from({ length: lengthBytes - 1 }, () => 0),
      nal.length,
      ...nal,
    ]),
  )
}

for (const lengthBytes of [1, 2, 4]) {
  test(`an IDR picture is found behind lengths of ${lengthBytes} bytes, and by nothing but its NAL units`, () => {
    const config = Uint8Array.of(1, 66, 0, 30, 0xfc | (lengthBytes - 1))
    const [delimiter, recoveryPoint] = [
      [9, 16],
      [6, 6, 1, 196, 128],
    ]
    const idr = pictureOf(lengthBytes, [delimiter, [0x65, 0x88, 0x84]])
    assert.equal(isIdrPicture(idr, config), true)
    assert.equal(
      isIdrPicture(pictureOf(lengthBytes, [recoveryPoint, [0x61, 0x88, 0x65]]), config),
      false,
    )
    for (let bytes = 0; bytes < idr.byteLength; bytes += 1) {
      assert.equal(isIdrPicture(idr.subarray(0, bytes), config), false, `cut at ${bytes}`)
    }
  })
}
