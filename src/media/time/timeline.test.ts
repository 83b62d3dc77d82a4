import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Timeline } from './timeline.ts'

type Message = readonly ['audio' | 'video', number]
const START_MS = 10_000

/** Ten seconds of 25 pictures and 50 sounds a second, stamped from `fromMs` on, modulo `wrapMs`. */
function broadcast(fromMs: number, wrapMs = 2 ** 32, seconds = 10): Message[] {
  const messages: Message[] = []
  for (let ms = 0; ms < seconds * 1000; ms += 20) {
    const stamp = (fromMs + ms) % wrapMs
    if (ms % 40 === 0) messages.push(['video', stamp])
    messages.push(['audio', stamp])
  }
  return messages
}

function run(messages: readonly Message[], timeline = new Timeline()) {
  return messages.map(([kind, ms]) => ({ kind, ...timeline.push(kind, ms) }))
}

type Placed = ReturnType<typeof run>

function lastOf(placed: Placed, kind: Message[0]): number {
  return placed.findLast((one) => one.kind === kind)?.timestampMs ?? Number.NaN
}

function resetsOf(placed: Placed): number {
  return placed.filter((one) => one.isReset).length
}

/**
 * The promise to FFmpeg: no track ever falls, and the line never leaps further than a believed
 * pause.
 */
function assertLine(placed: Placed): void {
  let newestMs = placed[0]?.timestampMs ?? 0
  const last = { audio: 0, video: 0 }
  for (const [index, { kind, timestampMs }] of placed.entries()) {
    assert.ok(timestampMs >= last[kind], `${kind} ${index} falls to ${timestampMs} ms`)
    assert.ok(timestampMs - newestMs <= 5000, `${kind} ${index} leaps to ${timestampMs} ms`)
    last[kind] = timestampMs
    newestMs = Math.max(newestMs, timestampMs)
  }
}

const WRAPS = [
  { name: '2^24', fromMs: 2 ** 24 - 5000, wrapMs: 2 ** 32 },
  { name: '2^31, unsigned', fromMs: 2 ** 31 - 5000, wrapMs: 2 ** 32 },
  { name: '2^31, to zero as in FLV', fromMs: 2 ** 31 - 5000, wrapMs: 2 ** 31 },
  { name: '2^32', fromMs: 2 ** 32 - 5000, wrapMs: 2 ** 32 },
]

for (const { name, fromMs, wrapMs } of WRAPS) {
  test(`[R08] the line runs on over ${name} without a reset`, () => {
    const placed = run(broadcast(fromMs, wrapMs))
    assert.equal(resetsOf(placed), 0)
    const expected = run(broadcast(0)).map((one) => one.timestampMs)
    assert.deepEqual(
      placed.map((one) => one.timestampMs),
      expected,
    )
  })
}

test('[R08] sound that is still before the wrap when the picture is behind it stays in place', () => {
  const placed = run([
    ['video', 2 ** 31 - 40],
    ['audio', 2 ** 31 - 60],
    ['video', 0],
    ['audio', 2 ** 31 - 20],
    ['video', 40],
  ])
  assert.deepEqual(
    placed.map((one) => one.timestampMs - START_MS),
    [0, -20, 40, 20, 80],
  )
})

test('[F12] sound and picture out of order by less than a second keep their times', () => {
  const placed = run([
    ['video', 1000],
    ['audio', 300],
    ['video', 1040],
    ['audio', 320],
    ['audio', 1900],
    ['video', 1080],
  ])
  assert.deepEqual(
    placed.map((one) => one.timestampMs - START_MS),
    [0, -700, 40, -680, 900, 80],
  )
})

test('[F12] a small fall within a track is held, never passed on', () => {
  const placed = run([
    ['video', 0],
    ['video', 40],
    ['video', 20],
    ['video', 80],
  ])
  assert.deepEqual(
    placed.map((one) => one.timestampMs - START_MS),
    [0, 40, 40, 80],
  )
})

const OUTLIERS = [3_600_000, 2 ** 32 - 98_000, 2 ** 30, 3000]

for (const jumpMs of OUTLIERS) {
  test(`[F12] one picture stamped ${jumpMs} ms off is put a frame behind the one before it`, () => {
    const messages = broadcast(0)
    const at = messages.findIndex(([kind, ms]) => kind === 'video' && ms === 5000)
    messages[at] = ['video', (5000 + jumpMs) % 2 ** 32]
    const placed = run(messages)
    assert.equal(resetsOf(placed), 0)
    assert.deepEqual(placed, run(broadcast(0)))
  })
}

const JUMPS = [
  { name: 'forward 1 h', toMs: 3_605_000 },
  { name: 'back to zero', toMs: 0 },
  { name: 'back 98 s', toMs: 2 ** 32 + 5000 - 98_000 },
  { name: 'forward 8 s', toMs: 13_000 },
  { name: 'back 3 s', toMs: 2000 },
]

for (const { name, toMs } of JUMPS) {
  test(`[F12] both tracks jump ${name}: one reset, no hole, sound and picture together`, () => {
    const placed = run([...broadcast(0, 2 ** 32, 5), ...broadcast(toMs % 2 ** 32, 2 ** 32, 5)])
    assert.equal(resetsOf(placed), 1)
    assertLine(placed)
    const endMs = lastOf(placed, 'video') - START_MS
    assert.ok(Math.abs(endMs - 10_000) <= 2000, `10 s of pictures end at ${endMs} ms`)
    const apartMs = lastOf(placed, 'audio') - lastOf(placed, 'video')
    assert.ok(Math.abs(apartMs - 20) <= 40, `sound and picture end ${apartMs} ms apart`)
  })
}

test('[F12] a pause of up to 5 s stays a pause and is no reset', () => {
  const placed = run([...broadcast(0, 2 ** 32, 2), ...broadcast(5000, 2 ** 32, 2)])
  assert.equal(resetsOf(placed), 0)
  assert.equal(lastOf(placed, 'video') - START_MS, 6960)
  assert.equal(lastOf(placed, 'audio') - START_MS, 6980)
})

test('[F12] tracks stamped 10 s apart are joined by their arrival within a second', () => {
  const messages = broadcast(0).map(
    ([kind, ms]): Message => [kind, kind === 'audio' ? ms + 10_000 : ms],
  )
  const placed = run(messages)
  assertLine(placed)
  assert.ok(Math.abs(lastOf(placed, 'audio') - lastOf(placed, 'video')) <= 100)
  assert.equal(resetsOf(placed), 1)
})

test('[F12] a picture every 2 s, alone, keeps its times', () => {
  const messages = Array.from({ length: 20 }, (_, index): Message => ['video', index * 2000])
  const placed = run(messages)
  assert.deepEqual(
    placed.map((one) => one.timestampMs),
    messages.map(([, ms]) => ms + START_MS),
  )
})

test('data takes the place where it arrives, and does not move the line', () => {
  const timeline = new Timeline()
  const first = { timestampMs: START_MS, isReset: false }
  assert.deepEqual(timeline.push('data', 77_000), first)
  assert.deepEqual(timeline.push('video', 123), first)
  assert.deepEqual(timeline.push('data', 0), first)
  assert.deepEqual(timeline.push('audio', 143), { timestampMs: START_MS + 20, isReset: false })
})

test('[F12] whatever the stamps, no track falls and the line leaps no further than a pause', () => {
  const message = fc.tuple(
    fc.constantFrom('audio' as const, 'video' as const),
    fc.oneof(fc.nat({ max: 10_000 }), fc.nat({ max: 2 ** 32 - 1 })),
  )
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => assertLine(run(messages))),
    { numRuns: 2000 },
  )
})
