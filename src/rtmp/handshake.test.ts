import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  encodeHandshakeAnswer,
  HANDSHAKE_BYTES,
  isSignedAnswer,
  signPlayerHandshake,
} from './handshake.ts'

const RANDOM = new Uint8Array(randomBytes(2 * HANDSHAKE_BYTES))

function split(answer: Uint8Array): { s0: number | undefined; s1: Uint8Array; s2: Uint8Array } {
  assert.equal(answer.byteLength, 1 + 2 * HANDSHAKE_BYTES)
  return {
    s0: answer[0],
    s1: answer.subarray(1, 1 + HANDSHAKE_BYTES),
    s2: answer.subarray(1 + HANDSHAKE_BYTES),
  }
}

test('[R02] without a digest S2 is C1, and S1 says that the server knows no digests', () => {
  const c1 = new Uint8Array(randomBytes(HANDSHAKE_BYTES))
  const { s0, s1, s2 } = split(encodeHandshakeAnswer(c1, RANDOM))
  assert.equal(s0, 3)
  assert.deepEqual(s2, c1)
  assert.deepEqual(s1.subarray(4, 8), new Uint8Array(4))
})

for (const scheme of [0, 1] as const) {
  test(`[R03] a digest by scheme ${scheme} is answered with digests`, () => {
    for (let run = 0; run < 50; run += 1) {
      const c1 = new Uint8Array(randomBytes(HANDSHAKE_BYTES))
      signPlayerHandshake(c1, scheme)
      const { s1, s2 } = split(encodeHandshakeAnswer(c1, RANDOM))
      assert.ok(isSignedAnswer(c1, s2))
      assert.notDeepEqual(s1.subarray(4, 8), new Uint8Array(4))
    }
  })

  test(`[R03] a wrong digest by scheme ${scheme} gets the simple answer`, () => {
    const c1 = new Uint8Array(randomBytes(HANDSHAKE_BYTES))
    signPlayerHandshake(c1, scheme)
    c1[0] = (c1[0] ?? 0) ^ 1
    assert.deepEqual(split(encodeHandshakeAnswer(c1, RANDOM)).s2, c1)
  })
}
