import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { openLog } from '../../../test/support/log-files.ts'
import { MemoryDisk } from '../../../test/support/memory-disk.ts'
import { asMessage, asUser, CHANNEL_ID } from '../../../test/support/speakers.ts'
import type { Log } from '../../ports/index.ts'
import { HeldMessages } from './held.ts'

const ANN = { id: asUser('ann-00001'), username: 'ann' }
const idOf = (n: number) => asMessage(`0-${String(n).padStart(12, 'a')}`)

test('what waits is what was held and not decided on, however often the server starts', async () => {
  const log = await openLog(new MemoryDisk())
  await note(log, { action: 'held', target_id: idOf(1), by: ANN, content: 'one' })
  await note(log, { action: 'held', target_id: idOf(2), by: ANN, content: 'two', parent_id: 'p' })
  await note(log, { action: 'approve', target_id: idOf(1), user_id: ANN.id })
  await note(log, { action: 'held', target_id: idOf(3), by: ANN, content: 'three' })
  await note(log, { action: 'reject', target_id: idOf(9) })
  const held = new HeldMessages(log)
  deepEqual(await held.list(CHANNEL_ID), [
    { id: idOf(2), user: ANN, content: 'two', parentId: 'p' },
    { id: idOf(3), user: ANN, content: 'three', parentId: null },
  ])
  equal((await held.take(CHANNEL_ID, idOf(2))).content, 'two')
  await rejects(held.take(CHANNEL_ID, idOf(2)), { code: 'chat.message-missing' })
  await rejects(held.take(CHANNEL_ID, idOf(1)), { code: 'chat.message-missing' })
  equal((await held.list(CHANNEL_ID)).length, 1)
})

for (const [name, record] of [
  ['another action', { action: 'ban', user_id: ANN.id, by: ANN }],
  ['no author', { action: 'held', target_id: idOf(1), content: 'x' }],
  ['an id that is none', { action: 'held', target_id: '../x', by: ANN, content: 'x' }],
  ['no text', { action: 'held', target_id: idOf(1), by: ANN }],
] as const) {
  test(`a step of moderation with ${name} holds nothing`, async () => {
    const log = await openLog(new MemoryDisk())
    await note(log, record)
    deepEqual(await new HeldMessages(log).list(CHANNEL_ID), [])
  })
}

test('at most two hundred wait, the latest, also after a restart', async () => {
  const log = await openLog(new MemoryDisk())
  const held = new HeldMessages(log)
  await held.load(CHANNEL_ID)
  for (let n = 0; n < 250; n += 1) {
    await note(log, { action: 'held', target_id: idOf(n), by: ANN, content: `m${n}` })
    held.add(CHANNEL_ID, { id: idOf(n), user: ANN, content: `m${n}`, parentId: null })
  }
  for (const one of [held, new HeldMessages(log)]) {
    const contents = (await one.list(CHANNEL_ID)).map(({ content }) => content)
    equal(contents.length, 200)
    equal(contents[0], 'm50')
    equal(contents.at(-1), 'm249')
  }
})

async function note(log: Log, record: object): Promise<void> {
  await log.append(CHANNEL_ID, () => JSON.stringify({ type: 'moderation', ...record }))
}
