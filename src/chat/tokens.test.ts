import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { openMemoryRecords } from '../../test/support/memory-records.ts'
import { asUser, CHANNEL_ID } from '../../test/support/speakers.ts'
import { BOT_TOKEN_COLLECTION, FOLLOW_COLLECTION } from './collections.ts'
import { Follows } from './follows.ts'
import { BotTokens } from './tokens.ts'

const ANN = asUser('ann-00001')
const BOB = asUser('bob-00001')

test('a token is random, shown once, and nowhere to be read again', async () => {
  const records = await openMemoryRecords(BOT_TOKEN_COLLECTION)
  const tokens = new BotTokens(records, new FakeClock())
  const first = await tokens.create(ANN, 'one', ['chat:read', 'chat:read'])
  const second = await tokens.create(ANN, 'two', ['chat:write'])
  const shown = first.token.reveal()
  match(shown, /^vibly_bot_[A-Za-z0-9_-]{43}$/)
  ok(shown !== second.token.reveal())
  deepEqual(first.about.scopes, ['chat:read'])
  const stored = await records.find('user_id', ANN, 10)
  ok(!JSON.stringify(stored).includes(shown.slice(10)))
  ok(!inspect(first, { depth: 9 }).includes(shown.slice(10)))
  deepEqual(await tokens.find(shown), { id: first.about.id, userId: ANN, scopes: ['chat:read'] })
})

test('what is nearly a token is none', async () => {
  const records = await openMemoryRecords(BOT_TOKEN_COLLECTION)
  const tokens = new BotTokens(records, new FakeClock())
  const shown = (await tokens.create(ANN, 'one', ['chat:read'])).token.reveal()
  const digest = (await records.find('user_id', ANN, 1))[0]?.value.token_digest ?? ''
  for (const token of ['', shown.slice(1), ` ${shown}`, `${shown}x`, shown.toUpperCase(), digest]) {
    equal(await tokens.find(token), null)
  }
})

test('[W30] a revoked token is told at once, to those who still listen, and only by its owner', async () => {
  const tokens = new BotTokens(await openMemoryRecords(BOT_TOKEN_COLLECTION), new FakeClock())
  const { token, about } = await tokens.create(ANN, 'one', ['chat:read'])
  const told: string[] = []
  const stop = tokens.onRevoked((id, userId) => told.push(`${id} ${userId}`))
  equal(await tokens.revoke(BOB, about.id), false)
  equal(await tokens.isActive(about.id), true)
  equal(await tokens.revoke(ANN, about.id), true)
  equal(await tokens.revoke(ANN, about.id), false)
  deepEqual(told, [`${about.id} ${ANN}`])
  equal(await tokens.isActive(about.id), false)
  equal(await tokens.find(token.reveal()), null)
  stop()
  const other = await tokens.create(ANN, 'two', ['chat:read'])
  await tokens.revoke(ANN, other.about.id)
  equal(told.length, 1)
})

test('a user has at most twenty tokens', async () => {
  const tokens = new BotTokens(await openMemoryRecords(BOT_TOKEN_COLLECTION), new FakeClock())
  for (let n = 0; n < 20; n += 1) await tokens.create(ANN, `token ${n}`, ['chat:read'])
  await rejects(tokens.create(ANN, 'one more', ['chat:read']), { code: 'chat.tokens-full' })
  await tokens.create(BOB, 'his first', ['chat:read'])
  equal((await tokens.list(ANN)).length, 20)
  const [first] = await tokens.list(ANN)
  await tokens.revoke(ANN, first?.id ?? '')
  await tokens.create(ANN, 'one more', ['chat:read'])
})

test('following twice is following once, since the first time', async () => {
  const clock = new FakeClock()
  const follows = new Follows(await openMemoryRecords(FOLLOW_COLLECTION), clock)
  equal(await follows.sinceMs(CHANNEL_ID, ANN), null)
  await follows.follow(CHANNEL_ID, ANN)
  const sinceMs = clock.nowMs()
  clock.jump(60_000)
  await Promise.all([follows.follow(CHANNEL_ID, ANN), follows.follow(CHANNEL_ID, BOB)])
  equal(await follows.sinceMs(CHANNEL_ID, ANN), sinceMs)
  equal(await follows.count(CHANNEL_ID), 2)
  await follows.unfollow(CHANNEL_ID, ANN)
  await follows.unfollow(CHANNEL_ID, ANN)
  equal(await follows.count(CHANNEL_ID), 1)
  equal(await follows.sinceMs(CHANNEL_ID, ANN), null)
})
