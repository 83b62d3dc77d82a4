import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { encodeHandshakeAnswer, HANDSHAKE_BYTES } from './handshake.ts'

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
      assert.deepEqual(s2.subarray(-32), answerDigest(c1, s2, scheme))
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

/** The 32 bytes that a player's digest takes in `c1`, as Flash players place it. */
function digestIn(c1: Uint8Array, scheme: 0 | 1): Uint8Array {
  const at = scheme === 0 ? 8 : 772
  const sum = c1.subarray(at, at + 4).reduce((total, byte) => total + byte, 0)
  return c1.subarray(at + 4 + (sum % 728)).subarray(0, 32)
}

function signPlayerHandshake(c1: Uint8Array, scheme: 0 | 1): void {
  const digest = digestIn(c1, scheme)
  const hmac = createHmac('sha256', 'Genuine Adobe Flash Player 001')
  hmac.update(c1.subarray(0, digest.byteOffset - c1.byteOffset))
  hmac.update(c1.subarray(digest.byteOffset - c1.byteOffset + 32))
  digest.set(hmac.digest())
}

/** What stands at the end of the S2 of a server that knows the key and saw the digest of `c1`. */
function answerDigest(c1: Uint8Array, s2: Uint8Array, scheme: 0 | 1): Uint8Array {
  const tail = 'f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae'
  const server = Buffer.from('Genuine Adobe Flash Media Server 001')
  const key = createHmac('sha256', Buffer.concat([server, Buffer.from(tail, 'hex')]))
    .update(digestIn(c1, scheme))
    .digest()
  return new Uint8Array(createHmac('sha256', key).update(s2.subarray(0, -32)).digest())
}
