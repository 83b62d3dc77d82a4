import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AAC, H264, makeTs, picture, tone } from '../../../test/support/make-media.ts'
import { joinBytes, ViblyError } from '../../base/index.ts'
import { TsReader, type TsUnit } from './ts-reader.ts'
import { decodePat, decodePmt, encodeTables } from './ts-tables.ts'

const BOTH = makeTs([...picture('320x180', '30', 3), ...tone(3), ...H264, ...AAC])

function read(bytes: Uint8Array, chunkBytes = 65_536, reader = new TsReader()): TsUnit[] {
  const units: TsUnit[] = []
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    units.push(...reader.push(bytes.subarray(at, at + chunkBytes)))
  }
  units.push(...reader.end())
  return units
}

test('every picture and all sound comes out, key frames known by what is inside [H19]', () => {
  const reader = new TsReader()
  const units = read(BOTH, 65_536, reader)
  const video = units.filter((unit) => unit.kind === 'video')
  assert.equal(video.length, 90)
  assert.deepEqual(
    video.flatMap((unit, index) => (unit.isRandomAccess ? [index] : [])),
    [0, 60],
  )
  assert.deepEqual(
    video.map((unit) => unit.ptsTicks - (video[0]?.ptsTicks ?? 0)),
    Array.from({ length: 90 }, (_, index) => index * 3000),
  )
  assert.equal(reader.video?.width, 320)
  assert.equal(reader.video?.height, 180)
  assert.deepEqual(reader.audio, {
    codec: 'aac',
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channels: 1,
  })
  assert.equal(reader.skippedBytes, 0)
})

test('the units are the same however the bytes are cut', () => {
  const whole = read(BOTH)
  for (const chunkBytes of [1, 187, 188, 189, 1000, 4096, BOTH.byteLength]) {
    assert.deepEqual(read(BOTH, chunkBytes), whole, `chunks of ${chunkBytes}`)
  }
})

test('no packet of a picture or a sound is lost or repeated', () => {
  const reader = new TsReader()
  const units = read(BOTH, 5000, reader)
  const isMedia = (packet: Uint8Array) => {
    const pid = ((packet[1] ?? 0) & 0x1f) * 256 + (packet[2] ?? 0)
    return pid === reader.program?.videoPid || pid === reader.program?.audioPid
  }
  const packets = Array.from({ length: BOTH.byteLength / 188 }, (_, index) =>
    BOTH.subarray(index * 188, index * 188 + 188),
  )
  const wanted = joinBytes(packets.filter(isMedia))
  assert.equal(Buffer.compare(joinBytes(units.map((unit) => unit.packets)), wanted), 0)
})

test('a unit whose length is told comes out with its last packet, not one later', () => {
  const told = makeTs([...picture('320x180', '30', 1), ...H264, '-omit_video_pes_length', '0'])
  const reader = new TsReader()
  assert.equal(reader.push(told).length, 30)
  assert.equal(reader.end().length, 0)
})

test('time runs on over the 33 bits of the wire [R08]', () => {
  const late = makeTs([
    ...picture('320x180', '30', 3),
    ...H264,
    '-output_ts_offset',
    String(2 ** 33 / 90_000 - 1),
  ])
  const video = read(late)
  const [first] = video
  assert.equal(video.length, 90)
  assert.ok(first !== undefined && (video.at(-1)?.ptsTicks ?? 0) > 2 ** 33)
  for (const [index, unit] of video.entries()) {
    assert.equal(unit.ptsTicks, first.ptsTicks + index * 3000)
  }
})

test('after garbage the reader finds the next packet, and says how much it passed over', () => {
  const at = 188 * 400
  const garbage = new Uint8Array(1001).fill(0x47)
  const broken = joinBytes([BOTH.subarray(0, at), garbage, BOTH.subarray(at)])
  const random = joinBytes([BOTH.subarray(0, at), new Uint8Array(555), BOTH.subarray(at)])
  const reader = new TsReader()
  assert.deepEqual(read(random, 4096, reader).length, read(BOTH).length)
  assert.equal(reader.skippedBytes, 555)
  assert.ok(read(broken).length > 100)
})

test('a unit larger than the limit ends the stream', () => {
  assert.throws(() => read(BOTH, 65_536, new TsReader({ unitBytesMax: 188 })), {
    code: 'media.ts-unit-too-large',
  })
})

test('encoded tables decode to themselves, and a broken one is no table', () => {
  const programs = [
    { pmtPid: 0x1000, pcrPid: 0x100, videoPid: 0x100, audioPid: 0x101 },
    { pmtPid: 0x1ffe, pcrPid: 0x101, videoPid: null, audioPid: 0x101 },
    { pmtPid: 0x20, pcrPid: 0x1abc, videoPid: 0x1abc, audioPid: null },
  ]
  for (const program of programs) {
    const tables = encodeTables(program)
    assert.equal(tables.byteLength, 2 * 188)
    assert.equal(decodePat(tables.subarray(4, 188)), program.pmtPid)
    assert.deepEqual(decodePmt(tables.subarray(192), program.pmtPid), program)
    for (let bit = 8; bit < 17 * 8; bit += 1) {
      const broken = tables.slice(4, 188)
      broken[Math.trunc(bit / 8)] = (broken[Math.trunc(bit / 8)] ?? 0) ^ (1 << (bit % 8))
      assert.equal(decodePat(broken), null, `bit ${bit}`)
    }
  }
})

test('mutated TS never makes the reader throw anything but a ViblyError', () => {
  const mutation = fc.tuple(fc.nat({ max: BOTH.byteLength - 1 }), fc.nat({ max: 255 }))
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 60 }), (mutations) => {
      const bytes = BOTH.slice(0, 188 * 300)
      for (const [at, value] of mutations) bytes[at % bytes.byteLength] = value
      try {
        read(bytes, 7777)
      } catch (thrown) {
        assert.ok(thrown instanceof ViblyError && thrown.code !== 'base.bug', String(thrown))
      }
    }),
    { numRuns: 200 },
  )
})

test('[M12] H.264 of a high range (PQ) is refused by name', () => {
  const range = ['-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc']
  const bytes = makeTs([...picture('320x180', '30', 1), ...H264, ...range])
  assert.throws(() => read(bytes), { code: 'media.hdr-unsupported' })
})
