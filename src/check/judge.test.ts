import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withFailure } from '../../test/support/check/breaks.ts'
import { CANARIES } from '../../test/support/check/canaries.ts'
import { LATENCY_CANARIES } from '../../test/support/check/latency-canaries.ts'
import {
  gapped,
  LINE_CANARIES,
  mapped,
  prioritised,
} from '../../test/support/check/line-canaries.ts'
import { liveSeen, mp4Seen, vodSeen } from '../../test/support/check/observations.ts'
import { isConformant, judge } from './judge.ts'
import { RULES } from './rules/index.ts'
import type { Observation } from './watching/observation.ts'

/** Broadcasts and recordings with which nothing is wrong. */
const HEALTHY: Readonly<Record<string, () => Observation>> = {
  'a low-latency broadcast': () => liveSeen(),
  'a broadcast with a long window': () => liveSeen(70),
  'a broadcast that stalled': () => withFailure(503, 8000),
  'a broadcast with priorities': () => prioritised('u=1', 'u=3, i'),
  'a broadcast with an initialization section': () => mapped(),
  'a broadcast whose encoder was away': () => gapped(),
  'a recording': () => vodSeen(),
  'a recording in fragmented MP4': () => mp4Seen(),
}

const firstBroken = new Set<string>()

for (const [name, make] of Object.entries(HEALTHY)) {
  test(`check finds nothing wrong with ${name}`, () => {
    const verdicts = judge(make())
    const broken = verdicts.filter(({ outcome }) => outcome === 'broken')
    assert.deepEqual(broken, [])
    assert.ok(isConformant(verdicts))
  })
}

for (const [id, level, name, seen] of [...CANARIES, ...LATENCY_CANARIES, ...LINE_CANARIES]) {
  test(`check finds ${id} (${level}): ${name}`, () => {
    const found = judge(seen).filter((verdict) => verdict.id === id && verdict.level === level)
    const broken = found.filter(({ outcome }) => outcome === 'broken')
    assert.ok(broken.length > 0, JSON.stringify(found))
    for (const { sentence, evidence } of broken) {
      firstBroken.add(`${id} ${level} ${sentence}`)
      assert.ok(evidence.every((text) => text.length > 8))
    }
    if (level === 'MUST') assert.ok(!isConformant(judge(seen)))
  })
}

test('every rule is broken by a canary, and kept by something healthy', () => {
  const kept = new Set<string>()
  for (const make of Object.values(HEALTHY)) {
    for (const { id, level, sentence, outcome } of judge(make())) {
      if (outcome === 'ok') kept.add(`${id} ${level} ${sentence}`)
    }
  }
  const all = RULES.map(({ id, level, sentence }) => `${id} ${level} ${sentence}`)
  assert.deepEqual(
    all.filter((rule) => !firstBroken.has(rule)),
    [],
  )
  assert.deepEqual(
    all.filter((rule) => !kept.has(rule)),
    [],
  )
})
