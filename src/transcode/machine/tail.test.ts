import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TAIL_BYTES_MAX, Tail } from './tail.ts'

test('[F03] of 100 MB the last 64 KiB are kept, and the last lines are told', () => {
  const tail = new Tail()
  const line = Buffer.from(`${'x'.repeat(1023)}\n`)
  for (let written = 0; written < 100_000; written += 1) {
    tail.push(line)
  }
  assert.ok(tail.text().length <= TAIL_BYTES_MAX)
  tail.push(Buffer.from('first\nsecond\n\u001b[31mthird\n\n'))
  assert.match(tail.lastWords(), /first \/ second \/ \[31mthird$|second \/ \[31mthird$/)
})

test('[F03] one piece larger than the limit is cut to its end', () => {
  const tail = new Tail()
  tail.push(Buffer.concat([Buffer.alloc(TAIL_BYTES_MAX, 'a'), Buffer.from('\nthe end')]))
  assert.equal(tail.text().length, TAIL_BYTES_MAX)
  assert.ok(tail.lastWords().endsWith('the end'))
  assert.ok(tail.lastWords().length <= 500)
})

test('a silent process has said nothing', () => {
  assert.equal(new Tail().lastWords(), 'nothing')
})
