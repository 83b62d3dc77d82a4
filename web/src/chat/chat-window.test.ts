import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChatMessage } from '../../../client/index.ts'
import { ChatWindow, LINES_SHOWN_MAX } from './chat-window.ts'

const lines = Array.from({ length: 500 }, (_, n) => message(n + 1))

test('the latest lines, as many as may be shown', () => {
  const { lines: found, newCount } = new ChatWindow().shown(lines)
  assert.equal(found.length, LINES_SHOWN_MAX)
  assert.equal(found.at(-1)?.seq, 500)
  assert.equal(newCount, 0)
})

test('reading back: the same lines whatever comes in, counted; following: the latest again', () => {
  const window = new ChatWindow()
  window.countNew()
  const before = window.shown(lines.slice(0, 100)).lines
  window.readBack(before)
  for (let n = 0; n < 400; n += 1) window.countNew()
  assert.deepEqual(window.shown(lines), { lines: before, newCount: 400, isCut: false })
  window.readBack(lines)
  assert.deepEqual(window.shown(lines).lines, before, 'reading on is no new beginning')
  window.follow()
  assert.equal(window.shown(lines).newCount, 0)
  assert.equal(window.shown(lines).lines.at(-1)?.seq, 500)
})

test('what is deleted leaves the screen also while somebody reads it', () => {
  const window = new ChatWindow()
  window.readBack(lines.slice(0, 10))
  window.takeDeletion({ type: 'delete', id: 'd', seq: 501, target_id: 'm3' })
  assert.deepEqual(
    window.shown(lines).lines.map(({ seq }) => seq),
    [1, 2, 4, 5, 6, 7, 8, 9, 10],
  )
})

function message(seq: number): ChatMessage {
  return {
    type: 'message',
    id: `m${seq}`,
    seq,
    channel_id: 'c',
    parent_id: null,
    thread_id: null,
    parent: null,
    content: 'x',
    user: { id: 'u', username: 'u', display_name: 'U', roles: [] },
    created_at: '2026-01-01T00:00:00.000Z',
  }
}

test('older lines come before those that are read; the newest leave, and it is told', () => {
  const window = new ChatWindow()
  const read = lines.slice(300, 450)
  window.readBack(read)
  window.addOlder(lines.slice(270, 310))
  let { lines: found, isCut } = window.shown(lines)
  assert.deepEqual([found[0]?.seq, found.at(-1)?.seq, isCut], [271, 450, false])
  window.addOlder(lines.slice(220, 270))
  ;({ lines: found, isCut } = window.shown(lines))
  assert.deepEqual([found[0]?.seq, found.at(-1)?.seq, isCut], [221, 420, true])
  assert.equal(found.length, LINES_SHOWN_MAX)
  window.follow()
  assert.equal(window.shown(lines).isCut, false)
})
