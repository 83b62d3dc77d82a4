import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asMessage, asUser } from '../../../test/support/speakers.ts'
import { createMessageId, decodeLine, type Line, seqOfId, timeOf } from './record.ts'
import { Visibility } from './visibility.ts'

const TIME = '2026-01-01T00:00:00.000Z'

test('a deleted message is hidden, and no other', () => {
  const visibility = new Visibility()
  visibility.learn(deletion(9, { target_id: idOf(3) }))
  ok(visibility.isHidden(message(3, 'ann-00001')))
  equal(visibility.isHidden(message(4, 'ann-00001')), false)
  equal(visibility.shown(message(3, 'ann-00001')), null)
})

test('all of a user is hidden up to the purge, and nothing they say later', () => {
  const visibility = new Visibility()
  visibility.learn(deletion(10, { user_id: 'ann-00001' }))
  visibility.learn(deletion(5, { user_id: 'ann-00001' }))
  ok(visibility.isHidden(message(9, 'ann-00001')))
  equal(visibility.isHidden(message(11, 'ann-00001')), false)
  equal(visibility.isHidden(message(9, 'bob-00001')), false)
})

test('what is shown is what is stored, byte for byte, as long as its parent is there', () => {
  const visibility = new Visibility()
  const reply = message(5, 'bob-00001', 3)
  equal(visibility.shown(reply), reply.bytes)
  visibility.learn(deletion(6, { target_id: idOf(3) }))
  const shown = visibility.shown(reply)
  const record = JSON.parse(Buffer.from(shown ?? '').toString('utf8'))
  equal(record.parent.deleted, true)
  equal(record.parent.content, '')
  equal(record.content, 'message 5')
  ok(!Buffer.from(shown ?? '').includes('quoted'), 'no word of it is left')
})

test('a quote of a purged user is emptied, one of what they said later is not', () => {
  const visibility = new Visibility()
  visibility.learn(deletion(10, { user_id: 'ann-00001' }))
  ok(Buffer.from(visibility.shown(message(20, 'bob-00001', 3)) ?? '').includes('"deleted":true'))
  const later = message(20, 'bob-00001', 15)
  equal(visibility.shown(later), later.bytes)
})

test('deletions and notices are shown themselves: clients must know', () => {
  const visibility = new Visibility()
  const gone = deletion(9, { target_id: idOf(3) })
  visibility.learn(gone)
  equal(visibility.shown(gone), gone.bytes)
})

test('in whatever order deletions are learned, the same is hidden', () => {
  const gone = fc.array(
    fc.record({ seq: fc.integer({ min: 1, max: 50 }), user: fc.integer({ min: 0, max: 3 }) }),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(gone, (deletions) => {
      const [forward, backward] = [new Visibility(), new Visibility()]
      const lines = deletions.map(({ seq, user }) => deletion(seq, { user_id: `user-000${user}` }))
      for (const line of lines) forward.learn(line)
      for (const line of lines.toReversed()) backward.learn(line)
      for (let seq = 1; seq <= 50; seq += 1) {
        const line = message(seq, `user-000${seq % 4}`)
        const isGone = deletions.some((one) => one.user === seq % 4 && one.seq > seq)
        equal(forward.isHidden(line), isGone)
        equal(backward.isHidden(line), isGone)
      }
    }),
  )
})

test('an id tells its number to us and is not to be guessed', () => {
  for (const seq of [0, 1, 35, 36, 1_000_000, Number.MAX_SAFE_INTEGER]) {
    equal(seqOfId(createMessageId(seq)), seq)
  }
  equal(new Set(Array.from({ length: 1000 }, () => createMessageId(1))).size, 1000)
  for (const id of [
    '',
    '-',
    'a',
    '1-short',
    '1-abcdefghijklm',
    'A-abcdefghijkl',
    '1_abcdefghijkl',
  ]) {
    equal(seqOfId(id), null, id)
  }
})

for (const [name, value] of [
  ['another type', { type: 'epoch', epoch: 'x' }],
  ['no type', { content: 'x' }],
  ['a list', []],
  ['a message without author', { type: 'message', id: '1', content: 'x', created_at: TIME }],
  ['nothing', null],
] as const) {
  test(`a stored line that is ${name} is left out`, () => {
    equal(decodeLine({ seq: 1, bytes: Buffer.from(JSON.stringify(value)) }), null)
  })
}

test('a line knows its time', () => equal(timeOf(message(1, 'ann-00001')), Date.parse(TIME)))

function idOf(seq: number) {
  return asMessage(`${seq.toString(36)}-abcdefghijkl`)
}

function message(seq: number, userId: string, parentSeq: number | null = null): Line {
  const parent =
    parentSeq === null
      ? null
      : { id: idOf(parentSeq), user_id: 'ann-00001', username: 'ann', content: 'quoted' }
  return line(seq, {
    type: 'message',
    id: idOf(seq),
    thread_id: parent?.id ?? null,
    parent,
    content: `message ${seq}`,
    user: { id: asUser(userId), username: userId },
    created_at: TIME,
  })
}

function deletion(seq: number, what: object): Line {
  return line(seq, { type: 'delete', id: idOf(seq), ...what, created_at: TIME })
}

function line(seq: number, record: object): Line {
  const decoded = decodeLine({ seq, bytes: Buffer.from(JSON.stringify(record)) })
  if (decoded === null) throw new TypeError('not a record')
  return decoded
}
