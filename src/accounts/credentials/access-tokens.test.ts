import { deepEqual, rejects } from 'node:assert/strict'
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { SECRET } from '../../../test/support/test-accounts.ts'
import { createId, Secret, type UserId } from '../../base/index.ts'
import { AccessTokens } from './access-tokens.ts'
import { deriveKey, keyId } from './keys.ts'

const UNAUTHENTICATED = { code: 'accounts.unauthenticated' }
const clock = new FakeClock()
const tokens = new AccessTokens({ secret: SECRET, clock })
const userId: UserId = createId()
const sessionId = 'session-of-20-chars-'
const nowS = clock.nowMs() / 1000
const HEADER = { alg: 'HS256', typ: 'at+jwt', kid: keyId(SECRET) }
const CLAIMS = {
  iss: 'vibly',
  aud: 'vibly',
  sub: userId,
  sid: sessionId,
  iat: nowS,
  exp: nowS + 900,
}
const KEY = deriveKey(SECRET, 'access tokens')

test('a token made here is good until it expires, to the second [W11]', async () => {
  const time = new FakeClock()
  const timed = new AccessTokens({ secret: SECRET, clock: time })
  const token = await timed.create(userId, sessionId, time.nowMs() + 900_000)
  deepEqual(await timed.check(token), { userId, sessionId })
  await time.advance(899_999)
  deepEqual(await timed.check(token), { userId, sessionId })
  await time.advance(1)
  await rejects(timed.check(token), UNAUTHENTICATED)
})

test('a token put together as ours are is taken: the forgeries below fail by what they say', async () => {
  deepEqual(await tokens.check(sign(HEADER, CLAIMS)), { userId, sessionId })
  deepEqual(await tokens.check(sign(HEADER, { ...CLAIMS, iat: nowS + 60 })), { userId, sessionId })
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = publicKey.export({ format: 'jwk' })
const rs256 = { ...HEADER, alg: 'RS256' }
const own = Buffer.alloc(32, 7)
const good = sign(HEADER, CLAIMS)
const [goodHeader = '', goodClaims = '', goodMac = ''] = good.split('.')

const FORGED: readonly (readonly [string, string])[] = [
  ['no algorithm, no signature', `${encode({ ...HEADER, alg: 'none' })}.${goodClaims}.`],
  ['no algorithm, our signature', `${encode({ ...HEADER, alg: 'none' })}.${goodClaims}.${goodMac}`],
  ['NoNe in other capitals', `${encode({ ...HEADER, alg: 'NoNe' })}.${goodClaims}.`],
  ['no signature', `${goodHeader}.${goodClaims}.`],
  [
    'other claims under our signature',
    `${goodHeader}.${encode({ ...CLAIMS, sub: createId() })}.${goodMac}`,
  ],
  ['RS256 with a key of its own', signRsa(rs256)],
  ['RS256 with its key in the header', signRsa({ ...rs256, jwk })],
  [
    'HS256 with an RSA public key as the secret',
    signWith(publicKey.export({ type: 'spki', format: 'pem' })),
  ],
  ['HS384', sign({ ...HEADER, alg: 'HS384' }, CLAIMS, KEY, 'sha384')],
  [
    'its own key in the header',
    sign({ ...HEADER, jwk: { kty: 'oct', k: own.toString('base64url') } }, CLAIMS, own),
  ],
  ['its own key behind a URL', sign({ ...HEADER, jku: 'https://example.org/keys' }, CLAIMS, own)],
  [
    'its own certificate behind a URL',
    sign({ ...HEADER, x5u: 'https://example.org/x' }, CLAIMS, own),
  ],
  ['a path as the key id', sign({ ...HEADER, kid: '../../dev/null' }, CLAIMS, new Uint8Array(1))],
  ['our key under another key id', sign({ ...HEADER, kid: 'other' }, CLAIMS)],
  ['an extension that must be understood', sign({ ...HEADER, crit: ['x'], x: 1 }, CLAIMS)],
  ['another type', sign({ ...HEADER, typ: 'JWT' }, CLAIMS)],
  ['no type', sign({ alg: 'HS256', kid: HEADER.kid }, CLAIMS)],
  ['another issuer', sign(HEADER, { ...CLAIMS, iss: 'other' })],
  ['another audience', sign(HEADER, { ...CLAIMS, aud: 'other' })],
  ['no audience', sign(HEADER, { ...CLAIMS, aud: undefined })],
  ['no expiry', sign(HEADER, { ...CLAIMS, exp: undefined })],
  ['an expiry in words', sign(HEADER, { ...CLAIMS, exp: '2999' })],
  ['an expiry now', sign(HEADER, { ...CLAIMS, exp: nowS })],
  ['a beginning to come', sign(HEADER, { ...CLAIMS, nbf: nowS + 61 })],
  ['an issue to come', sign(HEADER, { ...CLAIMS, iat: nowS + 61 })],
  ['no user', sign(HEADER, { ...CLAIMS, sub: undefined })],
  ['a user that is no id', sign(HEADER, { ...CLAIMS, sub: '../users' })],
  ['no session', sign(HEADER, { ...CLAIMS, sid: undefined })],
  ['a session that is a list', sign(HEADER, { ...CLAIMS, sid: [sessionId] })],
  [
    'claims that are a list',
    `${goodHeader}.${encode([])}.${mac(`${goodHeader}.${encode([])}`, KEY, 'sha256')}`,
  ],
  ['five parts', `${good}.${goodMac}.${goodMac}`],
  ['nothing', ''],
  ['dots', '..'],
  ['too many characters', sign(HEADER, { ...CLAIMS, x: 'x'.repeat(1024) })],
  ['a byte order mark', `\ufeff${good}`],
]
for (const [name, token] of FORGED) {
  test(`a token with ${name} is refused [W10] [W11]`, async () => {
    await rejects(tokens.check(token), UNAUTHENTICATED)
  })
}

test('a token changed in any one character is refused [W10]', async () => {
  // The last character of the signature holds two bits that mean nothing.
  for (let at = 0; at < good.length - 1; at += 1) {
    const other = good[at] === 'A' ? 'B' : 'A'
    await rejects(
      tokens.check(good.slice(0, at) + other + good.slice(at + 1)),
      UNAUTHENTICATED,
      `${at}`,
    )
    await rejects(tokens.check(good.slice(0, at)), UNAUTHENTICATED, `cut at ${at}`)
  }
})

test('a token of another server is refused [W11]', async () => {
  const secret = new Secret('0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a')
  const other = new AccessTokens({ secret, clock })
  const token = await other.create(userId, sessionId, clock.nowMs() + 900_000)
  await rejects(tokens.check(token), UNAUTHENTICATED)
})

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function mac(text: string, key: Uint8Array, hash: string): string {
  return createHmac(hash, key).update(text).digest('base64url')
}

function sign(header: object, claims: object, key: Uint8Array = KEY, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${mac(text, key, hash)}`
}

function signWith(key: string | Buffer): string {
  return sign(HEADER, CLAIMS, Buffer.from(key))
}

function signRsa(header: object): string {
  const text = `${encode(header)}.${encode(CLAIMS)}`
  return `${text}.${createSign('sha256').update(text).sign(privateKey, 'base64url')}`
}
