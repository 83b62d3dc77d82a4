import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Reading, type Stall, StallWatch } from './watch.ts'

const LIMITS = { hangMsMax: 5000, startMsMax: 8000, readerStallMsMax: 15_000 }

/** Looks every 250 ms until `untilMs`; when the first stall was seen and the stall. */
function firstStall(
  untilMs: number,
  readingAt: (nowMs: number) => Omit<Reading, 'nowMs'>,
): { readonly atMs: number; readonly stall: Stall } | null {
  const watch = new StallWatch(LIMITS, 0)
  for (let nowMs = 250; nowMs <= untilMs; nowMs += 250) {
    const stall = watch.look({ nowMs, ...readingAt(nowMs) })
    if (stall !== null) return { atMs: nowMs, stall }
  }
  return null
}

const one = (progress: number) => new Map([['720p', progress]])

const ROWS: readonly {
  readonly name: string
  readonly readingAt: (nowMs: number) => Omit<Reading, 'nowMs'>
  readonly expected: { readonly atMs: number; readonly waitingFor: string } | null
}[] = [
  {
    name: 'all goes well',
    readingAt: (nowMs) => ({ isOwed: true, isReaderSlow: false, progress: one(nowMs) }),
    expected: null,
  },
  {
    name: 'hangs from 10 s on',
    readingAt: (nowMs) => ({
      isOwed: true,
      isReaderSlow: false,
      progress: one(Math.min(nowMs, 10_000)),
    }),
    expected: { atMs: 15_000, waitingFor: 'encoder' },
  },
  {
    name: 'never begins',
    readingAt: () => ({ isOwed: true, isReaderSlow: false, progress: one(0) }),
    expected: { atMs: 8000, waitingFor: 'encoder' },
  },
  {
    name: 'nothing comes in, so nothing goes out',
    readingAt: (nowMs) => ({
      isOwed: nowMs < 10_000,
      isReaderSlow: false,
      progress: one(Math.min(nowMs, 10_000)),
    }),
    expected: null,
  },
  {
    name: 'input once in 4 s is no reason to hurry',
    readingAt: (nowMs) => ({ isOwed: nowMs % 4000 === 0, isReaderSlow: false, progress: one(1) }),
    expected: null,
  },
  {
    name: 'nobody reads',
    readingAt: () => ({ isOwed: true, isReaderSlow: true, progress: one(1) }),
    expected: { atMs: 15_250, waitingFor: 'reader' },
  },
  {
    name: 'one of two outputs is dead',
    readingAt: (nowMs) => ({
      isOwed: true,
      isReaderSlow: false,
      progress: new Map([
        ['1080p', nowMs],
        ['720p', 7],
      ]),
    }),
    expected: { atMs: 5250, waitingFor: 'encoder' },
  },
]

for (const row of ROWS) {
  test(`[F10] [F11] the watch: ${row.name}`, () => {
    const found = firstStall(60_000, row.readingAt)
    const seen = found && { atMs: found.atMs, waitingFor: found.stall.waitingFor }
    assert.deepEqual(seen, row.expected)
    if (found !== null) assert.equal(found.stall.output, '720p')
  })
}
