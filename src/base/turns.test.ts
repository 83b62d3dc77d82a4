import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

test('work of one key is done one after the other, whatever became of the piece before', async () => {
  const turns = new Turns<string>()
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const results = [
    turns.take('a', async () => {
      await first.promise
      done.push('a1')
      throw new RangeError('of the first alone')
    }),
    turns.take('a', async () => done.push('a2')),
    turns.take('b', async () => done.push('b1')),
  ]
  assert.equal(await results[2], 1)
  first.resolve()
  await assert.rejects(Promise.resolve(results[0]), RangeError)
  await results[1]
  assert.deepEqual(done, ['b1', 'a1', 'a2'])
  assert.equal(await turns.take('a', async () => 'again'), 'again')
})
