import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createId, Secret, type UserId } from '../../base/index.ts'
import { SessionCookies } from './session-cookies.ts'

const SIGN_IN = {
  user: {
    id: createId<UserId>(),
    email: 'a@example.org',
    username: 'alice',
    displayName: 'Alice',
    role: 'user',
    isDisabled: false,
    createdAt: '2026-01-01T00:00:00.000Z',
  },
  streamKey: new Secret('live_x'),
  accessToken: 'aaa.bbb.ccc',
  accessExpiresMs: 900_000,
  refreshToken: 'session.token',
  refreshExpiresMs: 86_400_000,
  sessionId: 'session',
} as const

test('[W14] script cannot read the cookies, and over HTTPS nothing else can plant or read them', () => {
  assert.deepEqual(new SessionCookies({ isTls: true }).keep(SIGN_IN, 0), [
    '__Host-vibly_access=aaa.bbb.ccc; Max-Age=900; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-vibly_refresh=session.token; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Strict',
  ])
  assert.deepEqual(new SessionCookies({ isTls: false }).keep(SIGN_IN, 0), [
    'vibly_access=aaa.bbb.ccc; Max-Age=900; Path=/; HttpOnly; SameSite=Lax',
    'vibly_refresh=session.token; Max-Age=86400; Path=/; HttpOnly; SameSite=Strict',
  ])
})

test('both cookies are forgotten under the names they were kept by', () => {
  for (const isTls of [true, false]) {
    const cookies = new SessionCookies({ isTls })
    const names = (lines: readonly string[]) => lines.map((line) => line.split('=', 1)[0])
    assert.deepEqual(names(cookies.forget()), names(cookies.keep(SIGN_IN, 0)))
    for (const line of cookies.forget()) assert.match(line, /=; Max-Age=0; Path=\//)
  }
})

test('a Bearer token goes before the cookie, and a header of another kind hides it', () => {
  const cookies = new SessionCookies({ isTls: false })
  const cookie = 'other=1; vibly_access=from.cookie; vibly_refresh=r'
  const rows = [
    [{ cookie }, 'from.cookie'],
    [{ cookie, authorization: 'Bearer from.header' }, 'from.header'],
    [{ cookie, authorization: 'bearer from.header' }, 'from.header'],
    [{ cookie, authorization: 'Basic YTpi' }, null],
    [{ cookie, authorization: 'Bearer' }, null],
    [{ cookie, authorization: 'Bearer a b' }, null],
    [{ cookie: 'vibly_access=' }, null],
    [{ cookie: '__Host-vibly_access=planted' }, null],
    [{}, null],
  ] as const
  for (const [headers, token] of rows) {
    assert.equal(cookies.accessToken(headers), token, JSON.stringify(headers))
  }
  assert.equal(cookies.refreshToken({ cookie }), 'r')
})
