import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplayPage } from '../api/client.ts'
import { ReplayFeed } from './replay-feed.ts'

const SECONDS = 3_600

/** One message a second for an hour, in pages of 200, as the server gives them. */
function createHour() {
  const asked: string[] = []
  const ask = async (place: { fromMs: number; after: number | null }): Promise<ReplayPage> => {
    asked.push(`${place.fromMs} ${place.after}`)
    const first = place.after ?? Math.ceil(place.fromMs / 1000)
    const last = Math.min(SECONDS, first + 200)
    return {
      messages: Array.from({ length: Math.max(0, last - first) }, (_, at) => ({
        offset_ms: (first + at) * 1000,
        message: {
          type: 'notice',
          id: String(first + at),
          seq: first + at + 1,
          kind: 'test',
          content: '',
          created_at: '',
        },
      })),
      next_after: last < SECONDS ? last : null,
    }
  }
  const feed = new ReplayFeed(ask)
  const last = () => feed.shown.value.at(-1)?.offsetMs
  return { feed, asked, last }
}

test('the chat follows the picture, a page at a time and not before it is needed', async () => {
  const { feed, asked, last } = createHour()
  await feed.follow(500)
  assert.equal(last(), 0)
  for (let second = 1; second < 160; second += 1) await feed.follow(second * 1000)
  assert.equal(last(), 159_000)
  assert.deepEqual(asked, ['0 null'])
  await feed.follow(180_000)
  assert.deepEqual(asked, ['0 null', '0 200'])
})

test('a jump shows what was said just before it, forward, back, and to the end', async () => {
  const { feed, last } = createHour()
  for (const second of [0, 3_000, 3_001, 100, 3_599, 5_000, 0]) {
    await feed.follow(second * 1000)
    assert.equal(last(), Math.min(second, SECONDS - 1) * 1000, String(second))
    assert.ok(feed.shown.value.length <= 150)
  }
  assert.equal(feed.isEmpty.value, false)
})

test('silence is known when there is nothing at all', async () => {
  const feed = new ReplayFeed(async () => ({ messages: [], next_after: null }))
  await feed.follow(600_000)
  assert.equal(feed.isEmpty.value, false, 'what was said before is not known')
  await feed.follow(0)
  assert.equal(feed.isEmpty.value, true)
})
