import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { createId, ViblyError } from '../../src/base/index.ts'
import type { Entry, Log } from '../../src/ports/index.ts'

/** Opens the same store again and again, so that the suite can look at it after a restart. */
export type OpenLog = () => Promise<Log>

/**
 * What every log promises, whatever stores it: `createStore` makes an empty store and its opener.
 */
export function testLog(name: string, createStore: () => Promise<OpenLog>): void {
  test(`${name}: numbers from 1 and gives the record back as it was stored`, async () => {
    const log = await (await createStore())()
    const entry = await log.append('channel-1', () => '{"content":"hello"}')
    equal(entry.seq, 1)
    const value: unknown = JSON.parse(textOf(entry))
    ok(typeof value === 'object' && value !== null && 'content' in value && 'seq' in value)
    equal(value.content, 'hello')
    equal(value.seq, 1)
    const read = await log.read('channel-1', { after: 0 }, 10)
    deepEqual(read.map(textOf), [textOf(entry)])
    await log.close()
  })

  test(`${name}: a follower sees everything after its position once, in order, before the append resolves`, async () => {
    const log = await (await createStore())()
    await appendMany(log, 'channel-1', 3)
    const seen: number[] = []
    const following = await log.follow('channel-1', (entries) => seen.push(...entries.map(seqOf)))
    equal(following.position.lastSeq, 3)
    const appended = Array.from({ length: 20 }, async () => {
      const entry = await log.append('channel-1', () => '{"a":1}')
      ok(seen.includes(entry.seq))
    })
    await Promise.all(appended)
    deepEqual(seen, numbers(4, 23))
    following.stop()
    await appendMany(log, 'channel-1', 1)
    equal(seen.length, 20)
    await log.close()
  })

  test(`${name}: a record that refuses itself leaves no trace and no gap`, async () => {
    const log = await (await createStore())()
    const refuse = () => {
      throw new ViblyError('log.record-too-large')
    }
    const results = await Promise.allSettled([
      log.append('channel-1', () => '{"a":1}'),
      log.append('channel-1', refuse),
      log.append('channel-1', () => '{"a":3}'),
    ])
    deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    const read = await log.read('channel-1', { after: 0 }, 10)
    deepEqual(read.map(seqOf), [1, 2])
    await rejects(
      log.append('channel-1', () => `{"a":"${'x'.repeat(20_000)}"}`),
      {
        code: 'log.record-too-large',
      },
    )
    await log.close()
  })

  test(`${name}: after a restart position, epoch and records are the same`, async () => {
    const open = await createStore()
    const first = await open()
    await appendMany(first, 'channel-1', 5)
    const before = await first.follow('channel-1', () => undefined)
    const texts = (await first.read('channel-1', { after: 0 }, 10)).map(textOf)
    await first.close()
    await rejects(
      first.append('channel-1', () => '{"a":1}'),
      { code: 'log.closed' },
    )

    const second = await open()
    const after = await second.follow('channel-1', () => undefined)
    deepEqual({ ...after.position }, { epoch: before.position.epoch, lastSeq: 5 })
    deepEqual((await second.read('channel-1', { after: 0 }, 10)).map(textOf), texts)
    equal((await second.append('channel-1', () => '{"a":1}')).seq, 6)
    await second.close()
  })

  test(`${name}: reads any span, from either side, across everything stored`, async () => {
    const log = await (await createStore())()
    await appendMany(log, 'channel-1', 2500)
    for (const [span, countMax, expected] of [
      [{ after: 0 }, 3, [1, 2, 3]],
      [{ after: 1234 }, 2, [1235, 1236]],
      [{ after: 2498 }, 50, [2499, 2500]],
      [{ after: 2500 }, 50, []],
      [{ after: 9999 }, 50, []],
      [{ before: 2501 }, 3, [2498, 2499, 2500]],
      [{ before: 9999 }, 2, [2499, 2500]],
      [{ before: 1235 }, 2, [1233, 1234]],
      [{ before: 3 }, 50, [1, 2]],
      [{ before: 1 }, 50, []],
      [{ after: 0 }, 10_000, numbers(1, 2500)],
      [{ before: 2501 }, 10_000, numbers(1, 2500)],
    ] as const) {
      const read = await log.read('channel-1', span, countMax)
      deepEqual(read.map(seqOf), expected, JSON.stringify(span))
    }
    await log.close()
  })

  test(`${name}: topics know nothing of each other, and a name that is no id is refused`, async () => {
    const log = await (await createStore())()
    const topics = Array.from({ length: 40 }, () =>
      createId<string & ReturnType<typeof createId>>(),
    )
    await Promise.all(topics.map((topic) => appendMany(log, topic, 3)))
    for (const topic of topics) {
      deepEqual((await log.read(topic, { after: 0 }, 10)).map(seqOf), [1, 2, 3])
    }
    for (const name of [
      '',
      'short',
      '../../etc/passwd',
      'a'.repeat(41),
      'channel.1',
      'channel/1',
      'channel\0',
    ]) {
      await rejects(
        log.append(name, () => '{"a":1}'),
        { code: 'log.topic-invalid' },
      )
    }
    await log.close()
  })
}

async function appendMany(log: Log, topic: string, count: number): Promise<void> {
  // In lots, since no more than so many may wait.
  for (let at = 0; at < count; at += 500) {
    const lot = Math.min(500, count - at)
    await Promise.all(
      Array.from({ length: lot }, (_, n) =>
        log.append(topic, (seq) =>
          JSON.stringify({ type: 'message', content: `text ${seq} ${n}` }),
        ),
      ),
    )
  }
}

function textOf(entry: Entry): string {
  return Buffer.from(entry.bytes).toString('utf8')
}

function seqOf(entry: Entry): number {
  return entry.seq
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n)
}
