import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Arrivals, PaceWatch } from './pace.ts'

describe('how long media has been waiting', () => {
  test('[X23] it is the wait of the oldest that has not come out', () => {
    const arrivals = new Arrivals()
    for (let ms = 0; ms <= 10_000; ms += 40) arrivals.note(ms, 50_000 + ms)
    assert.equal(arrivals.behindMs(9_990, 60_000), 0)
    assert.equal(arrivals.behindMs(5_000, 60_000), 4_960)
    assert.equal(arrivals.behindMs(-1, 60_000), 10_000)
  })

  test('[X23] neither a pause of the encoder nor the burst behind it is a backlog', () => {
    const arrivals = new Arrivals()
    for (let ms = 0; ms <= 5_000; ms += 40) arrivals.note(ms, ms)
    assert.equal(arrivals.behindMs(5_000, 5_000), 0)
    for (let ms = 5_040; ms <= 12_000; ms += 40) arrivals.note(ms, 12_000)
    assert.equal(arrivals.behindMs(5_000, 12_000), 0)
  })

  test('[H14] the age of what an FFmpeg begins with is told to the millisecond', () => {
    const arrivals = new Arrivals()
    assert.equal(arrivals.ageMs(0, 9000), 0)
    for (let ms = 0; ms <= 1000; ms += 40) arrivals.note(ms, 50_000 + ms)
    assert.equal(arrivals.ageMs(1000, 53_000), 2000)
    assert.equal(arrivals.ageMs(500, 50_500), 0)
  })

  test('media of more than a minute ago counts as of a minute ago', () => {
    const arrivals = new Arrivals()
    for (let ms = 0; ms < 200_000; ms += 100) arrivals.note(ms, ms)
    assert.equal(arrivals.behindMs(0, 199_900), 59_900)
  })
})

/**
 * Looks four times a second at a backlog that is told by its time, s; when it was seen, or null.
 */
function seenAt(backlogMs: (atS: number) => number, untilS = 120): number | null {
  const watch = new PaceWatch()
  for (let atS = 0; atS <= untilS; atS += 0.25) {
    if (watch.isFallingBehind(atS * 1000, backlogMs(atS))) return atS
  }
  return null
}

describe('falling behind', () => {
  const cases: readonly {
    readonly name: string
    readonly backlogMs: (atS: number) => number
    /** s; null: never. */
    readonly seen: readonly [from: number, until: number] | null
  }[] = [
    { name: 'a speed of 0.94', backlogMs: (atS) => 100 + 60 * atS, seen: [8, 12] },
    { name: 'a speed of 0.97', backlogMs: (atS) => 100 + 30 * atS, seen: null },
    { name: 'half speed', backlogMs: (atS) => 100 + 500 * atS, seen: [3, 4.5] },
    { name: 'no progress at all', backlogMs: (atS) => 1000 * atS, seen: [2, 3] },
    { name: 'a backlog that shrinks', backlogMs: (atS) => 5000 - 50 * atS, seen: null },
    {
      name: 'key frames that take 400 ms',
      backlogMs: (atS) => (atS % 2 === 0 ? 500 : 100),
      seen: null,
    },
    {
      name: 'a hiccup of two seconds, caught up at twice the speed',
      backlogMs: (atS) => 100 + Math.max(0, Math.min(1000 * (atS - 20), 2000 - 2000 * (atS - 22))),
      seen: null,
    },
  ]
  for (const { name, backlogMs, seen } of cases) {
    test(`[X23] ${name}`, () => {
      const atS = seenAt(backlogMs)
      if (seen === null) assert.equal(atS, null)
      else assert.ok(atS !== null && atS >= seen[0] && atS <= seen[1], `seen at ${atS}`)
    })
  }
})
