import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ViblyError } from '../../base/index.ts'
import { decodeAdts, decodeAudioConfig } from './aac.ts'

const CONFIGS = [
  { name: 'AAC-LC stereo 48 kHz', wire: '1190', want: ['mp4a.40.2', 48_000, 2] },
  { name: 'AAC-LC stereo 44.1 kHz', wire: '1210', want: ['mp4a.40.2', 44_100, 2] },
  { name: 'AAC-LC mono 8 kHz', wire: '1588', want: ['mp4a.40.2', 8_000, 1] },
  { name: 'AAC-LC 5.1', wire: '11b0', want: ['mp4a.40.2', 48_000, 6] },
  { name: 'AAC-LC 7.1', wire: '11b8', want: ['mp4a.40.2', 48_000, 8] },
  { name: 'a rate written out', wire: '17805dc010', want: ['mp4a.40.2', 48_000, 2] },
  { name: 'HE-AAC, signalled in front [R37]', wire: '2b118800', want: ['mp4a.40.5', 48_000, 2] },
  { name: 'HE-AAC, signalled behind [R37]', wire: '131056e59800', want: ['mp4a.40.5', 48_000, 2] },
  { name: 'HE-AAC v2 [R37]', wire: 'eb098800', want: ['mp4a.40.29', 48_000, 2] },
  { name: 'speakers listed one by one', wire: '118004c404002100', want: ['mp4a.40.2', 48_000, 4] },
] as const

for (const { name, wire, want } of CONFIGS) {
  test(`AudioSpecificConfig: ${name}`, () => {
    const facts = decodeAudioConfig(Buffer.from(wire, 'hex'))
    assert.deepEqual([facts.codecString, facts.sampleRate, facts.channels], want)
  })
}

test('an AudioSpecificConfig with a reserved rate or channel number is refused', () => {
  assert.throws(() => decodeAudioConfig(Buffer.from('1690', 'hex')), { code: 'media.aac-invalid' })
  assert.throws(() => decodeAudioConfig(Buffer.from('11c8', 'hex')), { code: 'media.aac-invalid' })
  assert.throws(() => decodeAudioConfig(Buffer.from('11', 'hex')), { code: 'bytes.out-of-range' })
})

test('an ADTS header gives rate, channels and length; a shorter piece gives null', () => {
  const header = Buffer.from('fff14c802e7ffc', 'hex')
  const frame = decodeAdts(header)
  assert.deepEqual(frame, {
    facts: { codec: 'aac', codecString: 'mp4a.40.2', sampleRate: 48_000, channels: 2 },
    frameBytes: 371,
    samples: 1024,
  })
  for (let cut = 0; cut < 7; cut += 1) assert.equal(decodeAdts(header.subarray(0, cut)), null)
})

test('no bytes whatever make the AAC decoders throw anything but a ViblyError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      for (const decode of [decodeAudioConfig, decodeAdts]) {
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
