import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseBeginning, chooseGoOn, chooseRate, forgiveStall, stepBack } from './catch-up.ts'

const ROWS: readonly (readonly [string, number, number, number, number])[] = [
  ['where it means to be', 0.7, 0.7, 0.5, 1],
  ['nearer than it means to be', 0.4, 0.7, 0.3, 1],
  ['a little late', 0.78, 0.7, 0.6, 1.02],
  ['late', 1.2, 0.7, 1, 1.1],
  ['very late', 4, 0.7, 3, 1.1],
  ['late, but nothing ahead to hurry into', 1.2, 0.7, 0.3, 1],
  ['about to run dry', 0.9, 0.7, 0.1, 0.95],
]

for (const [name, behindS, wantedS, bufferedS, rate] of ROWS) {
  test(`the speed of playing, ${name}: ${rate}`, () => {
    assert.equal(Math.round(chooseRate({ behindS, wantedS, bufferedS }) * 100) / 100, rate)
  })
}

test('a player that starts two seconds late arrives, and stays there without running dry', () => {
  let behindS = 2.7
  for (let look = 0; look < 400; look += 1) {
    const rate = chooseRate({ behindS, wantedS: 0.7, bufferedS: behindS - 0.25 })
    behindS -= (rate - 1) * 0.25
  }
  assert.ok(Math.abs(behindS - 0.7) < 0.06, `${behindS}`)
})

test('stalls are forgiven one by one, down to what the playlist asks for', () => {
  const leastS = 0.7
  assert.equal(forgiveStall({ wantedS: 2, leastS, calmMs: 29_000 }), null)
  let wantedS = 2
  let steps = 0
  for (;;) {
    const next = forgiveStall({ wantedS, leastS, calmMs: 30_000 })
    if (next === null) break
    wantedS = next
    steps += 1
  }
  assert.ok(wantedS >= leastS && wantedS <= leastS + 0.05, `${wantedS}`)
  assert.equal(steps, 5)
  assert.equal(forgiveStall({ wantedS: 2, leastS: 0, calmMs: 60_000 }), null)
})

test('on a narrow line each stall costs a second, eight at most; minutes later nearly all is forgiven', () => {
  let wantedS = 0.7
  for (let stall = 0; stall < 20; stall += 1) wantedS = stepBack(wantedS)
  assert.equal(wantedS, 8)
  let steps = 0
  for (; wantedS > 2; steps += 1) {
    wantedS = forgiveStall({ wantedS, leastS: 0.7, calmMs: 30_000 }) ?? 0
  }
  assert.ok(steps <= 8, `within 4 min at two seconds: ${steps} steps`)
  assert.equal(stepBack(12), 12, 'never nearer because of a stall')
})

test('who waits at a gap goes on behind it as soon as something is there, at live if that is further', () => {
  assert.equal(chooseGoOn({ loadedS: 26.9, endS: 27, edgeS: 26 }), null, 'the encoder is away')
  assert.equal(chooseGoOn({ loadedS: 26.9, endS: 27.4, edgeS: 26.5 }), null, 'a part is there')
  assert.ok(Math.abs((chooseGoOn({ loadedS: 26.9, endS: 27.6, edgeS: 26.9 }) ?? 0) - 27.2) < 1e-9)
  assert.equal(chooseGoOn({ loadedS: 26.9, endS: 30, edgeS: 29 }), 29)
})

test('who comes in the first seconds begins with the whole last segment, all others at live', () => {
  const last = { startS: 0, endS: 2 }
  assert.equal(chooseBeginning({ ...last, firstPartS: null }), 0, 'no part is told of')
  assert.equal(chooseBeginning({ ...last, firstPartS: 2 }), 0, 'only of the segment to come')
  assert.equal(chooseBeginning({ startS: 2, endS: 4, firstPartS: 2 }), null)
})
