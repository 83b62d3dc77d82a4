import { createHmac, timingSafeEqual } from 'node:crypto'
import { joinBytes } from '../../base/index.ts'

/** RTMP 1.0 §5.2.2: the only version; C0 and S0 carry it. */
export const RTMP_VERSION = 3
/** RTMP 1.0 §5.2.3, §5.2.4: C1, C2, S1 and S2 are of this size. */
export const HANDSHAKE_BYTES = 1536

const DIGEST_BYTES = 32
/**
 * Both blocks, key and digest, have 764 bytes; the digest starts within the first 728 of its own.
 */
const DIGEST_OFFSETS = 728

/**
 * Where the digest's block starts in C1 and S1. Its first four bytes say, by their sum, how far in
 * the digest lies. Flash players use scheme 0, some encoders scheme 1.
 */
const SCHEMES = [8, 772] as const

/** The second half of both keys: the same 32 bytes in every peer. */
const KEY_TAIL = Buffer.from(
  'f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae',
  'hex',
)
const PLAYER_KEY = new TextEncoder().encode('Genuine Adobe Flash Player 001')
const SERVER_KEY = new TextEncoder().encode('Genuine Adobe Flash Media Server 001')
const SERVER_KEY_WHOLE = joinBytes([SERVER_KEY, KEY_TAIL])

/** FMS 3.5.1.1, the first bytes of S1 that say "I know digests". Zero says "I do not". */
const SERVER_VERSION = Buffer.from('03050101', 'hex')

/**
 * S0, S1 and S2 in one array: the answer to C1 (RTMP 1.0 §5.2). With a valid digest in C1, in
 * either scheme, S1 and S2 carry digests of their own (Adobe's later handshake, which the standard
 * leaves out); without, or with a wrong one, S2 echoes C1. [R02] [R03]
 *
 * @param c1 exactly 1536 bytes.
 * @param random 3072 random bytes: the filling of S1 and S2.
 */
export function encodeHandshakeAnswer(c1: Uint8Array, random: Uint8Array): Uint8Array {
  const answer = new Uint8Array(1 + 2 * HANDSHAKE_BYTES)
  answer[0] = RTMP_VERSION
  const s1 = answer.subarray(1, 1 + HANDSHAKE_BYTES)
  const s2 = answer.subarray(1 + HANDSHAKE_BYTES)
  // Bytes 0-3 of S1 are our time, bytes 4-7 zero: both may be zero (RTMP 1.0 §5.2.3).
  s1.set(random.subarray(0, HANDSHAKE_BYTES - 8), 8)

  const found = findDigest(c1)
  if (found === null) {
    s2.set(c1)
    return answer
  }

  s1.set(SERVER_VERSION, 4)
  const at = digestOffset(s1, found.scheme)
  s1.set(hmacAround(SERVER_KEY, s1, at), at)
  s2.set(random.subarray(HANDSHAKE_BYTES, 2 * HANDSHAKE_BYTES))
  const body = s2.subarray(0, HANDSHAKE_BYTES - DIGEST_BYTES)
  s2.set(hmac(hmac(SERVER_KEY_WHOLE, [found.digest]), [body]), body.byteLength)
  return answer
}

function findDigest(
  c1: Uint8Array,
): { readonly scheme: number; readonly digest: Uint8Array } | null {
  for (const scheme of SCHEMES) {
    const at = digestOffset(c1, scheme)
    const digest = c1.subarray(at, at + DIGEST_BYTES)
    if (timingSafeEqual(hmacAround(PLAYER_KEY, c1, at), digest)) return { scheme, digest }
  }
  return null
}

function digestOffset(packet: Uint8Array, scheme: number): number {
  const sum = packet.subarray(scheme, scheme + 4).reduce((total, byte) => total + byte, 0)
  return scheme + 4 + (sum % DIGEST_OFFSETS)
}

/** The HMAC of `packet` without the 32 bytes at `at`. */
function hmacAround(key: Uint8Array, packet: Uint8Array, at: number): Uint8Array {
  return hmac(key, [packet.subarray(0, at), packet.subarray(at + DIGEST_BYTES)])
}

function hmac(key: Uint8Array, pieces: readonly Uint8Array[]): Uint8Array {
  const digest = createHmac('sha256', key)
  for (const piece of pieces) digest.update(piece)
  return digest.digest()
}
