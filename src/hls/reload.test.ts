import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advancePartLimit, decideReload, type PlaylistEdge } from './reload.ts'

/** Segments up to 10 are complete with 8 parts each, of 11 the parts 0 to 3 are listed. */
const EDGE: PlaylistEdge = {
  lastMsn: 10,
  openParts: 4,
  partsOf: (msn: number) => (msn <= 10 ? 8 : 4),
}
/** As `EDGE`, right after segment 10 became complete. */
const FRESH: PlaylistEdge = { ...EDGE, openParts: 0, partsOf: (msn: number) => (msn <= 10 ? 8 : 0) }
/** 240 ms: 13 parts ahead at most. */
const PART_TICKS = 240 * 90

const ROWS: readonly (readonly [string, number, number | null, string, PlaylistEdge?])[] = [
  ['[LL12] a segment that is long gone', 0, null, 'now'],
  ['[LL12] a part that is long gone', 0, 3, 'now'],
  ['[LL06] the newest complete segment', 10, null, 'now'],
  ['[LL06] the segment that is being cut', 11, null, 'wait'],
  ['[LL06] the one after', 12, null, 'wait'],
  ['[LL08] one too far', 13, null, 'too-far'],
  ['[LL08] much too far', 999_999_999, null, 'too-far'],
  ['[LL06] a part that is listed', 11, 3, 'now'],
  ['[LL06] the next part', 11, 4, 'wait'],
  ['[LL08] the furthest part that may be asked for', 11, 16, 'wait'],
  ['[LL08] one part too far', 11, 17, 'too-far'],
  ['[LL06] the first part of the segment after', 12, 0, 'wait'],
  ['[LL08] the furthest part of the segment after', 12, 12, 'wait'],
  ['[LL08] one too far there', 12, 13, 'too-far'],
  ['[LL07] past the end of a complete segment: part 0 of the next, which is there', 10, 8, 'now'],
  ['[LL07] part 999 of a complete segment', 10, 999, 'now'],
  ['[LL07] past the end of the newest, when the next has no part yet', 10, 8, 'wait', FRESH],
  ['[LL07] part 999 of it', 10, 999, 'wait', FRESH],
  ['[LL07] past the end of one before the newest', 9, 999, 'now', FRESH],
  ['[LL06] the last part of the newest', 10, 7, 'now', FRESH],
  ['[LL06] the next part of all', 11, 0, 'wait', FRESH],
]

for (const [name, msn, part, decision, edge = EDGE] of ROWS) {
  test(`${name} (${msn}, ${part}): ${decision}`, () => {
    assert.equal(decideReload({ msn, part }, edge, PART_TICKS), decision)
  })
}

test('[LL08] the advance part limit: three seconds of parts, three parts at least', () => {
  const rows = [
    [200, 15],
    [240, 13],
    [250, 12],
    [999, 4],
    [1000, 3],
    [2000, 3],
  ] as const
  for (const [ms, limit] of rows) assert.equal(advancePartLimit(ms * 90), limit)
})
