import { deepEqual, equal, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { asUser, CHANNEL_ID, OWNER_ID, speakerOf } from '../../../test/support/speakers.ts'
import { ViblyError } from '../../base/index.ts'
import type { SettingsChange } from '../messages/wire.ts'
import {
  addBan,
  addModerator,
  BANS_MAX,
  type Ban,
  type Circumstances,
  changeSettings,
  checkBan,
  decideMessage,
  formatRules,
  MODERATORS_MAX,
  mayModerate,
  parseRules,
  type Rules,
  removeBan,
  removeModerator,
  rolesOf,
} from './rules.ts'

const NOW_MS = 1_000_000_000
const BOB = speakerOf('bob-00001')
const MOD = speakerOf('mod-00001')
const NO_RULES = parseRules({})

const CALM: Circumstances = {
  nowMs: NOW_MS,
  last: null,
  repeatsMax: 3,
  repeatMs: 30_000,
  followedSinceMs: null,
  isRepeated: false,
}

const last = (agoMs: number, key = 'hello', times = 1) => ({ atMs: NOW_MS - agoMs, key, times })
const FOR_EVER: Partial<Ban> = { until_ms: null }

for (const [name, settings, at, content, expected] of [
  ['nothing is set', {}, {}, 'hello', 'say'],
  ['slow mode, first words', { slow_mode_s: 10 }, {}, 'hello', 'say'],
  ['slow mode, too soon', { slow_mode_s: 10 }, { last: last(9999) }, 'hi', 'chat.slow-mode'],
  ['slow mode, in time', { slow_mode_s: 10 }, { last: last(10_000) }, 'hi', 'say'],
  ['a stranger', { followers_only: true }, {}, 'hello', 'chat.followers-only'],
  ['a follower', { followers_only: true }, { followedSinceMs: NOW_MS }, 'hello', 'say'],
  [
    'a new follower',
    { followers_only: true, followers_only_s: 60 },
    { followedSinceMs: NOW_MS - 59_999 },
    'hello',
    'chat.followers-only',
  ],
  [
    'a follower of a minute',
    { followers_only: true, followers_only_s: 60 },
    { followedSinceMs: NOW_MS - 60_000 },
    'hello',
    'say',
  ],
  ['words said before', { unique_messages: true }, { isRepeated: true }, 'hi', 'chat.not-unique'],
  ['words said before, which may be', {}, { isRepeated: true }, 'hi', 'say'],
  ['a third time', {}, { last: last(100, 'hello', 2) }, 'HELLO', 'say'],
  ['a fourth time', {}, { last: last(100, 'hello', 3) }, ' Hello', 'chat.repeated'],
  ['a fourth time, later', {}, { last: last(30_000, 'hello', 3) }, 'hello', 'say'],
  ['other words', {}, { last: last(100, 'hello', 3) }, 'goodbye', 'say'],
  ['emotes', { emotes_only: true }, {}, '👍 :wave:', 'say'],
  ['words among emotes', { emotes_only: true }, {}, '👍 yes', 'chat.emotes-only'],
  ['a link', { links_off: true }, {}, 'see example.com', 'chat.links-off'],
  ['a link that may be', {}, {}, 'see example.com', 'say'],
  ['a blocked word', { blocked_words: ['spam'] }, {}, 'SPAM!', 'chat.word-blocked'],
  ['a word to look at', { blocked_words: ['spam'], hold_blocked: true }, {}, 'spam', 'hold'],
  ['nothing to look at', { blocked_words: ['spam'], hold_blocked: true }, {}, 'ham', 'say'],
  ['a new account', { account_age_s: 2_000_000 }, {}, 'hello', 'chat.account-too-new'],
  ['an old account', { account_age_s: 1_000_000 }, {}, 'hello', 'say'],
] as const satisfies readonly (readonly [
  string,
  SettingsChange,
  Partial<Circumstances>,
  string,
  string,
])[]) {
  test(`[W32] ${name}: ${expected}`, () => {
    const rules = changeSettings(NO_RULES, settings)
    equal(decision(rules, BOB, content, at), expected)
    // Whoever keeps order is not kept from it.
    for (const who of [speakerOf(OWNER_ID), speakerOf('root-0001', { role: 'admin' }), MOD]) {
      equal(decision(addModerator(rules, MOD.userId), who, content, at), 'say')
    }
  })
}

test('[W32] who must wait is told for how long', () => {
  const rules = changeSettings(NO_RULES, { slow_mode_s: 10 })
  throws(
    () => decideMessage(BOB, 'hi', CHANNEL_ID, rules, { ...CALM, last: last(4000) }),
    (thrown) => thrown instanceof ViblyError && thrown.facts['retryAfterMs'] === 6000,
  )
})

for (const [name, change, code] of [
  ['for good', FOR_EVER, 'chat.banned'],
  ['for a time', { until_ms: NOW_MS + 1 }, 'chat.timed-out'],
  ['until now', { until_ms: NOW_MS }, null],
  ['of another', { user_id: asUser('eve-00001') }, null],
] as const) {
  test(`[W32] a ban ${name}: ${code ?? 'may speak'}`, () => {
    const rules = addBan(NO_RULES, ban(change), NOW_MS - 10)
    const check = () => checkBan(BOB.userId, rules, NOW_MS)
    if (code === null) check()
    else throws(check, { code })
    equal(decision(removeBan(rules, BOB.userId), BOB, 'hello', {}), 'say')
  })
}

test('a ban replaces an older one of the same user, and makes room by those that are over', () => {
  const first = addBan(NO_RULES, ban({ reason: 'one' }), NOW_MS)
  const second = addBan(first, ban({ reason: 'two' }), NOW_MS)
  deepEqual(
    second.bans.map(({ reason }) => reason),
    ['two'],
  )
  const many = Array.from({ length: BANS_MAX }, (_, n) =>
    ban({ user_id: asUser(`user-${n}`), until_ms: NOW_MS + 1000 }),
  )
  const full = { ...NO_RULES, bans: many }
  throws(() => addBan(full, ban({}), NOW_MS), { code: 'chat.rules-full' })
  equal(addBan(full, ban({}), NOW_MS + 1000).bans.length, 1)
})

test('moderators are named once, at most so many, and may be unnamed', () => {
  const twice = addModerator(addModerator(NO_RULES, MOD.userId), MOD.userId)
  deepEqual(twice.moderators, [MOD.userId])
  deepEqual(removeModerator(twice, MOD.userId).moderators, [])
  const full = Array.from({ length: MODERATORS_MAX }, (_, n) => asUser(`mod-${n}`))
  throws(() => addModerator({ ...NO_RULES, moderators: full }, MOD.userId), {
    code: 'chat.rules-full',
  })
})

for (const [who, may, roles] of [
  [speakerOf(OWNER_ID), true, ['owner']],
  [speakerOf('root-0001', { role: 'admin' }), true, ['admin']],
  [MOD, true, ['moderator']],
  [BOB, false, []],
  [speakerOf('mod-00001', { scopes: ['chat:write'] }), false, ['moderator', 'bot']],
  [speakerOf('mod-00001', { scopes: ['channel:moderate'] }), true, ['moderator', 'bot']],
  [speakerOf('bob-00001', { scopes: ['channel:moderate'] }), false, ['bot']],
] as const) {
  const what = `${who.username} ${who.role} ${who.scopes ?? 'in person'}`
  test(`[W32] ${what} ${may ? 'may moderate' : 'may not moderate'}`, () => {
    const rules = addModerator(NO_RULES, MOD.userId)
    equal(mayModerate(who, CHANNEL_ID, rules), may)
    deepEqual(rolesOf(who, CHANNEL_ID, rules), roles)
  })
}

test('rules are read as they were stored; what cannot be read counts as not set', () => {
  let rules = changeSettings(NO_RULES, { slow_mode_s: 30, blocked_words: ['spam'] })
  rules = addBan(addModerator(rules, MOD.userId), ban({}), NOW_MS)
  deepEqual(parseRules(JSON.parse(JSON.stringify(formatRules(rules)))), rules)
  for (const stored of [
    { slow_mode_s: 1 },
    { slow_mode_s: '30', blocked_words: 'spam', moderators: 'me', bans: {} },
    { moderators: ['../x'], bans: [{ user_id: 5 }] },
    JSON.parse('{"__proto__":{"slow_mode_s":30},"constructor":1}'),
  ]) {
    deepEqual(parseRules(stored), NO_RULES)
  }
  equal(parseRules({ slow_mode_s: 1, links_off: true }).settings.links_off, true, 'the rest counts')
})

test('a setting that is left out stays', () => {
  const rules = changeSettings(NO_RULES, { slow_mode_s: 30, links_off: true })
  const { settings } = changeSettings(rules, { slow_mode_s: 0 })
  deepEqual([settings.slow_mode_s, settings.links_off], [0, true])
})

function decision(
  rules: Rules,
  who: typeof BOB,
  content: string,
  at: Partial<Circumstances>,
): string {
  try {
    return decideMessage(who, content, CHANNEL_ID, rules, { ...CALM, ...at })
  } catch (thrown) {
    return thrown instanceof ViblyError ? thrown.code : String(thrown)
  }
}

function ban(change: Partial<Ban>): Ban {
  return {
    user_id: BOB.userId,
    until_ms: null,
    reason: '',
    by: OWNER_ID,
    created_at: '2026-01-01T00:00:00.000Z',
    ...change,
  }
}
