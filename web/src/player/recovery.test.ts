import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PlaybackFault, Recovery } from './recovery.ts'

test('a lost network is tried for ever, with pauses that grow to 8 s and no further', () => {
  const recovery = new Recovery()
  const remedies = Array.from({ length: 8 }, (_, at) => recovery.decide('network', at * 1_000))
  assert.deepEqual(
    remedies.map((remedy) => [remedy.kind, 'afterMs' in remedy ? remedy.afterMs : null]),
    [
      ['load-again', 1_000],
      ['load-again', 2_000],
      ['open-anew', 4_000],
      ['open-anew', 8_000],
      ['open-anew', 8_000],
      ['open-anew', 8_000],
      ['open-anew', 8_000],
      ['open-anew', 8_000],
    ],
  )
})

test('a media fault is recovered in place once, then by a fresh start, then the viewer is asked', () => {
  const recovery = new Recovery()
  const kinds = Array.from({ length: 8 }, (_, at) => recovery.decide('media', at * 1_000).kind)
  assert.deepEqual(kinds, [
    'recover-media',
    ...Array.from({ length: 5 }, () => 'open-anew'),
    'give-up',
    'give-up',
  ])
})

test('ten calm seconds make faults history, nine do not', () => {
  const rows: { calmMs: number; fault: PlaybackFault; kind: string }[] = [
    { calmMs: 9_999, fault: 'media', kind: 'open-anew' },
    { calmMs: 10_000, fault: 'media', kind: 'recover-media' },
  ]
  for (const { calmMs, fault, kind } of rows) {
    const recovery = new Recovery()
    recovery.decide(fault, 0)
    recovery.played(calmMs)
    assert.equal(recovery.decide(fault, calmMs).kind, kind)
  }
})

test('what is neither network nor media starts anew and is given up in the end', () => {
  const recovery = new Recovery()
  const kinds = Array.from({ length: 7 }, () => recovery.decide('other', 0).kind)
  assert.deepEqual(kinds, [...Array.from({ length: 6 }, () => 'open-anew'), 'give-up'])
})
