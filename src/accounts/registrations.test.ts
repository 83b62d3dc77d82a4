import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CLIENT,
  createTestAccounts,
  openRegistrations,
  PASSWORD,
  registration,
} from '../../test/support/test-accounts.ts'
import { Secret } from '../base/index.ts'
import type { RegistrationMode } from './records/collections.ts'

const DAY_MS = 86_400_000

async function open(mode: RegistrationMode) {
  const test_ = await createTestAccounts({ limits: 'off' })
  return { ...test_, registrations: await openRegistrations(test_.accounts, test_.clock, mode) }
}

const refused = (code: string) => ({ code: `accounts.${code}` })

test('closed registration keeps visitors out, not those whom the owner of the server lets in', async () => {
  const { accounts, registrations } = await open('closed')
  const visit = registrations.register(registration('ann'), null, CLIENT)
  await assert.rejects(visit, refused('registration-closed'))
  assert.equal((await accounts.users.all().next()).done, true)
  const admin = await accounts.createUser(registration('ann'), 'admin')
  assert.equal(admin.role, 'admin')
  await accounts.login({ email: admin.email, password: PASSWORD }, CLIENT)
})

test('what an administrator chooses holds from then on', async () => {
  const { registrations } = await open('closed')
  await registrations.setMode('open')
  assert.equal(await registrations.mode(), 'open')
  await registrations.register(registration('ann'), null, CLIENT)
})

test('[W40] an invitation lets in as many as it says, and no failed attempt costs a use', async () => {
  const { registrations } = await open('invite')
  const wish = { kind: 'invite', usesMax: 2, lifeMs: DAY_MS } as const
  const { token } = await registrations.tickets.create(wish)
  const join = (name: string) => registrations.register(registration(name), token, CLIENT)
  await assert.rejects(
    registrations.register(registration('ann'), null, CLIENT),
    refused('invite-needed'),
  )
  await join('ann')
  await assert.rejects(join('ann'), refused('email-taken'))
  assert.equal((await registrations.tickets.list('invite'))[0]?.usesLeft, 1)
  await join('ben')
  await assert.rejects(join('cleo'), refused('ticket-invalid'))
  assert.deepEqual(await registrations.tickets.list('invite'), [])
})

test('[W40] of many who use the last place at once one gets it', async () => {
  const { registrations } = await open('invite')
  const wish = { kind: 'invite', usesMax: 1, lifeMs: DAY_MS } as const
  const { token } = await registrations.tickets.create(wish)
  const names = ['ann', 'ben', 'cleo', 'dora']
  const outcomes = await Promise.allSettled(
    names.map((name) => registrations.register(registration(name), token, CLIENT)),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('[W40] a ticket is worth nothing as another kind, altered, too old or revoked', async () => {
  const { accounts, clock, registrations } = await open('invite')
  const user = await accounts.createUser(registration('ann'), 'user')
  const wish = { kind: 'invite', usesMax: 9, lifeMs: DAY_MS } as const
  const { token, ticket } = await registrations.tickets.create(wish)
  const attempt = (tried: Secret) => registrations.register(registration('ben'), tried, CLIENT)
  const reset = (await registrations.offerReset(user.id)).token
  const [id = ''] = token.reveal().split('.')
  const altered = new Secret(`${id}.${'A'.repeat(43)}`)
  for (const tried of [reset, altered, new Secret(''), new Secret('__proto__')]) {
    await assert.rejects(attempt(tried), refused('ticket-invalid'))
  }
  await assert.rejects(registrations.resetByLink(token, PASSWORD), refused('ticket-invalid'))
  await clock.advance(DAY_MS)
  await assert.rejects(attempt(token), refused('ticket-invalid'))
  const later = await registrations.tickets.create(wish)
  assert.equal(await registrations.tickets.revoke('invite', later.ticket.id), true)
  assert.equal(await registrations.tickets.revoke('invite', ticket.id), false)
  await assert.rejects(attempt(later.token), refused('ticket-invalid'))
})

test('[W04] the first administrator comes by a link that works once, and only while there is none', async () => {
  const { registrations } = await open('closed')
  const first = await registrations.offerFirstAdmin()
  const second = await registrations.offerFirstAdmin()
  assert.ok(first !== null && second !== null)
  const claim = (name: string, token: Secret) =>
    registrations.registerFirstAdmin(registration(name), token, CLIENT)
  await assert.rejects(claim('ann', first), refused('ticket-invalid'), 'an older link is void')
  assert.equal((await claim('ann', second)).user.role, 'admin')
  await assert.rejects(claim('ben', second), refused('ticket-invalid'))
  assert.equal(await registrations.offerFirstAdmin(), null)
})

test('[W04] a link is void when an administrator came by another way', async () => {
  const { accounts, registrations } = await open('open')
  const link = (await registrations.offerFirstAdmin()) ?? assert.fail('no link')
  await accounts.createUser(registration('ann'), 'admin')
  const claim = registrations.registerFirstAdmin(registration('ben'), link, CLIENT)
  await assert.rejects(claim, refused('ticket-invalid'))
})

test('a reset link sets a new password once and ends all sessions', async () => {
  const { accounts, registrations } = await open('open')
  const { user, accessToken } = await registrations.register(registration('ann'), null, CLIENT)
  const old = (await registrations.offerReset(user.id)).token
  const { token } = await registrations.offerReset(user.id)
  const next = new Secret('another long phrase of ann')
  await assert.rejects(registrations.resetByLink(old, next), refused('ticket-invalid'))
  await assert.rejects(
    registrations.resetByLink(token, new Secret('x')),
    refused('password-length'),
  )
  await registrations.resetByLink(token, next)
  await assert.rejects(accounts.authenticate(accessToken), refused('unauthenticated'))
  await accounts.login({ email: user.email, password: next }, CLIENT)
  await assert.rejects(registrations.resetByLink(token, next), refused('ticket-invalid'))
})

test('users are found by a part of their name or address, page by page', async () => {
  const { accounts } = await open('open')
  for (const name of ['anna', 'ben', 'hanna', 'joanna']) {
    await accounts.createUser(registration(name), 'user')
  }
  const first = await accounts.users.search('ANN', null, 2)
  assert.deepEqual(
    first.users.map(({ username }) => username),
    ['anna', 'hanna'],
  )
  const second = await accounts.users.search('ANN', first.next, 2)
  assert.deepEqual([second.users[0]?.username, second.next], ['joanna', null])
  assert.equal((await accounts.users.search('example.org', null, 9)).users.length, 4)
})
