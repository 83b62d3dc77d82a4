import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { UserId } from '../../src/base/index.ts'
import { ChatClient, messagesOf, type ServerFrame } from '../support/chat-client.ts'
import { ADMIN, CHANNEL, openChatSite } from '../support/chat-site.ts'

const OWNER = 'channel-1.owner'
const ANN = 'ann-00001.s1'
const BOB = 'bob-00001.s2'
const MOD = 'mod-00001.s3'

test('[W32] who is no moderator moderates nothing, whatever they send', async (context) => {
  const { port } = await openChatSite(context)
  const bob = await ChatClient.join(port, { token: BOB })
  const ann = await ChatClient.join(port, { token: ANN })
  const message = await ann.say('hello')
  for (const frame of [
    { type: 'delete', id: message.id },
    { type: 'delete', user_id: 'ann-00001' },
    { type: 'ban', user_id: 'ann-00001' },
    { type: 'unban', user_id: 'ann-00001' },
    { type: 'settings', slow_mode_s: 3 },
    { type: 'announce', content: 'I am the owner' },
    { type: 'approve', id: 'abcdefgh' },
    { type: 'reject', id: 'abcdefgh' },
  ]) {
    equal((await bob.ask(frame)).code, 'chat.not-moderator', JSON.stringify(frame))
  }
  const nobody = await ChatClient.join(port)
  equal((await nobody.say('hello')).code, 'chat.not-signed-in')
  const other = await ChatClient.join(port, { token: OWNER, channelId: 'channel-2' })
  equal((await other.ask({ type: 'ban', user_id: 'ann-00001' })).code, 'chat.not-moderator')
  equal((await ChatClient.join(port)).messages.length, 1)
})

test('[W32] author, place and time are the server’s, whatever a message claims', async (context) => {
  const { port } = await openChatSite(context)
  const ann = await ChatClient.join(port, { token: ANN })
  const ack = await ann.say('hello', {
    id: 'forged-id1',
    seq: 999,
    channel_id: 'channel-2',
    thread_id: 'forged-id1',
    user: { id: 'channel-1', username: 'owner', roles: ['owner'] },
    created_at: '1970-01-01T00:00:00.000Z',
    kind: 'announcement',
    sum: '00000000',
  })
  const { id, seq, user, created_at, thread_id, kind } = await ann.wait(
    ({ type }) => type === 'message',
  )
  deepEqual({ id, seq }, { id: ack.id, seq: 1 })
  deepEqual(user, { id: 'ann-00001', username: 'ann', display_name: 'ANN', roles: [] })
  ok(String(created_at) > '2026')
  deepEqual([thread_id, kind], [null, undefined])
})

test('[W32] a timeout and a ban silence at once, purge, and end when they should', async (context) => {
  const { port, chat } = await openChatSite(context)
  const owner = await ChatClient.join(port, { token: OWNER })
  const bob = await ChatClient.join(port, { token: BOB })
  await bob.say('rude')
  equal((await owner.ask({ type: 'ban', user_id: 'bob-00001', duration_s: 1 })).type, 'ack')
  const refused = await bob.say('ruder')
  equal(refused.code, 'chat.timed-out')
  const waitMs = Number(refused['retry_after_ms'])
  ok(waitMs > 0 && waitMs <= 1000)
  equal(messagesOf((await ChatClient.join(port)).history).length, 0)
  await waitUntil(async () => (await bob.say('sorry')).type === 'ack')

  equal((await owner.ask({ type: 'ban', user_id: 'bob-00001', reason: 'spam' })).type, 'ack')
  equal((await bob.say('again')).code, 'chat.banned')
  equal((await owner.ask({ type: 'unban', user_id: 'bob-00001' })).type, 'ack')
  equal((await bob.say('thanks')).type, 'ack')
  for (const [duration, code] of [
    [0, 'chat.frame-invalid'],
    [1_209_601, 'chat.frame-invalid'],
    [1.5, 'chat.frame-invalid'],
  ] as const) {
    const answer = await owner.ask({ type: 'ban', user_id: 'bob-00001', duration_s: duration })
    equal(answer.code, code)
  }
  const room = await chat.room(CHANNEL)
  const ownerAsSpeaker = speaker('channel-1')
  const actions = await chat.moderation.actions(room, ownerAsSpeaker, 1000, 50)
  const names = actions.map((action) => (action as ServerFrame)['action'])
  deepEqual(names, ['purge', 'timeout', 'purge', 'ban', 'unban'])
})

test('[W32] owners, administrators and fellow moderators are out of a moderator’s reach', async (context) => {
  const { port, chat } = await openChatSite(context)
  const room = await chat.room(CHANNEL)
  await chat.moderation.setModerator(room, speaker('channel-1'), 'mod-00001' as UserId, 'add')
  await chat.moderation.setModerator(room, speaker('channel-1'), 'mod-00002' as UserId, 'add')
  const mod = await ChatClient.join(port, { token: MOD })
  for (const target of ['channel-1', ADMIN, 'mod-00002', 'mod-00001']) {
    equal((await mod.ask({ type: 'ban', user_id: target })).code, 'chat.target-protected', target)
  }
  equal((await mod.ask({ type: 'ban', user_id: 'gone-00001' })).code, 'chat.user-missing')
  const own = await mod.say('mine')
  const frame = await mod.wait(({ id, type }) => id === own.id && type === 'message')
  deepEqual((frame['user'] as ServerFrame)['roles'], ['moderator'])
  equal((await mod.ask({ type: 'ban', user_id: 'bob-00001' })).type, 'ack')
  await chat.moderation.setModerator(room, speaker('channel-1'), 'mod-00001' as UserId, 'remove')
  equal((await mod.ask({ type: 'unban', user_id: 'bob-00001' })).code, 'chat.not-moderator')
})

test('settings are enforced by the server: slow mode, followers, age, unique, emotes, links, words', async (context) => {
  const { port, followers } = await openChatSite(context, { chat: { limits: 'off' } })
  const owner = await ChatClient.join(port, { token: OWNER })
  const bob = await ChatClient.join(port, { token: BOB })
  const set = async (change: object) => {
    equal((await owner.ask({ type: 'settings', ...change })).type, 'ack', JSON.stringify(change))
  }
  const codeOf = async (content: string) => (await bob.say(content)).code ?? 'ack'

  await set({ slow_mode_s: 3 })
  await bob.wait(({ type, kind }) => type === 'notice' && kind === 'slow_mode_on')
  equal(await codeOf('one'), 'ack')
  const slow = await bob.say('two')
  equal(slow.code, 'chat.slow-mode')
  ok(Number(slow['retry_after_ms']) > 1000)
  equal((await owner.say('I may')).type, 'ack')
  equal((await owner.say('at once')).type, 'ack')
  await set({ slow_mode_s: 0 })
  equal(await codeOf('three'), 'ack')

  await set({ followers_only: true })
  equal(await codeOf('four'), 'chat.followers-only')
  followers.set('bob-00001', Date.now() - 5000)
  equal(await codeOf('four'), 'ack')
  await set({ followers_only_s: 600 })
  equal(await codeOf('five'), 'chat.followers-only')
  await set({ followers_only: false, account_age_s: 60 })
  const young = await ChatClient.join(port, { token: 'newbie-0001.s9' })
  equal((await young.say('hi')).code, 'chat.account-too-new')

  await set({ account_age_s: 0, unique_messages: true })
  equal(await codeOf('Same  words'), 'ack')
  equal(await codeOf('same words'), 'chat.not-unique')
  await set({ unique_messages: false, emotes_only: true })
  equal(await codeOf('words'), 'chat.emotes-only')
  equal(await codeOf('🎉 :wave: 👨‍👩‍👧'), 'ack')
  await set({ emotes_only: false, links_off: true })
  equal(await codeOf('see https://example.org/x'), 'chat.links-off')
  equal(await codeOf('no link. really'), 'ack')
  await set({ links_off: false, blocked_words: ['darn', 'he*ck', 'two words'] })
  for (const bad of ['DARN!', 'da\u200Brn', 'ｄａｒｎ', 'heeeck', 'so two  words']) {
    equal(await codeOf(bad), 'chat.word-blocked', bad)
  }
  equal(await codeOf('darning is fine, two other words'), 'ack')
  for (const bad of [{ slow_mode_s: 1 }, { slow_mode_s: 121 }, { blocked_words: 'x' }]) {
    equal((await owner.ask({ type: 'settings', ...bad })).code, 'chat.frame-invalid')
  }
})

test('a held message is seen by moderators alone until they let it, and never leaks', async (context) => {
  const { port, restart } = await openChatSite(context)
  const owner = await ChatClient.join(port, { token: OWNER })
  const bob = await ChatClient.join(port, { token: BOB })
  await owner.ask({ type: 'settings', blocked_words: ['maybe'], hold_blocked: true })
  equal((await bob.say('maybe this')).code, 'chat.held')
  equal((await bob.say('maybe that')).code, 'chat.held')
  const held = await owner.wait(({ type }) => type === 'held')
  const second = await owner.wait(
    ({ type, content }) => type === 'held' && content === 'maybe that',
  )
  ok(bob.frames.every(({ type }) => type !== 'held'))
  equal((await bob.ask({ type: 'approve', id: held.id })).code, 'chat.not-moderator')
  equal((await ChatClient.join(port)).messages.length, 0)

  equal((await owner.ask({ type: 'reject', id: second.id })).type, 'ack')
  const said = await owner.ask({ type: 'approve', id: held.id })
  equal(said.type, 'ack')
  equal((await bob.wait(({ type }) => type === 'message')).content, 'maybe this')
  equal((await owner.ask({ type: 'approve', id: held.id })).code, 'chat.message-missing')
  const again = await restart()
  const fresh = await ChatClient.join(again.port)
  deepEqual(
    fresh.messages.map(({ content }) => content),
    ['maybe this'],
  )
})

test('[W31] who sends too fast, or the same again and again, is told how long to wait', async (context) => {
  const { port } = await openChatSite(context)
  const ann = await ChatClient.join(port, { token: ANN })
  const answers = await Promise.all(Array.from({ length: 15 }, (_, n) => ann.say(`message ${n}`)))
  const refused = answers.filter(({ code }) => code === 'chat.rate-limited')
  ok(refused.length >= 3 && refused.length <= 5, `${refused.length} refused`)
  ok(refused.every((answer) => Number(answer['retry_after_ms']) > 0))
  const bob = await ChatClient.join(port, { token: BOB })
  const same = []
  for (let n = 0; n < 4; n += 1) same.push((await bob.say('buy now')).code ?? 'ack')
  deepEqual(same, ['ack', 'ack', 'ack', 'chat.repeated'])
})

test('everyone is told how the chat is set, and each what they may do, at once and when it changes', async (context) => {
  const { port } = await openChatSite(context)
  const owner = await ChatClient.join(port, { token: OWNER })
  const bob = await ChatClient.join(port, { token: BOB })
  const nobody = await ChatClient.join(port)
  const bot = await ChatClient.join(port, { token: 'bot-00001.s9' })
  const you = (client: ChatClient, isWanted: (frame: ServerFrame) => boolean, from = 0) =>
    client.wait((frame) => frame.type === 'you' && isWanted(frame), from)
  const first = await you(owner, () => true)
  deepEqual([first['may_moderate'], first['may_write']], [true, true])
  deepEqual(first['user'], {
    ...{ id: 'channel-1', username: 'channel', display_name: 'CHANNEL' },
    roles: ['owner'],
  })
  equal((await you(bob, () => true))['may_moderate'], false)
  equal((await you(bot, () => true))['may_write'], false)
  equal((await nobody.wait(({ type }) => type === 'settings'))['slow_mode_s'], 0)
  deepEqual(nobody.frames.map(({ type }) => type).slice(0, 3), ['history', 'stream', 'settings'])

  await owner.ask({ type: 'settings', slow_mode_s: 3, blocked_words: ['darn'] })
  const told = await nobody.wait(({ slow_mode_s }) => slow_mode_s === 3)
  equal('blocked_words' in told, false)
  await owner.ask({ type: 'ban', user_id: 'bob-00001', duration_s: 60 })
  const silenced = await you(bob, ({ may_write }) => may_write === false)
  ok(Number(silenced['retry_after_ms']) > 50_000)
  const from = bob.frames.length
  await owner.ask({ type: 'unban', user_id: 'bob-00001' })
  await you(bob, ({ may_write }) => may_write === true, from)
  await owner.ask({ type: 'ban', user_id: 'bob-00001' })
  const banned = await you(bob, ({ may_write }) => may_write === false, from)
  equal('retry_after_ms' in banned, false)
  equal(nobody.frames.filter(({ type }) => type === 'you').length, 0)
})

test('[W32] bans by two moderators at the same moment both count', async (context) => {
  const { port, settings } = await openChatSite(context)
  const owner = await ChatClient.join(port, { token: OWNER })
  const admin = await ChatClient.join(port, { token: `${ADMIN}.s9` })
  const users = Array.from({ length: 20 }, (_, n) => `user-${String(n).padStart(4, '0')}`)
  await Promise.all(
    users.map((user_id, n) => (n % 2 === 0 ? owner : admin).ask({ type: 'ban', user_id })),
  )
  const bans = settings.get(CHANNEL)?.['bans']
  ok(Array.isArray(bans))
  deepEqual(bans.map(({ user_id }) => user_id).sort(), users)
})

test('a moderator who comes sees what waits, and when another one decides; their bot without the scope does not', async (context) => {
  const { port } = await openChatSite(context)
  const owner = await ChatClient.join(port, { token: OWNER })
  await owner.ask({ type: 'settings', blocked_words: ['darn'], hold_blocked: true })
  const bob = await ChatClient.join(port, { token: BOB })
  for (const content of ['darn one', 'darn two']) {
    equal((await bob.say(content)).code, 'chat.held')
  }
  const admin = await ChatClient.join(port, { token: `${ADMIN}.s9` })
  const one = await admin.wait(({ type, content }) => type === 'held' && content === 'darn one')
  const two = await admin.wait(({ type, content }) => type === 'held' && content === 'darn two')
  await owner.ask({ type: 'approve', id: one.id })
  await admin.wait(({ type, id }) => type === 'decided' && id === one.id)
  await admin.ask({ type: 'reject', id: two.id })
  await owner.wait(({ type, id }) => type === 'decided' && id === two.id)
  equal(bob.frames.filter(({ type }) => type === 'held' || type === 'decided').length, 0)
  const late = await ChatClient.join(port, { token: `${ADMIN}.s8` })
  await late.say('nothing waits')
  equal(late.frames.filter(({ type }) => type === 'held').length, 0)
})

test('slow mode and what is said once outlive a restart', async (context) => {
  const site = await openChatSite(context)
  const owner = await ChatClient.join(site.port, { token: OWNER })
  await owner.ask({ type: 'settings', slow_mode_s: 120, unique_messages: true })
  equal((await (await ChatClient.join(site.port, { token: BOB })).say('hello')).type, 'ack')
  const again = await site.restart()
  again.settings.set(CHANNEL, site.settings.get(CHANNEL) ?? {})
  const bob = await ChatClient.join(again.port, { token: BOB })
  equal((await bob.say('something else')).code, 'chat.slow-mode')
  const ann = await ChatClient.join(again.port, { token: ANN })
  equal((await ann.say('hello')).code, 'chat.not-unique')
})

test('a held message outlives a restart, is decided on once, and stands in no file that is served', async (context) => {
  const site = await openChatSite(context)
  const owner = await ChatClient.join(site.port, { token: OWNER })
  const bob = await ChatClient.join(site.port, { token: BOB })
  await owner.ask({ type: 'settings', blocked_words: ['maybe'], hold_blocked: true })
  const first = await bob.say('hello')
  for (const content of ['maybe one', 'maybe two', 'maybe three']) {
    equal((await bob.say(content, { parent_id: first.id })).code, 'chat.held')
  }
  const ids = owner.frames.filter(({ type }) => type === 'held').map(({ id }) => id)
  equal((await owner.ask({ type: 'reject', id: ids[0] })).type, 'ack')

  const again = await site.restart()
  const room = await again.chat.room(CHANNEL)
  const held = await again.chat.moderation.held(room, speaker('channel-1'))
  deepEqual(
    held.map(({ id, content, user }) => [id, content, user.id]),
    [
      [ids[1], 'maybe two', 'bob-00001'],
      [ids[2], 'maybe three', 'bob-00001'],
    ],
  )
  const back = await ChatClient.join(again.port, { token: OWNER })
  const said = await back.ask({ type: 'approve', id: ids[1] })
  const shown = await back.wait(({ id, type }) => type === 'message' && id === said.id)
  equal(shown['parent_id'], first.id)
  equal((await back.ask({ type: 'approve', id: ids[1] })).code, 'chat.message-missing')
  await back.ask({ type: 'reject', id: ids[2] })
  const third = await site.restart()
  const left = await third.chat.moderation.held(
    await third.chat.room(CHANNEL),
    speaker('channel-1'),
  )
  deepEqual(left, [])
  const file = await readFile(join(site.directory, 'chat_channel-1.json'), 'utf8')
  equal(file.includes('maybe two'), true)
  equal(file.includes('maybe three') || file.includes('maybe one'), false)
})

test('[W32] what someone silenced had waiting cannot be said for them, and waits on', async (context) => {
  const { port } = await openChatSite(context)
  const owner = await ChatClient.join(port, { token: OWNER })
  const bob = await ChatClient.join(port, { token: BOB })
  await owner.ask({ type: 'settings', blocked_words: ['maybe'], hold_blocked: true })
  equal((await bob.say('maybe')).code, 'chat.held')
  const { id } = await owner.wait(({ type }) => type === 'held')
  await owner.ask({ type: 'ban', user_id: 'bob-00001' })
  equal((await owner.ask({ type: 'approve', id })).code, 'chat.banned')
  await owner.ask({ type: 'unban', user_id: 'bob-00001' })
  // Two moderators decide at once: one of them comes too late, and it is said once.
  const other = await ChatClient.join(port, { token: `${ADMIN}.s9` })
  const answers = await Promise.all([owner, other].map((one) => one.ask({ type: 'approve', id })))
  const results = new Set(answers.map(({ type, code }) => code ?? type))
  deepEqual(results, new Set(['ack', 'chat.message-missing']))
  const reader = await ChatClient.join(port)
  equal(reader.messages.filter(({ content }) => content === 'maybe').length, 1)
})

test('a bot may do what its token says', async (context) => {
  const { port } = await openChatSite(context)
  const bot = await ChatClient.join(port, { token: 'bot-000001.s5' })
  equal((await bot.say('beep')).code, 'chat.scope-missing')
})

function speaker(userId: string) {
  const role = 'user' as const
  const id = userId as UserId
  const base = { username: 'owner', displayName: 'Owner', role, createdAtMs: 0, scopes: null }
  return { ...base, userId: id }
}

async function waitUntil(isDone: () => Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(10_000)
  while (!(await isDone())) {
    signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
