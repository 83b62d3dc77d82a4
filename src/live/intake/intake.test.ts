import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { ViblyError } from '../../base/index.ts'
import type { MediaMessage } from '../../rtmp/index.ts'
import { Intake } from './intake.ts'

const OPTIONS = { idleMsMax: 10_000, stallMsMax: 10_000, ingestKbpsMax: 1_000_000 }

function sound(bytes: number): MediaMessage {
  return { kind: 'audio', timestampMs: 0, payload: new Uint8Array(bytes) }
}

test('what was written before the end is still handed out, then the line ends', async () => {
  const intake = new Intake(new FakeClock(), OPTIONS)
  const first = sound(1)
  const second = sound(2)
  assert.equal(intake.write(first), null)
  const read: Uint8Array[] = []
  const reading = (async () => {
    for await (const batch of intake.batches()) read.push(...batch.map(({ payload }) => payload))
  })()
  await Promise.resolve()
  void intake.write(second)
  intake.end('stopped')
  assert.equal(intake.write(sound(3)), null)
  await reading
  assert.deepEqual(read, [first.payload, second.payload])
  assert.equal(intake.ending, 'stopped')
})

test('[R27] a full queue asks the socket to wait, and lets it go on when it was emptied', async () => {
  const intake = new Intake(new FakeClock(), OPTIONS)
  const waiting = intake.write(sound(5 * 1024 * 1024))
  assert.ok(waiting instanceof Promise)
  const batch = await intake.batches().next()
  assert.equal(batch.value?.length, 1)
  await waiting
  assert.equal(intake.write(sound(1)), null)
})

test('[R31] nobody who takes over waits for the watch over the one before', async () => {
  const clock = new FakeClock()
  const intake = new Intake(clock, OPTIONS)
  const watching = intake.watch()
  await clock.advance(600)
  intake.cut(new ViblyError('live.taken-over'))
  let isOver = false
  void watching.then(() => {
    isOver = true
  })
  await clock.advance(0)
  assert.ok(isOver, 'it still sleeps')
})

test('[R28] a publisher that falls silent is cut with the reason', async () => {
  const clock = new FakeClock()
  const intake = new Intake(clock, OPTIONS)
  const watching = intake.watch()
  await clock.advance(9_000)
  void intake.write(sound(1))
  await clock.advance(9_000)
  assert.equal(intake.ending, null)
  await clock.advance(2_000)
  await watching
  assert.equal(intake.ending, 'lost')
  assert.equal(reasonOf(intake), 'live.publisher-idle')
})

test('[X26] a server that stood still takes no publisher for silent, and counts from then on', async () => {
  const clock = new FakeClock()
  let stoodStillMs = 0
  const suspended = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs() + stoodStillMs,
    sleep: (durationMs: number, signal?: AbortSignal) => clock.sleep(durationMs, signal),
  }
  const intake = new Intake(suspended, OPTIONS)
  const watching = intake.watch()
  await clock.advance(8500)
  stoodStillMs = 60_000
  await clock.advance(9000)
  assert.equal(intake.ending, null)
  await clock.advance(3000)
  await watching
  assert.equal(reasonOf(intake), 'live.publisher-idle')
})

test('[R27] a pipeline that takes nothing gives the publisher up, and not as silent', async () => {
  const clock = new FakeClock()
  const intake = new Intake(clock, OPTIONS)
  const watching = intake.watch()
  const waiting = intake.write(sound(5 * 1024 * 1024))
  await clock.advance(11_000)
  await watching
  await waiting
  assert.equal(reasonOf(intake), 'live.stalled')
})

test('[R27] more than the allowed bit rate over 10 s cuts the publisher', () => {
  const intake = new Intake(new FakeClock(), { ...OPTIONS, ingestKbpsMax: 800 })
  for (let written = 0; written < 9; written += 1) void intake.write(sound(100_000))
  assert.equal(intake.ending, null)
  void intake.write(sound(100_000))
  void intake.write(sound(1))
  assert.equal(reasonOf(intake), 'live.bit-rate-too-high')
})

test('[R27] messages with next to nothing in them count as well', () => {
  const intake = new Intake(new FakeClock(), OPTIONS)
  let messages = 1
  while (intake.write(sound(2)) === null) messages += 1
  assert.ok(messages < 100_000, `${messages} wait`)
  const slow = new Intake(new FakeClock(), { ...OPTIONS, ingestKbpsMax: 800 })
  for (let written = 0; written < 10_000; written += 1) void slow.write(sound(2))
  assert.equal(reasonOf(slow), 'live.bit-rate-too-high')
})

function reasonOf(intake: Intake): string | null {
  return intake.signal.reason instanceof ViblyError ? intake.signal.reason.code : null
}
