import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ViblyError } from '../../base/index.ts'
import { decodeAv1Config } from './av1.ts'
import type { VideoFacts } from './facts.ts'
import { decodeHevcConfig } from './hevc.ts'

/** Records of x265 (`-c:v libx265`, FLV), cut behind the SPS, and of libaom. */
const HEVC = {
  plain:
    '0101600000009000000000005df000fcfdf8f800000f04200001001840010c01ffff01600000030090000003000003005d9594092100' +
    '01002b42010101600000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10',
  wide:
    '0101600000009000000000007bf000fcfdf8f800000f04200001001840010c01ffff01600000030090000003000003007b9598092100' +
    '01002b42010101600000030090000003000003007ba003c08010e75e5959a49395e1cd0100000303e90000ea6008',
  deep:
    '0104080000009d08000000003ff000fcfefafa00000f04200001001740010c01ffff0408000003009d0800000300003f999809210001' +
    '002a4201010408000003009d0800000300003fb005020169365999a4932bc05a020000030002000003003c10',
  hdr:
    '0102200000009000000000003ff000fcfdfafa00000f04200001001840010c01ffff02200000030090000003000003003f9594092100' +
    '01002f42010102200000030090000003000003003fa005020171f2b6595952930bc05a848804820000030002000003003c10',
}
const AV1 = '81010c000a0b0000000cc5036936a64010'

const SUMMARIES: readonly (readonly [name: string, hex: string, summary: string])[] = [
  ['plain', HEVC.plain, 'hvc1.1.6.L93.90 1280x720 1:1 30 8 4:2:0'],
  ['cropped, wide pixels, 59.94', HEVC.wide, 'hvc1.1.6.L123.90 1918x1080 4:3 59.94 8 4:2:0'],
  ['10 bits of 4:2:2', HEVC.deep, 'hvc1.4.10.L63.9D.8 640x360 1:1 30 10 4:2:2'],
  ['libaom', AV1, 'av01.0.01M.08 642x362 1:1 null 8 4:2:0'],
]

function decode(hex: string): VideoFacts {
  const bytes = Buffer.from(hex, 'hex')
  return bytes[0] === 0x81 ? decodeAv1Config(bytes) : decodeHevcConfig(bytes)
}

function summary(facts: VideoFacts): string {
  const { width, height, sampleAspect, frameRate, bitDepth, chroma } = facts
  const rate = frameRate === null ? null : Math.round(frameRate * 100) / 100
  const aspect = `${sampleAspect.width}:${sampleAspect.height}`
  return `${facts.codecString} ${width}x${height} ${aspect} ${rate} ${bitDepth} ${chroma}`
}

for (const [name, hex, wanted] of SUMMARIES) {
  test(`[R15] [R17] what the record says: ${name}; cut short it is refused`, () => {
    assert.equal(summary(decode(hex)), wanted)
    const bytes = Buffer.from(hex, 'hex')
    const refused = bytes.length - 1
    for (let cut = 1; cut < refused; cut += 1) {
      assert.throws(
        () => decode(hex.slice(0, cut * 2)),
        (thrown) => thrown instanceof ViblyError && /^(bytes|media)\./.test(thrown.code),
      )
    }
  })
}

test('[M12] HDR is refused by name, not shown in wrong colours', () => {
  assert.throws(() => decode(HEVC.hdr), { code: 'media.hdr-unsupported', message: /HEVC.*HDR/ })
})

test('a record of another version, or without a header in it, is refused', () => {
  assert.throws(() => decodeHevcConfig(Buffer.from(`02${HEVC.plain.slice(2)}`, 'hex')), {
    code: 'media.hevc-invalid',
  })
  assert.throws(() => decodeHevcConfig(Buffer.from(`${HEVC.plain.slice(0, 44)}00`, 'hex')), {
    code: 'media.hevc-invalid',
  })
  assert.throws(() => decodeAv1Config(Buffer.from('81010c00', 'hex')), {
    code: 'media.av1-invalid',
  })
})

test('damaged records make the decoders throw nothing but a ViblyError', () => {
  const record = fc.constantFrom(...SUMMARIES.map(([, hex]) => Buffer.from(hex, 'hex')))
  const changes = fc.array(fc.tuple(fc.nat(110), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(record, changes, (bytes, edits) => {
      const damaged = Uint8Array.from(bytes)
      for (const [at, value] of edits) damaged[at % damaged.length] = value
      for (const decodeConfig of [decodeHevcConfig, decodeAv1Config]) {
        try {
          decodeConfig(damaged)
        } catch (thrown) {
          assert.ok(thrown instanceof ViblyError && thrown.code !== 'base.bug', String(thrown))
        }
      }
    }),
    { numRuns: 2000 },
  )
})
