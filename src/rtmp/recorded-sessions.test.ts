import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { Dialogue } from '../../test/support/rtmp-dialogue.ts'
import { ViblyError } from '../base/index.ts'
import { HANDSHAKE_BYTES } from './handshake/handshake.ts'
import { RTMP_DEFAULTS } from './options.ts'

/** Early faults hit commands, late ones media: as often one as the other. */
const fault = fc.record<WireFault>({
  kind: fc.constantFrom('turn', 'lose', 'double', 'zero', 'fill'),
  at: fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 16_000 })),
  count: fc.nat({ max: 15 }),
})

for (const name of ['ffmpeg-5.1', 'gstreamer-1.22', 'librtmp-2.4']) {
  const recorded = new Uint8Array(
    readFileSync(new URL(`../../test/fixtures/rtmp/${name}.bin`, import.meta.url)),
  )

  test(`[R12] a recorded session of ${name}, in reads of any size`, () => {
    const expected = play(recorded, recorded.byteLength)
    assert.equal(expected.kinds[0], 'publish')
    assert.equal(expected.kinds.at(-1), 'unpublish')
    assert.ok(expected.kinds.filter((kind) => kind === 'media').length > 20)
    for (const readBytes of [1, 7, 100, 1460, 4096]) {
      assert.deepEqual(play(recorded, readBytes).kinds, expected.kinds)
    }
  })

  test(`[R25] recorded sessions of ${name}, mutated, end in nothing but a ViblyError`, () => {
    const readBytes = fc.integer({ min: 1, max: 5000 })
    fc.assert(
      fc.property(fc.array(fault, { minLength: 1, maxLength: 4 }), readBytes, (faults, bytes) => {
        onlyViblyError(faults.reduce(mutate, recorded), bytes)
      }),
      { numRuns: 1500 },
    )
  })
}

/** One fault behind the handshake: a bit turned, bytes lost, doubled or overwritten. */
interface WireFault {
  readonly kind: 'turn' | 'lose' | 'double' | 'zero' | 'fill'
  readonly at: number
  readonly count: number
}

function mutate(bytes: Uint8Array, { kind, at: sent, count }: WireFault): Uint8Array {
  const start = 1 + 2 * HANDSHAKE_BYTES
  const at = start + (sent % (bytes.byteLength - start))
  const end = Math.min(at + count, bytes.byteLength)
  const wire = Buffer.from(bytes)
  switch (kind) {
    case 'turn':
      wire[at] = (wire[at] ?? 0) ^ (1 << (count % 8))
      return wire
    case 'lose':
      return Buffer.concat([wire.subarray(0, at), wire.subarray(end)])
    case 'double':
      return Buffer.concat([wire.subarray(0, end), wire.subarray(at)])
    case 'zero':
      return wire.fill(0, at, end)
    case 'fill':
      return wire.fill(0xff, at, end)
  }
}

function onlyViblyError(wire: Uint8Array, readBytes: number): void {
  try {
    const { session } = play(wire, readBytes)
    assert.ok(session.partialBytes <= RTMP_DEFAULTS.whilePublishing.partialBytesMax)
  } catch (thrown) {
    assert.ok(thrown instanceof ViblyError && thrown.code !== 'base.bug', String(thrown))
  }
}

function play(wire: Uint8Array, readBytes: number): Dialogue {
  const dialogue = new Dialogue({ isOpen: true })
  for (let at = 0; at < wire.byteLength; at += readBytes) {
    dialogue.feed(wire.subarray(at, at + readBytes))
    // Only what is held matters here, and it would grow with each copy kept.
    dialogue.messages.length = 0
  }
  return dialogue
}
