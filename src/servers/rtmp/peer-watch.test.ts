import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ViblyError } from '../../base/index.ts'
import { PeerWatch } from './peer-watch.ts'

const OPTIONS = {
  handshakeMsMax: 1000,
  connectMsMax: 2000,
  publishMsMax: 3000,
  pingIntervalMs: 5000,
  silenceMsMax: 15_000,
  lingerMs: 500,
}

/** What a watch of since 0 finds due at that time. */
function due(watch: PeerWatch, nowMs: number, phase: Parameters<PeerWatch['look']>[1]): unknown {
  const found = watch.look(nowMs, phase)
  return found instanceof ViblyError ? found.code : found
}

test('[R20] each step has its own time, counted from the step before', () => {
  const watch = new PeerWatch(OPTIONS, 0)
  assert.equal(due(watch, 1000, 'handshake'), null)
  assert.equal(due(watch, 1001, 'connecting'), null)
  assert.equal(due(watch, 3001, 'connecting'), null)
  assert.equal(due(watch, 3002, 'connected'), null)
  assert.equal(due(watch, 6003, 'connected'), 'rtmp.too-slow')
  assert.equal(due(new PeerWatch(OPTIONS, 0), 1001, 'handshake'), 'rtmp.too-slow')
})

test('[R28] a publisher is asked for a sign of life, and given up without one', () => {
  const watch = new PeerWatch(OPTIONS, 0)
  assert.equal(due(watch, 4999, 'publishing'), null)
  assert.equal(due(watch, 5000, 'publishing'), 'ping')
  assert.equal(due(watch, 5001, 'publishing'), null)
  watch.noteHeard(6000)
  assert.equal(due(watch, 21_000, 'publishing'), 'ping')
  assert.equal(due(watch, 21_001, 'publishing'), 'rtmp.peer-silent')
})

test('a publisher that waits for its answer has no step to be late with', () => {
  const watch = new PeerWatch(OPTIONS, 0)
  watch.noteHeard(60_000)
  assert.equal(due(watch, 60_000, 'deciding'), 'ping')
})
