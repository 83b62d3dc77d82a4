import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import type { BroadcastId } from '../../src/base/index.ts'
import { contents, openChatRoutes } from '../support/chat-routes-site.ts'
import { createBroadcast } from '../support/http-site.ts'

test('messages are paged, and deleted by their author or a moderator and nobody else', async (context) => {
  const { call, say, owner, ann, bob } = await openChatRoutes(context)
  const ids: string[] = []
  for (let n = 1; n <= 30; n += 1) ids.push((await say(n % 2 === 0 ? ann : bob, `message ${n}`)).id)
  const channel = `/api/channels/${owner.id}`
  const last = await call('GET', `${channel}/messages?limit=10`)
  equal(last.status, 200)
  deepEqual(
    contents(last.body),
    range(21, 30).map((n) => `message ${n}`),
  )
  const before = await call('GET', `${channel}/messages?limit=10&before=21`)
  deepEqual(
    contents(before.body),
    range(11, 20).map((n) => `message ${n}`),
  )
  equal((await call('GET', '/api/channels/olivia/messages?limit=1')).status, 200)
  equal((await call('GET', '/api/channels/nobody/messages')).status, 404)
  equal((await call('GET', `${channel}/messages?limit=0`)).status, 400)

  const first = `${channel}/messages/${ids[0]}`
  equal((await call('DELETE', first)).status, 401)
  equal((await call('DELETE', first, ann)).status, 403)
  equal((await call('DELETE', first, bob)).status, 204)
  equal((await call('DELETE', first, bob)).status, 404)
  equal((await call('DELETE', `${channel}/messages/${ids[1]}`, owner)).status, 204)
  equal((await call('DELETE', `${channel}/messages/..%2F..%2Fetc`, owner)).status, 404)
  const rest = await call('GET', `${channel}/messages?limit=100`)
  deepEqual(
    contents(rest.body),
    range(3, 30).map((n) => `message ${n}`),
  )
})

test('a thread is read from its first message on, by any message in it, however much lies between', async (context) => {
  const { call, say, owner, ann, bob } = await openChatRoutes(context)
  const messages = `/api/channels/${owner.id}/messages`
  const root = await say(ann, 'first')
  const replies: string[] = []
  let parent = root.id
  for (let n = 1; n <= 20; n += 1) {
    for (let k = 0; k < 70; k += 1) await say(bob, `between ${n} ${k}`)
    const reply = await say(n % 2 === 0 ? ann : bob, `reply ${n}`, parent)
    parent = reply.id
    replies.push(reply.id)
  }
  equal((await call('DELETE', `${messages}/${replies[4]}`, owner)).status, 204)
  const wanted = [
    'first',
    ...range(1, 20)
      .filter((n) => n !== 5)
      .map((n) => `reply ${n}`),
  ]
  const read: unknown[] = []
  for (let after = ''; ; ) {
    const url = `${messages}/${parent}/thread?limit=6${after}`
    const { body } = await call('GET', url)
    read.push(...contents(body))
    const { next_after: next } = z.object({ next_after: z.number().nullable() }).parse(body)
    if (next === null) break
    after = `&after=${next}`
  }
  deepEqual(read, wanted)
  // One whose first message is gone is still a thread.
  equal((await call('DELETE', `${messages}/${root.id}`, owner)).status, 204)
  const { body } = await call('GET', `${messages}/${root.id}/thread?limit=100`)
  deepEqual(contents(body), wanted.slice(1))
  equal((await call('GET', `${messages}/1-aaaaaaaaaaaa/thread`)).status, 404)
})

test('the owner, and nobody else, takes the whole chat away as JSON or text, without what was deleted', async (context) => {
  const { call, say, owner, ann } = await openChatRoutes(context)
  const ids: string[] = []
  // More than a page, so that the answer is written in pieces.
  for (let n = 1; n <= 1200; n += 1) ids.push((await say(ann, `message ${n}`)).id)
  for (const id of [ids[0], ids[700], ids[1199]]) {
    equal((await call('DELETE', `/api/channels/${owner.id}/messages/${id}`, owner)).status, 204)
  }
  const url = `/api/channels/${owner.id}/chat/export`
  equal((await call('GET', url)).status, 401)
  equal((await call('GET', url, ann)).status, 403)
  const kept = range(1, 1200).filter((n) => ![1, 701, 1200].includes(n))
  const json = await call('GET', url, owner)
  deepEqual(
    z.array(z.object({ content: z.string() })).parse(json.body),
    kept.map((n) => ({ content: `message ${n}` })),
  )
  const text = await call('GET', `${url}?format=text`, owner)
  equal(String(text.body).trim().split('\n').length, kept.length)
  match(String(text.body).split('\n')[0] ?? '', /^\d{4}-.*Z <annabel> message 2$/)
})

test('the chat of a broadcast is replayed from its start to its end, each message with its time', async (context) => {
  const { call, say, owner, ann, fake, clock } = await openChatRoutes(context)
  const minute = 60_000
  for (let n = 0; n < 30; n += 1) {
    await say(ann, `minute ${n}`)
    clock.jump(minute)
  }
  const id = 'broadcast-1' as BroadcastId
  const startMs = Date.UTC(2026, 0, 1) + 10 * minute
  const times = (endMs: number | null) => ({
    startedAt: new Date(startMs).toISOString(),
    endedAt: endMs === null ? null : new Date(endMs).toISOString(),
  })
  const broadcast = createBroadcast(id, owner.id)
  fake.broadcasts = [{ ...broadcast, ...times(startMs + 10 * minute) }]
  const url = `/api/broadcasts/${id}/messages`
  const all = await call('GET', url)
  deepEqual(
    replayed(all.body).messages,
    range(10, 20).map((n) => [(n - 10) * minute, `minute ${n}`]),
  )
  equal(replayed(all.body).next, null)
  // Page by page it is the same, and one may begin in the middle.
  const paged: unknown[] = []
  for (let after: number | null = null; ; ) {
    const query: string = after === null ? '?limit=4' : `?limit=4&after=${after}`
    const page = replayed((await call('GET', url + query)).body)
    paged.push(...page.messages)
    if (page.next === null) break
    after = page.next
  }
  deepEqual(paged, replayed(all.body).messages)
  const later = await call('GET', `${url}?from_ms=${5 * minute}&limit=2`)
  deepEqual(replayed(later.body).messages, [
    [5 * minute, 'minute 15'],
    [6 * minute, 'minute 16'],
  ])
  // One that is still live ends where the chat ends.
  fake.broadcasts = [{ ...broadcast, ...times(null) }]
  equal(replayed((await call('GET', url)).body).messages.length, 20)
  equal((await call('GET', '/api/broadcasts/broadcast-2/messages')).status, 404)
  equal((await call('GET', `${url}?after=0`)).status, 400)
})

/** Offset and content of each message, and where to go on. */
function replayed(body: unknown) {
  const page = z
    .object({
      messages: z.array(
        z.object({ offset_ms: z.number(), message: z.object({ content: z.string() }) }),
      ),
      next_after: z.number().nullable(),
    })
    .parse(body)
  const messages = page.messages.map(({ offset_ms, message }) => [offset_ms, message.content])
  return { messages, next: page.next_after }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n)
}
