import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openLog } from '../../../test/support/log-files.ts'
import { MemoryDisk } from '../../../test/support/memory-disk.ts'
import { CHANNEL_ID } from '../../../test/support/speakers.ts'
import type { Log } from '../../ports/index.ts'
import { CHAT_DEFAULTS } from '../chat.ts'
import { createMessageId } from '../messages/record.ts'
import { History, type HistoryOptions } from './history.ts'

const START_MS = Date.UTC(2026, 0, 1)
/** So small that most of it is read from the file. */
const SMALL: HistoryOptions = {
  messagesShown: 5,
  entriesInMemoryMax: 8,
  resumeEntriesMax: 20,
  depthEntriesMax: 1000,
}

test('the last messages are shown, in order, without what was deleted', async () => {
  const { log, ids, say, remove } = await openChat()
  await say(12)
  await remove(ids[10] ?? '')
  const history = await openHistory(log, SMALL)
  deepEqual(shownIn(history.frame(null, 13)), ['m7', 'm8', 'm9', 'm10', 'm12'])
  equal(headOf(history.frame(null, 13)).recovered, false)
})

test('whatever position one comes back with, one gets exactly what was missed, or the truth', async () => {
  const { log, ids, say, remove, epoch } = await openChat()
  await say(30)
  await remove(ids[3] ?? '')
  const history = await openHistory(log, SMALL)
  const lastSeq = 31
  for (let seq = 0; seq <= lastSeq + 2; seq += 1) {
    const since = { seq, epoch }
    const made: Uint8Array[] = []
    const ready = history.frame(since, lastSeq)
    if (ready === null) {
      await history.prepare(
        since,
        () => lastSeq,
        (frame) => made.push(frame),
      )
    } else made.push(ready)
    const head = headOf(made[0] ?? null)
    const missed = Array.from({ length: 30 - Math.min(30, seq) }, (_, n) => `m${seq + n + 1}`)
    const isRecovered = seq <= lastSeq && lastSeq - seq <= SMALL.resumeEntriesMax
    equal(head.recovered, isRecovered, `from ${seq}`)
    equal(head.last_seq, lastSeq)
    if (!isRecovered) equal(shownIn(made[0] ?? null).length, 5, `from ${seq}`)
    else {
      const expected = [...missed.filter((one) => one !== 'm4'), ...(seq < 31 ? ['delete'] : [])]
      deepEqual(shownIn(made[0] ?? null), expected, `from ${seq}`)
    }
  }
  const other = headOf(history.frame({ seq: 30, epoch: 'another-epoch' }, lastSeq))
  equal(other.recovered, false, 'another epoch is another history')
})

test('pages forward and backward hold the same messages, however long each page', async () => {
  const { log, ids, say, remove } = await openChat()
  await say(60)
  for (const n of [0, 17, 18, 19, 59]) await remove(ids[n] ?? '')
  const history = await openHistory(log, SMALL)
  const kept = Array.from({ length: 60 }, (_, n) => n).filter(
    (n) => ![0, 17, 18, 19, 59].includes(n),
  )
  const expected = kept.map((n) => `m${n + 1}`)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 70 }), async (countMax) => {
      const forward: string[] = []
      for (let after: number | null = 0; after !== null; ) {
        const page = await history.pageAfter(after, countMax)
        forward.push(...page.shown.map(({ bytes }) => contentIn(bytes)))
        after = page.nextAfter
      }
      deepEqual(forward, expected)
      const backward: string[] = []
      for (let before = Number.MAX_SAFE_INTEGER; ; ) {
        const page = await history.page(before, countMax)
        ok(page.length <= countMax)
        const [first] = page
        if (first === undefined) break
        backward.unshift(...page.map(contentIn))
        before = seqIn(first)
      }
      deepEqual(backward, expected)
    }),
    { numRuns: 40 },
  )
})

test('a time is found among the messages, and before and behind them', async () => {
  const { log, say } = await openChat()
  await say(50)
  const history = await openHistory(log, SMALL)
  for (const [atMs, seq] of [
    [START_MS - 1, 0],
    [START_MS + 1000, 0],
    [START_MS + 1001, 1],
    [START_MS + 25_000, 24],
    [START_MS + 25_500, 25],
    [START_MS + 50_001, 50],
    [START_MS + 999_999_999, 50],
  ] as const) {
    equal(await history.seqBefore(atMs, 50), seq, `at ${atMs - START_MS}`)
  }
  const empty = await openHistory((await openChat()).log, SMALL)
  equal(await empty.seqBefore(START_MS, 0), 0)
})

test('a message is found by its id, in memory and in the file; a deleted or made-up one is not', async () => {
  const { log, ids, say, remove } = await openChat()
  await say(30)
  await remove(ids[1] ?? '')
  const history = await openHistory(log, SMALL)
  for (const n of [0, 2, 15, 29]) equal((await history.find(ids[n] ?? ''))?.seq, n + 1)
  equal(await history.find(ids[1] ?? ''), null)
  for (const id of [
    '',
    'x',
    '3-aaaaaaaaaaaa',
    'zzzz-aaaaaaaaaaaa',
    '../../x',
    ids[0]?.slice(1) ?? '',
  ])
    equal(await history.find(id), null, id)
})

test('one frame is made for all who come from the same place', async () => {
  const { log, say, epoch } = await openChat()
  await say(20)
  const history = await openHistory(log, { ...SMALL, entriesInMemoryMax: 100 })
  equal(history.frame(null, 20), history.frame(null, 20))
  equal(history.frame({ seq: 15, epoch }, 20), history.frame({ seq: 15, epoch }, 20))
  equal(history.frame({ seq: 1, epoch: 'other' }, 20), history.frame(null, 20))
})

test('[C10] memory keeps so many records and no more', async () => {
  const { log, say } = await openChat()
  const history = await openHistory(log, SMALL)
  const following = await log.follow(CHANNEL_ID, (entries) => {
    for (const { seq, bytes } of entries) {
      history.add({ seq, bytes, record: JSON.parse(Buffer.from(bytes).toString('utf8')) })
    }
  })
  await say(500)
  ok(history.tail.length <= 10)
  equal(history.tail.at(-1)?.seq, 500)
  equal((await history.page(Number.MAX_SAFE_INTEGER, 100)).length, 100)
  following.stop()
})

test('defaults are what CONTRACT section 5 says', () => {
  equal(CHAT_DEFAULTS.messagesShown, 50)
  equal(CHAT_DEFAULTS.outboundBytesMax, 256 * 1024)
  equal(CHAT_DEFAULTS.nonceKeptMs, 300_000)
  ok(CHAT_DEFAULTS.batchMs <= 25)
})

/**
 * A channel's log in memory: message `m1` said a second after the start, `m2` one later, and so on.
 */
async function openChat() {
  const log = await openLog(new MemoryDisk())
  const ids: string[] = []
  const { position } = await log.follow(CHANNEL_ID, () => undefined)
  const say = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      await log.append(CHANNEL_ID, (seq) => {
        const id = createMessageId(seq)
        ids.push(id)
        return JSON.stringify({
          ...{ type: 'message', id, channel_id: CHANNEL_ID, parent_id: null, thread_id: null },
          ...{ parent: null, content: `m${seq}`, user: { id: 'ann-00001', username: 'ann' } },
          created_at: new Date(START_MS + seq * 1000).toISOString(),
        })
      })
    }
  }
  const remove = async (targetId: string): Promise<void> => {
    await log.append(CHANNEL_ID, (seq) => {
      const created_at = new Date(START_MS + seq * 1000).toISOString()
      return JSON.stringify({
        ...{ type: 'delete', id: createMessageId(seq), target_id: targetId, by: CHANNEL_ID },
        created_at,
      })
    })
  }
  return { log, ids, say, remove, epoch: position.epoch }
}

async function openHistory(log: Log, options: HistoryOptions): Promise<History> {
  const { position } = await log.follow(CHANNEL_ID, () => undefined)
  const { epoch, lastSeq } = position
  const history = new History(CHANNEL_ID, epoch, lastSeq, log, options)
  await history.load(lastSeq)
  return history
}

interface Head {
  readonly recovered: boolean
  readonly last_seq: number
  readonly messages: readonly { readonly type: string; readonly content?: string }[]
}

/** The JSON of a frame, RFC 6455 §5.2: its length is 16 bits long in these tests, or shorter. */
function headOf(frame: Uint8Array | null): Head {
  if (frame === null) throw new TypeError('no frame')
  const headBytes = frame[1] === 126 ? 4 : 2
  return JSON.parse(Buffer.from(frame.subarray(headBytes)).toString('utf8'))
}

/** What a frame shows: contents of messages, `delete` for a deletion. */
function shownIn(frame: Uint8Array | null): readonly string[] {
  return headOf(frame).messages.map(({ type, content }) => content ?? type)
}

function contentIn(bytes: Uint8Array): string {
  return JSON.parse(Buffer.from(bytes).toString('utf8')).content
}

function seqIn(bytes: Uint8Array): number {
  return JSON.parse(Buffer.from(bytes).toString('utf8')).seq
}
