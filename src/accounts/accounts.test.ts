import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import {
  CLIENT,
  createTestAccounts,
  PASSWORD,
  registration,
  SECRET,
} from '../../test/support/test-accounts.ts'
import { Secret, ViblyError } from '../base/index.ts'

const UNAUTHENTICATED = { code: 'accounts.unauthenticated' }
const REFUSED = { code: 'accounts.sign-in-refused' }
const DAY_MS = 86_400_000

test('who registers is signed in, with a stream key, and can sign in again', async () => {
  const { accounts, clock } = await createTestAccounts()
  const first = await accounts.register({ ...registration('ann'), displayName: ' Ann ' }, CLIENT)
  equal(first.user.username, 'ann')
  equal(first.user.displayName, 'Ann')
  equal(first.user.role, 'user')
  match(first.streamKey.reveal(), /^live_[A-Z2-7]{32}$/)
  equal(first.accessExpiresMs, clock.nowMs() + 900_000)
  const identity = await accounts.authenticate(first.accessToken)
  deepEqual(identity, { userId: first.user.id, sessionId: first.sessionId, role: 'user' })
  const second = await accounts.login({ email: ' ANN@example.org ', password: PASSWORD }, CLIENT)
  equal(second.user.id, first.user.id)
  equal(second.streamKey.reveal(), first.streamKey.reveal())
  notEqual(second.sessionId, first.sessionId)
})

test('passwords are kept as argon2id with the cost that OWASP asks for [W01]', async () => {
  const { accounts, users } = await createTestAccounts()
  const { user } = await accounts.register(registration('ann'), CLIENT)
  const hash = (await users.get(user.id))?.value.password_hash ?? ''
  match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('an email address or a username is taken once, capitals or not, at the same moment too', async () => {
  const { accounts } = await createTestAccounts()
  await accounts.register(registration('ann'), CLIENT)
  const email = { ...registration('bob'), email: 'Ann@Example.org' }
  const username = { ...registration('cid'), username: 'ANN' }
  await rejects(accounts.register(email, CLIENT), { code: 'accounts.email-taken' })
  await rejects(accounts.register(username, CLIENT), { code: 'accounts.username-taken' })
  const rivals = [accounts.register(registration('eve'), CLIENT)]
  rivals.push(accounts.register({ ...registration('eve'), email: 'other@example.org' }, CLIENT))
  const results = await Promise.allSettled(rivals)
  equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('a registration sets nothing but its fields [W27]', async () => {
  const { accounts, users } = await createTestAccounts()
  const greedy = { ...registration('ann'), role: 'admin', id: 'chosen-by-me', stream_key: 'x' }
  const { user } = await accounts.register(greedy, CLIENT)
  equal(user.role, 'user')
  notEqual(user.id, 'chosen-by-me')
  const change = { displayName: 'Ann', role: 'admin', email: 'x@example.org', id: 'chosen' }
  const changed = await accounts.updateUser(user.id, change)
  deepEqual(changed, { ...user, displayName: 'Ann' })
  ok(!(await users.get(user.id))?.value.stream_key.includes('x@'))
})

test('a wrong password and an unknown address get the same answer after the same work [W06]', async () => {
  const { accounts } = await createTestAccounts()
  await accounts.register(registration('ann'), CLIENT)
  const wrong = new Secret('not the password')
  const tries = ['ann@example.org', 'nobody@example.org', 'no address at all']
  const answers: string[] = []
  for (const email of tries) {
    await rejects(accounts.login({ email, password: wrong }, CLIENT), (thrown) => {
      ok(thrown instanceof ViblyError)
      answers.push(JSON.stringify([thrown.code, thrown.message, thrown.facts]))
      return true
    })
  }
  equal(new Set(answers).size, 1)
})

test('a password counts to its last byte, and long and emoji ones are welcome [W02]', async () => {
  const { accounts } = await createTestAccounts({ limits: 'off' })
  const long = 'aB3 '.repeat(32)
  for (const [at, text] of ['🐙🦑🐡🐠🐟🐬🐳🐋', `${'x1 y2 z'.repeat(9)}ab`, long].entries()) {
    const input = { ...registration(`user${at}`), password: new Secret(text) }
    const { user } = await accounts.register(input, CLIENT)
    await accounts.login({ email: user.email, password: new Secret(text) }, CLIENT)
    for (const other of [`${text.slice(0, -1)}!`, `${text} `, text.toUpperCase() + text]) {
      await rejects(
        accounts.login({ email: user.email, password: new Secret(other) }, CLIENT),
        REFUSED,
      )
    }
  }
})

test('a session ends by sign-out at once, and its listeners hear of it once [W12]', async () => {
  const { accounts } = await createTestAccounts()
  const ended: string[] = []
  accounts.onSessionEnded((sessionId) => ended.push(sessionId))
  const mine = await accounts.register(registration('ann'), CLIENT)
  const other = await accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  await accounts.logout(mine.sessionId)
  await accounts.logout(mine.sessionId)
  deepEqual(ended, [mine.sessionId])
  await rejects(accounts.authenticate(mine.accessToken), UNAUTHENTICATED)
  await rejects(accounts.refresh(mine.refreshToken), UNAUTHENTICATED)
  await accounts.authenticate(other.accessToken)
})

test('a refresh token is good once; coming back later it ends its session and no other [W12]', async () => {
  const { accounts, clock } = await createTestAccounts()
  const ended: string[] = []
  accounts.onSessionEnded((sessionId) => ended.push(sessionId))
  const first = await accounts.register(registration('ann'), CLIENT)
  const other = await accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  const second = await accounts.refresh(first.refreshToken)
  equal(second.sessionId, first.sessionId)
  notEqual(second.refreshToken, first.refreshToken)
  const third = await accounts.refresh(second.refreshToken)
  await clock.advance(10_001)
  await rejects(accounts.refresh(first.refreshToken), UNAUTHENTICATED)
  deepEqual(ended, [first.sessionId])
  await rejects(accounts.refresh(third.refreshToken), UNAUTHENTICATED)
  await rejects(accounts.authenticate(third.accessToken), UNAUTHENTICATED)
  await accounts.authenticate(other.accessToken)
})

test('two tabs that refresh with one token within ten seconds get the same next one [W12]', async () => {
  const { accounts, clock } = await createTestAccounts()
  const first = await accounts.register(registration('ann'), CLIENT)
  const tabs = [1, 2, 3].map(() => accounts.refresh(first.refreshToken))
  const [a, b, c] = await Promise.all(tabs)
  await clock.advance(9_000)
  const late = await accounts.refresh(first.refreshToken)
  equal(new Set([a, b, c, late].map((signIn) => signIn?.refreshToken)).size, 1)
  await accounts.refresh(late.refreshToken)
  await accounts.logout(first.sessionId)
  await rejects(accounts.refresh(first.refreshToken), UNAUTHENTICATED)
})

test('a session ends by idleness and by age, restart or not [W13]', async () => {
  const { accounts, clock, sessions, open } = await createTestAccounts()
  const idle = await accounts.register(registration('ann'), CLIENT)
  await clock.advance(14 * DAY_MS - 1)
  let busy = await accounts.refresh(idle.refreshToken)
  for (let day = 14; day < 90; day += 10) {
    await clock.advance(10 * DAY_MS)
    if (day + 10 < 90) busy = await accounts.refresh(busy.refreshToken)
  }
  ok(busy.refreshExpiresMs <= clock.nowMs() + 10 * DAY_MS)
  await rejects(accounts.refresh(busy.refreshToken), UNAUTHENTICATED)
  const left = await accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  await clock.advance(14 * DAY_MS)
  await rejects(accounts.refresh(left.refreshToken), UNAUTHENTICATED)
  await accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  await clock.advance(14 * DAY_MS)
  await open()
  deepEqual(await sessions.list(null, 10), [])
})

test('an access token is no refresh token, and the other way round [W11]', async () => {
  const { accounts } = await createTestAccounts()
  const mine = await accounts.register(registration('ann'), CLIENT)
  await rejects(accounts.authenticate(mine.refreshToken), UNAUTHENTICATED)
  await rejects(accounts.refresh(mine.accessToken), UNAUTHENTICATED)
  const forged = `${mine.sessionId}.${'A'.repeat(43)}`
  for (const token of ['', '.', mine.sessionId, `${mine.refreshToken}x`]) {
    await rejects(accounts.refresh(token), UNAUTHENTICATED)
  }
  await accounts.authenticate(mine.accessToken)
  // Who knows the session and guesses ends it: that is the safe side.
  await rejects(accounts.refresh(forged), UNAUTHENTICATED)
  await rejects(accounts.authenticate(mine.accessToken), UNAUTHENTICATED)
})

test('no more than fifty sessions of one user: the oldest ends', async () => {
  const { accounts, sessions } = await createTestAccounts({ limits: 'off' })
  const first = await accounts.register(registration('ann'), CLIENT)
  for (let at = 0; at < 50; at += 1) {
    await accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  }
  equal((await sessions.list(null, 100)).length, 50)
  await rejects(accounts.authenticate(first.accessToken), UNAUTHENTICATED)
})

test('a new password needs the current one and ends the other sessions [W03] [W12]', async () => {
  const { accounts } = await createTestAccounts()
  const mine = await accounts.register(registration('ann'), CLIENT)
  const other = await accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  const password = new Secret('another long pass phrase')
  const change = { password, sessionId: mine.sessionId }
  const wrong = { ...change, currentPassword: new Secret('wrong wrong') }
  await rejects(accounts.changePassword(mine.user.id, wrong), { code: 'accounts.password-wrong' })
  await accounts.authenticate(other.accessToken)
  await accounts.changePassword(mine.user.id, { ...change, currentPassword: PASSWORD })
  await rejects(accounts.authenticate(other.accessToken), UNAUTHENTICATED)
  await accounts.authenticate(mine.accessToken)
  await rejects(accounts.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT), REFUSED)
  await accounts.login({ email: 'ann@example.org', password }, CLIENT)
  await accounts.resetPassword(mine.user.id, new Secret('a third long pass phrase'))
  await rejects(accounts.authenticate(mine.accessToken), UNAUTHENTICATED)
})

test('a disabled user is out at once: sessions, sign-in, stream key, publisher [W12]', async () => {
  const { accounts } = await createTestAccounts()
  const cut: string[] = []
  const ended: string[] = []
  accounts.onStreamKeyRotated((userId) => cut.push(userId))
  accounts.onSessionEnded((sessionId) => ended.push(sessionId))
  const mine = await accounts.register(registration('ann'), CLIENT)
  await accounts.disableUser(mine.user.id)
  deepEqual([cut, ended], [[mine.user.id], [mine.sessionId]])
  await rejects(accounts.authenticate(mine.accessToken), UNAUTHENTICATED)
  await rejects(accounts.refresh(mine.refreshToken), UNAUTHENTICATED)
  equal(await accounts.authoriseStreamKey(mine.streamKey), null)
  const right = { email: 'ann@example.org', password: PASSWORD }
  await rejects(accounts.login(right, CLIENT), { code: 'accounts.disabled' })
  await rejects(accounts.login({ ...right, password: new Secret('wrong wrong') }, CLIENT), REFUSED)
  await accounts.enableUser(mine.user.id)
  await accounts.login(right, CLIENT)
  equal(await accounts.authoriseStreamKey(mine.streamKey), mine.user.id)
})

test('a role counts as it is now, not as it was when the token was made', async () => {
  const { accounts } = await createTestAccounts()
  const { user, accessToken } = await accounts.register(registration('ann'), CLIENT)
  await accounts.setRole(user.id, 'admin')
  equal((await accounts.authenticate(accessToken)).role, 'admin')
})

test('a stream key is told by digest, void once rotated, and its publisher is cut [W20]', async () => {
  const { accounts } = await createTestAccounts()
  const cut: string[] = []
  const stop = accounts.onStreamKeyRotated((userId) => cut.push(userId))
  const { user, streamKey } = await accounts.register(registration('ann'), CLIENT)
  equal(await accounts.authoriseStreamKey(streamKey), user.id)
  equal((await accounts.streamKey(user.id)).reveal(), streamKey.reveal())
  const next = await accounts.rotateStreamKey(user.id)
  deepEqual(cut, [user.id])
  equal(await accounts.authoriseStreamKey(streamKey), null)
  equal(await accounts.authoriseStreamKey(next), user.id)
  const text = next.reveal()
  const wrong = [
    '',
    'live_',
    text.toLowerCase(),
    `${text}A`,
    text.slice(0, -1),
    `${text}\n`,
    ` ${text}`,
  ]
  for (const key of wrong) equal(await accounts.authoriseStreamKey(new Secret(key)), null, key)
  stop()
  await accounts.rotateStreamKey(user.id)
  equal(cut.length, 1)
})

test('with another secret of the server, tokens are void and stream keys are replaced [W11] [W20]', async () => {
  const { accounts, open } = await createTestAccounts()
  const mine = await accounts.register(registration('ann'), CLIENT)
  const same = await open(SECRET)
  await same.authenticate(mine.accessToken)
  const other = await open(new Secret('0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a'))
  await rejects(other.authenticate(mine.accessToken), UNAUTHENTICATED)
  equal(await other.authoriseStreamKey(mine.streamKey), mine.user.id)
  const again = await other.login({ email: 'ann@example.org', password: PASSWORD }, CLIENT)
  notEqual(again.streamKey.reveal(), mine.streamKey.reveal())
  equal(await other.authoriseStreamKey(again.streamKey), mine.user.id)
  equal(await other.authoriseStreamKey(mine.streamKey), null)
})

test('a thousand wrong sign-ins from one address lock nobody else out [W05]', async () => {
  const { accounts } = await createTestAccounts()
  await accounts.register(registration('ann'), CLIENT)
  const wrong = { email: 'ann@example.org', password: new Secret('wrong wrong') }
  const codes = new Set<string>()
  for (let at = 0; at < 1000; at += 1) {
    const [result] = await Promise.allSettled([accounts.login(wrong, { address: '203.0.113.9' })])
    if (result.status === 'rejected' && result.reason instanceof ViblyError)
      codes.add(result.reason.code)
  }
  deepEqual([...codes], ['accounts.sign-in-refused', 'accounts.too-many-attempts'])
  const right = { email: 'ann@example.org', password: PASSWORD }
  await accounts.login(right, CLIENT)
})

test('a crowd at the door waits in a bounded line [W01]', async () => {
  const { accounts } = await createTestAccounts({ limits: 'off', hashesWaitingMax: 8 })
  await accounts.register(registration('ann'), CLIENT)
  const right = { email: 'ann@example.org', password: PASSWORD }
  const crowd = Array.from({ length: 30 }, () => accounts.login(right, CLIENT))
  const results = await Promise.allSettled(crowd)
  const busy = results.filter(
    (result) => result.status === 'rejected' && result.reason.code === 'accounts.busy',
  )
  equal(busy.length, 20)
  equal(results.filter(({ status }) => status === 'fulfilled').length, 10)
  await accounts.login(right, CLIENT)
})
