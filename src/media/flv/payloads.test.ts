import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ViblyError } from '../../base/index.ts'
import { decodeAudioPayload, encodeAudioPayload } from './audio-payload.ts'
import { decodeVideoPayload, encodeVideoPayload } from './video-payload.ts'

const AVC1 = '61766331'
const HVC1 = '68766331'

/** `headerBytes`: cutting anywhere before it must be refused, as the meaning would change. */
const VIDEO = [
  {
    name: 'AVC configuration',
    wire: '17 00 000000 01640028',
    headerBytes: 5,
    want: ['h264', 'config', true, 0, '01640028'],
  },
  {
    name: 'AVC key frame',
    wire: '17 01 000050 aabb',
    headerBytes: 5,
    want: ['h264', 'frame', true, 80, 'aabb'],
  },
  {
    name: 'AVC frame with a negative offset [R37]',
    wire: '27 01 ffffb0 cc',
    headerBytes: 5,
    want: ['h264', 'frame', false, -80, 'cc'],
  },
  {
    name: 'AVC end of sequence',
    wire: '17 02 000000',
    headerBytes: 5,
    want: ['h264', 'end', true, 0, ''],
  },
  {
    name: 'seek command',
    wire: '57 00',
    headerBytes: 1,
    want: ['h264', 'metadata', false, 0, '00'],
  },
  {
    name: 'Sorenson H.263',
    wire: '12 dd',
    headerBytes: 1,
    want: ['sorenson-h263', 'frame', true, 0, 'dd'],
  },
  {
    name: 'HEVC by number',
    wire: '1c 01 000001 ee',
    headerBytes: 5,
    want: ['hevc', 'frame', true, 1, 'ee'],
  },
  {
    name: 'enhanced AVC configuration',
    wire: `90 ${AVC1} 01`,
    headerBytes: 5,
    want: ['h264', 'config', true, 0, '01'],
  },
  {
    name: 'enhanced AVC with an offset [R37]',
    wire: `a1 ${AVC1} fffffe 07`,
    headerBytes: 8,
    want: ['h264', 'frame', false, -2, '07'],
  },
  {
    name: 'enhanced AVC without an offset',
    wire: `93 ${AVC1} 07`,
    headerBytes: 5,
    want: ['h264', 'frame', true, 0, '07'],
  },
  {
    name: 'enhanced HEVC',
    wire: `91 ${HVC1} 000003 07`,
    headerBytes: 8,
    want: ['hevc', 'frame', true, 3, '07'],
  },
  {
    name: 'enhanced AV1 has no offset',
    wire: '91 61763031 07',
    headerBytes: 5,
    want: ['av1', 'frame', true, 0, '07'],
  },
  {
    name: 'enhanced metadata',
    wire: `94 ${HVC1} 02`,
    headerBytes: 5,
    want: ['hevc', 'metadata', false, 0, '02'],
  },
  { name: 'enhanced end', wire: `92 ${AVC1}`, headerBytes: 5, want: ['h264', 'end', false, 0, ''] },
  {
    name: 'enhanced command',
    wire: 'd1 00',
    headerBytes: 1,
    want: ['h264', 'metadata', false, 0, '00'],
  },
  {
    name: 'ModEx before the frame',
    wire: `97 02 aabbcc 01 ${AVC1} 000000 07`,
    headerBytes: 13,
    want: ['h264', 'frame', true, 0, '07'],
  },
  {
    name: 'multitrack of one',
    wire: `96 01 ${AVC1} 00 000000 07`,
    headerBytes: 10,
    want: ['h264', 'frame', true, 0, '07'],
  },
] as const

for (const { name, wire, headerBytes, want } of VIDEO) {
  test(`video payload: ${name}`, () => {
    const bytes = fromHex(wire)
    const got = decodeVideoPayload(bytes)
    const data = Buffer.from(bytes.subarray(got.headerBytes)).toString('hex')
    assert.deepEqual([got.codec, got.packet, got.isKeyframe, got.compositionMs, data], want)
    for (let cut = 0; cut < headerBytes; cut += 1) {
      assert.throws(() => decodeVideoPayload(bytes.subarray(0, cut)), {
        code: 'bytes.out-of-range',
      })
    }
  })
}

const AUDIO = [
  {
    name: 'AAC configuration',
    wire: 'af 00 1190',
    headerBytes: 2,
    want: ['aac', 'config', '1190'],
  },
  { name: 'AAC frame', wire: 'af 01 21', headerBytes: 2, want: ['aac', 'frame', '21'] },
  { name: 'MP3', wire: '2f ff', headerBytes: 1, want: ['mp3', 'frame', 'ff'] },
  {
    name: 'enhanced AAC configuration',
    wire: '90 6d703461 1190',
    headerBytes: 5,
    want: ['aac', 'config', '1190'],
  },
  { name: 'enhanced Opus', wire: '91 4f707573 01', headerBytes: 5, want: ['opus', 'frame', '01'] },
  { name: 'enhanced end', wire: '92 6d703461', headerBytes: 5, want: ['aac', 'end', ''] },
  {
    name: 'multichannel map',
    wire: '94 6d703461 00',
    headerBytes: 5,
    want: ['aac', 'metadata', '00'],
  },
  {
    name: 'ModEx of 256 bytes and more',
    wire: `97 ff 0100 ${'00'.repeat(257)} 01 6d703461 21`,
    headerBytes: 266,
    want: ['aac', 'frame', '21'],
  },
  {
    name: 'multitrack of one',
    wire: '95 01 6d703461 00 21',
    headerBytes: 7,
    want: ['aac', 'frame', '21'],
  },
] as const

for (const { name, wire, headerBytes, want } of AUDIO) {
  test(`audio payload: ${name}`, () => {
    const bytes = fromHex(wire)
    const got = decodeAudioPayload(bytes)
    assert.deepEqual(
      [got.codec, got.packet, Buffer.from(bytes.subarray(got.headerBytes)).toString('hex')],
      want,
    )
    for (let cut = 0; cut < headerBytes; cut += 1) {
      assert.throws(() => decodeAudioPayload(bytes.subarray(0, cut)), {
        code: 'bytes.out-of-range',
      })
    }
  })
}

const REFUSED = [
  {
    name: 'video codec number 9',
    decode: decodeVideoPayload,
    wire: '19 00',
    code: 'media.codec-unknown',
  },
  {
    name: 'video FourCC',
    decode: decodeVideoPayload,
    wire: '91 78787878 00',
    code: 'media.codec-unknown',
  },
  {
    name: 'AVC packet type 3',
    decode: decodeVideoPayload,
    wire: '17 03 000000',
    code: 'media.payload-invalid',
  },
  {
    name: 'MPEG-2 TS packets',
    decode: decodeVideoPayload,
    wire: `95 ${AVC1} 00`,
    code: 'media.payload-invalid',
  },
  {
    name: 'many video tracks',
    decode: decodeVideoPayload,
    wire: `96 11 ${AVC1} 00 000001 07`,
    code: 'media.multitrack-unsupported',
  },
  {
    name: 'a second video track',
    decode: decodeVideoPayload,
    wire: `96 01 ${AVC1} 01 07`,
    code: 'media.multitrack-unsupported',
  },
  {
    name: 'many audio tracks',
    decode: decodeAudioPayload,
    wire: '95 21 6d703461 00',
    code: 'media.multitrack-unsupported',
  },
  {
    name: 'audio format 13',
    decode: decodeAudioPayload,
    wire: 'd0 00',
    code: 'media.codec-unknown',
  },
  {
    name: 'endless ModEx',
    decode: decodeVideoPayload,
    wire: `97${'000007'.repeat(20)}`,
    code: 'media.payload-invalid',
  },
]

for (const { name, decode, wire, code } of REFUSED) {
  test(`a payload is refused by name: ${name}`, () => {
    assert.throws(() => decode(fromHex(wire)), { code })
  })
}

test('an encoded payload decodes to itself, offsets of either sign included', () => {
  const data = Uint8Array.of(1, 2, 3)
  for (const compositionMs of [0, 1, -1, 80, -(2 ** 23), 2 ** 23 - 1]) {
    const frame = { codec: 'h264', packet: 'frame', isKeyframe: false, compositionMs } as const
    const body = encodeVideoPayload({ ...frame, data })
    const { headerBytes, ...decoded } = decodeVideoPayload(body)
    assert.deepEqual(decoded, frame)
    assert.deepEqual([...body.subarray(headerBytes)], [...data])
  }
  const body = encodeAudioPayload({ codec: 'aac', packet: 'config', data })
  const { codec, packet, headerBytes } = decodeAudioPayload(body)
  assert.deepEqual([codec, packet, ...body.subarray(headerBytes)], ['aac', 'config', ...data])
})

test('[R17] HEVC and AV1 are written in the plain enhanced form', () => {
  const wires = [
    ['hevc', 'config', 0, `90${HVC1}aa`],
    ['hevc', 'frame', -1, `91${HVC1}ffffffaa`],
    ['av1', 'frame', 0, '9161763031aa'],
    ['av1', 'end', 0, '9261763031aa'],
  ] as const
  for (const [codec, packet, compositionMs, wire] of wires) {
    const payload = { codec, packet, compositionMs, isKeyframe: true, data: Uint8Array.of(0xaa) }
    const body = encodeVideoPayload(payload)
    assert.equal(Buffer.from(body).toString('hex'), wire)
    assert.equal(decodeVideoPayload(body).codec, codec)
    assert.equal(decodeVideoPayload(body).compositionMs, compositionMs)
  }
  const vp6 = { codec: 'vp6', packet: 'frame', isKeyframe: true, compositionMs: 0 } as const
  assert.throws(() => encodeVideoPayload({ ...vp6, data: new Uint8Array() }), {
    code: 'media.codec-unknown',
  })
})

test('no bytes whatever make a payload decoder throw anything but a ViblyError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      for (const decode of [decodeVideoPayload, decodeAudioPayload]) {
        try {
          decode(bytes)
        } catch (thrown) {
          assert.ok(thrown instanceof ViblyError && thrown.code !== 'base.bug', String(thrown))
        }
      }
    }),
    { numRuns: 2000 },
  )
})

function fromHex(wire: string): Uint8Array {
  return Buffer.from(wire.replaceAll(' ', ''), 'hex')
}
