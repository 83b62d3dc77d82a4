import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { asMessage, asUser } from '../../../test/support/speakers.ts'
import { ViblyError } from '../../base/index.ts'
import { CHAT_DEFAULTS } from '../chat.ts'
import { Nonces, RecentSpeech, SendRates } from './senders.ts'

const ANN = asUser('ann-00001')
const BOB = asUser('bob-00001')
const receipt = (seq: number) => Promise.resolve({ id: asMessage(`${seq}-abcdefghijkl`), seq })

test('[W31] a user says ten at once and five a second after that, wherever they come from', async () => {
  const clock = new FakeClock()
  const rates = new SendRates(clock, CHAT_DEFAULTS)
  const say = (n: number) => rates.check(ANN, `203.0.113.${n}`)
  for (let n = 0; n < 10; n += 1) say(n)
  throws(
    () => say(10),
    (thrown) => {
      ok(thrown instanceof ViblyError)
      equal(thrown.code, 'chat.rate-limited')
      equal(thrown.facts['retryAfterMs'], 200)
      return true
    },
  )
  await clock.advance(200)
  say(11)
  throws(() => say(12), { code: 'chat.rate-limited' })
  rates.check(BOB, '203.0.113.1')
})

test('[W31] an address says a hundred at once, whoever sits there', async () => {
  const clock = new FakeClock()
  const rates = new SendRates(clock, CHAT_DEFAULTS)
  for (let n = 0; n < 100; n += 1) rates.check(asUser(`user-${n}`), '203.0.113.5')
  throws(() => rates.check(ANN, '203.0.113.5'), { code: 'chat.rate-limited' })
  rates.check(BOB, '203.0.113.6')
  // Being refused for the place costs the user nothing but their own token.
  await clock.advance(1000)
  rates.check(ANN, '203.0.113.5')
})

test('limits that are off are off', () => {
  const rates = new SendRates(new FakeClock(), { ...CHAT_DEFAULTS, limits: 'off' })
  for (let n = 0; n < 1000; n += 1) rates.check(ANN, '203.0.113.5')
})

test('a nonce gives the first receipt to its user, for as long as it is known', async () => {
  const nonces = new Nonces({ keptMs: 1000, countMax: 100 })
  nonces.add(ANN, 'n-1', 0, receipt(1))
  equal((await nonces.find(ANN, 'n-1', 999))?.seq, 1)
  equal(nonces.find(BOB, 'n-1', 999), null, 'another user’s is another')
  equal(nonces.find(ANN, 'n-2', 999), null)
  equal(nonces.find(ANN, 'n-1', 1000), null, 'forgotten in time')
})

test('a message that failed was never said and may be tried again', async () => {
  const nonces = new Nonces({ keptMs: 1000, countMax: 100 })
  const failing = Promise.reject(new ViblyError('log.write-failed'))
  nonces.add(ANN, 'n-1', 0, failing)
  await rejects(nonces.find(ANN, 'n-1', 0) ?? Promise.resolve(), { code: 'log.write-failed' })
  await new Promise((resolve) => setImmediate(resolve))
  equal(nonces.find(ANN, 'n-1', 0), null)
})

test('at most so many nonces are known, the latest', () => {
  const nonces = new Nonces({ keptMs: 1000, countMax: 10 })
  for (let n = 0; n < 50; n += 1) nonces.add(ANN, `n-${n}`, n, receipt(n))
  const known = Array.from({ length: 50 }, (_, n) => n).filter(
    (n) => nonces.find(ANN, `n-${n}`, 50) !== null,
  )
  deepEqual(known, [40, 41, 42, 43, 44, 45, 46, 47, 48, 49])
})

test('what someone said last is counted as long as they say just that', () => {
  const recent = new RecentSpeech()
  equal(recent.lastOf(ANN), null)
  recent.add(ANN, 'Hello', 1)
  recent.add(ANN, ' hello ', 2)
  deepEqual(recent.lastOf(ANN), { atMs: 2, key: 'hello', times: 2 })
  ok(recent.isRepeated('HELLO'))
  recent.add(ANN, 'bye', 3)
  deepEqual(recent.lastOf(ANN), { atMs: 3, key: 'bye', times: 1 })
  equal(recent.lastOf(BOB), null)
})

test('what was not stored does not count as said', () => {
  const recent = new RecentSpeech()
  recent.add(ANN, 'hello', 1)
  const before = recent.lastOf(ANN)
  recent.add(ANN, 'lost', 2)
  recent.undo(ANN, 'lost', before)
  deepEqual(recent.lastOf(ANN), before)
  equal(recent.isRepeated('lost'), false)
  recent.add(BOB, 'lost too', 3)
  recent.undo(BOB, 'lost too', null)
  equal(recent.lastOf(BOB), null)
})

test('only the latest thousand texts count as repeated', () => {
  const recent = new RecentSpeech()
  for (let n = 0; n < 1500; n += 1) recent.add(ANN, `text ${n}`, n)
  equal(recent.isRepeated('text 400'), false)
  equal(recent.isRepeated('text 600'), true)
})
