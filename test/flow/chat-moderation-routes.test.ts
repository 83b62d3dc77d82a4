import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { contents, openChatRoutes } from '../support/chat-routes-site.ts'

test('[W32] bans, moderators and settings by API obey the same rules as by chat', async (context) => {
  const { call, say, owner, ann, bob } = await openChatRoutes(context)
  const channel = `/api/channels/${owner.id}`
  await say(bob, 'rude')
  equal((await call('PUT', `${channel}/bans/${bob.id}`, ann, {})).status, 403)
  equal((await call('PUT', `${channel}/moderators/${ann.id}`, ann)).status, 403)
  equal((await call('PUT', `${channel}/moderators/${ann.id}`, owner)).status, 204)
  equal((await call('PUT', `${channel}/bans/${bob.id}`, ann, { duration_s: 600 })).status, 204)
  await say(bob, 'ruder').then(
    () => ok(false, 'a timeout silences'),
    ({ code }) => equal(code, 'chat.timed-out'),
  )
  deepEqual(contents((await call('GET', `${channel}/messages`)).body), [])
  equal((await call('DELETE', `${channel}/bans/${bob.id}`, ann)).status, 204)
  await say(bob, 'thanks')
  equal((await call('PUT', `${channel}/bans/${owner.id}`, ann, {})).status, 403)
  equal((await call('PUT', `${channel}/bans/${bob.id}`, ann, { duration_s: 0 })).status, 400)
  equal((await call('PATCH', `${channel}/chat/settings`, ann, { slow_mode_s: 30 })).status, 204)
  equal((await call('PATCH', `${channel}/chat/settings`, bob, { slow_mode_s: 0 })).status, 403)
  const actions = await call('GET', `${channel}/chat/actions`, owner)
  match(JSON.stringify(actions.body), /timeout.*unban.*settings/)
  equal((await call('GET', `${channel}/chat/actions`, bob)).status, 403)
})

test('[W32] what moderators need to see they may ask for, and nobody else', async (context) => {
  const { call, say, owner, ann, bob } = await openChatRoutes(context)
  const channel = `/api/channels/${owner.id}`
  await say(ann, 'one')
  await say(bob, 'two')
  await say(bob, 'three')
  equal((await call('PUT', `${channel}/moderators/${ann.id}`, owner)).status, 204)
  deepEqual((await call('GET', `${channel}/moderators`, ann)).body, {
    moderators: [{ id: ann.id, username: 'annabel', display_name: 'annabel' }],
  })
  const purge = `${channel}/messages?user_id=${bob.id}`
  equal((await call('DELETE', purge, bob)).status, 403)
  equal((await call('DELETE', purge, ann)).status, 204)
  deepEqual(contents((await call('GET', `${channel}/messages`)).body), ['one'])
  const said = await call('POST', `${channel}/chat/announcements`, ann, { content: 'Welcome' })
  equal(said.status, 201)
  deepEqual(contents((await call('GET', `${channel}/messages`)).body), ['one', 'Welcome'])

  await call('PUT', `${channel}/bans/${bob.id}`, ann, { duration_s: 600, reason: 'spam' })
  const { body } = await call('GET', `${channel}/bans`, ann)
  match(JSON.stringify(body), /"username":"bobby".*"until":"20.*"reason":"spam"/)
  equal((await call('DELETE', `${channel}/bans/${bob.id}`, ann)).status, 204)
  deepEqual((await call('GET', `${channel}/bans`, ann)).body, { bans: [] })

  const rules = { blocked_words: ['darn'], hold_blocked: true, links_off: true }
  equal((await call('PATCH', `${channel}/chat/settings`, ann, rules)).status, 204)
  const { body: settings } = await call('GET', `${channel}/chat/settings`, ann)
  match(JSON.stringify(settings), /"blocked_words":\["darn"\]/)
  const shown = await call('GET', channel)
  ok(!JSON.stringify(shown.body).includes('darn'), 'blocked words are the moderators’ alone')
  for (const content of ['darn it', 'darn that']) {
    await say(bob, content).then(
      () => ok(false, 'held'),
      ({ code }) => equal(code, 'chat.held'),
    )
  }
  const held = z.object({ held: z.array(z.object({ id: z.string() })) })
  const [first, second] = held.parse((await call('GET', `${channel}/chat/held`, ann)).body).held
  const decide = (id = '', how = '') => call('POST', `${channel}/chat/held/${id}/${how}`, ann)
  equal((await call('POST', `${channel}/chat/held/${first?.id}/approve`, bob)).status, 403)
  equal((await decide(first?.id, 'approve')).status, 204)
  equal((await decide(second?.id, 'reject')).status, 204)
  equal((await decide(first?.id, 'approve')).status, 404)
  const now = contents((await call('GET', `${channel}/messages`)).body)
  deepEqual(now.slice(-1), ['darn it'])

  for (const path of ['bans', 'moderators', 'chat/settings', 'chat/held', 'chat/actions']) {
    equal((await call('GET', `${channel}/${path}`, bob)).status, 403, path)
    equal((await call('GET', `${channel}/${path}`)).status, 401, path)
  }
})

test('[W32] a bot moderates by request as its scopes say, and is never its owner in person', async (context) => {
  const { call, say, tokens, owner, bob } = await openChatRoutes(context)
  const channel = `/api/channels/${owner.id}`
  const botOf = async (...scopes: ('chat:read' | 'chat:write' | 'channel:moderate')[]) => {
    const { token } = await tokens.create(owner.id, 'bot', scopes)
    return { id: owner.id, token: token.reveal() }
  }
  const [reader, writer, moderator] = [
    await botOf('chat:read'),
    await botOf('chat:write'),
    await botOf('channel:moderate'),
  ]
  const { id } = await say(bob, 'one')
  const own = await say(owner, 'mine')
  equal((await call('DELETE', `${channel}/messages/${id}`, writer)).status, 403)
  equal((await call('DELETE', `${channel}/messages/${own.id}`, reader)).status, 403)
  equal((await call('DELETE', `${channel}/messages/${own.id}`, writer)).status, 204)
  equal((await call('DELETE', `${channel}/messages/${id}`, moderator)).status, 204)
  equal((await call('PUT', `${channel}/moderators/${bob.id}`, writer)).status, 403)
  for (const bot of [reader, writer, moderator]) {
    equal((await call('GET', `${channel}/chat/export`, bot)).status, 403)
    equal((await call('GET', '/api/me/tokens', bot)).status, 401)
  }
})
