import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { M3U8Parser, PlaylistLevelType } from 'hls.js'
import { LENGTHS } from '../../test/support/hls-lengths.ts'
import { listAll, listSegment } from '../../test/support/list-segment.ts'
import { mergeDelta, parseListed } from '../../test/support/playlist-rules.ts'
import {
  Feed,
  headAt,
  NAMES,
  PART_MS,
  partOf,
  START_MS,
  segmentOf,
} from '../../test/support/presentation-feed.ts'
import { Presentation } from './presentation.ts'

test('[H11] a rendition that is given up has gaps part by part: who plays it goes elsewhere at once', () => {
  const feed = new Feed()
  const { presentation } = feed
  feed.segment(8)
  presentation.endRun()
  const kept = { name: '480p', peakBps: 9e6, averageBps: 8e6 }
  presentation.startRun({ renditions: [kept], wallClockMs: START_MS + 5000 })
  for (let index = 0; index < 3; index += 1) {
    presentation.placePart('480p', partOf(index), headAt(10_000))
    feed.see()
  }
  const gaps = (text: string) => text.match(/#EXT-X-PART:.*GAP=YES$/gm) ?? []
  const open = presentation.playlists.media('720p') ?? ''
  assert.deepEqual(gaps(open), [
    '#EXT-X-PART:DURATION=0.240000,URI="gap-1.0.ts",GAP=YES',
    '#EXT-X-PART:DURATION=0.240000,URI="gap-1.1.ts",GAP=YES',
    '#EXT-X-PART:DURATION=0.240000,URI="gap-1.2.ts",GAP=YES',
  ])
  assert.doesNotMatch(open, /PRELOAD-HINT/)
  assert.equal(presentation.partBytes('720p', 'gap-1.0.ts'), null)
  assert.equal(presentation.decideReload('720p', { msn: 1, part: 2 }), 'now')
  listSegment(presentation, '480p', presentation.place('480p', segmentOf(10_000, 8)))
  feed.see()
  const whole = presentation.playlists.media('720p') ?? ''
  assert.equal(gaps(whole).length, 8)
  assert.match(whole, /#EXT-X-GAP\n#EXTINF:1\.920000,\ngap-1\.ts\n/)
  assert.deepEqual(gaps(presentation.playlists.media('480p') ?? ''), [])
  for (const watch of feed.watches.values()) assert.deepEqual(watch.faults, [])
})

test('[LL18] nothing before the first segment; then a part is listed when all renditions have it', () => {
  const feed = new Feed()
  feed.parts(3)
  assert.equal(feed.presentation.playlists.media('720p'), null)
  assert.equal(feed.presentation.partBytes('720p', '0-0.0.ts'), null)

  const { presentation } = new Feed()
  const firstName = NAMES.map((name) => presentation.place(name, segmentOf(10_000, 8)))
  for (const [index, name] of NAMES.entries())
    listSegment(presentation, name, firstName[index] ?? '')
  const head = headAt(10_000 + 8 * PART_MS)
  presentation.placePart('720p', partOf(0), head)
  presentation.placePart('720p', partOf(1), head)
  assert.equal(parseListed(presentation.playlists.media('720p') ?? '').open, null)
  presentation.placePart('480p', partOf(0), head)
  for (const name of NAMES) {
    const { open, hint } = parseListed(presentation.playlists.media(name) ?? '')
    assert.deepEqual(
      open?.parts.map(({ uri }) => uri),
      ['0-1.0.ts'],
    )
    assert.equal(hint, '0-1.1.ts')
  }
  assert.ok(presentation.partBytes('720p', '0-1.0.ts') !== null)
  assert.equal(presentation.partBytes('720p', '0-1.1.ts'), null)
})

test('[LL01] [LL13] [LL17] [LL21] a live playlist with parts, word for word', () => {
  const feed = new Feed()
  feed.segment(2)
  feed.parts(1)
  assert.equal(
    feed.presentation.playlists.media('480p'),
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0,HOLD-BACK=6.0,PART-HOLD-BACK=0.726
#EXT-X-PART-INF:PART-TARGET=0.242
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.240000,URI="0-0.0.ts",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.240000,URI="0-0.1.ts"
#EXTINF:0.480000,
0-0.ts
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.480Z
#EXT-X-PART:DURATION=0.240000,URI="0-1.0.ts",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="0-1.1.ts"
#EXT-X-RENDITION-REPORT:URI="../720p/index.m3u8",LAST-MSN=1,LAST-PART=0
`,
  )
})

test('[LL04] the parts, joined, are the segment', () => {
  const feed = new Feed()
  feed.segment(8)
  feed.segment(8)
  const { segments } = feed.listed('720p')
  for (const { uri, parts } of segments) {
    const joined = Buffer.concat(
      parts.map((part) => feed.presentation.partBytes('720p', part.uri) ?? Buffer.alloc(0)),
    )
    assert.ok(joined.equals(feed.presentation.segmentBytes('720p', uri) ?? Buffer.alloc(1)))
  }
})

test('[LL05] parts are listed for three targets, their bytes can be had for three more', () => {
  const feed = new Feed({ windowMs: 60_000 })
  for (let count = 0; count < 20; count += 1) feed.segment(8)
  const { segments } = feed.listed('720p')
  const withParts = segments.filter(({ parts }) => parts.length > 0).map(({ msn }) => msn)
  // 1.92 s each: the third from the end begins 5.76 s before it.
  assert.deepEqual(withParts, [17, 18, 19])
  const kept = segments.filter(
    ({ msn }) => feed.presentation.partBytes('720p', `0-${msn}.0.ts`) !== null,
  )
  // Segment 16 lost its parts when 19 came; three targets later it is 12 s behind, and 7 are still
  // there.
  assert.deepEqual(
    kept.map(({ msn }) => msn),
    [12, 13, 14, 15, 16, 17, 18, 19],
  )
})

test('[H04] [LL15] a run that ends within a segment: its listed parts are the segment, the hint is gone', () => {
  const feed = new Feed()
  feed.segment(8)
  feed.parts(3, 1)
  feed.presentation.placePart('720p', partOf(3), headAt(10_000 + 8 * PART_MS))
  const short = feed.presentation.cutShort()
  assert.deepEqual(
    short.map(({ rendition, fileName, bytes }) => [rendition, fileName, bytes.byteLength]),
    NAMES.map((name) => [name, '0-1.ts', 3 * 188]),
  )
  for (const { rendition, fileName } of short) listSegment(feed.presentation, rendition, fileName)
  feed.presentation.endRun()
  feed.see()
  const { segments, hint } = feed.listed('720p')
  assert.deepEqual([segments.at(-1)?.seconds, segments.at(-1)?.parts.length, hint], [0.72, 3, null])
  assert.equal(feed.presentation.hintedPart('720p'), null)
  for (const { faults } of feed.watches.values()) assert.deepEqual(faults, [])
})

test('[LL11] [H09] after the end every wish is met, nothing is hinted at, nothing is skipped', () => {
  const feed = new Feed()
  for (let count = 0; count < 20; count += 1) feed.segment(8)
  assert.equal(feed.presentation.decideReload('720p', { msn: 20, part: 0 }), 'wait')
  assert.equal(feed.presentation.decideReload('720p', { msn: 99, part: 0 }), 'too-far')
  feed.presentation.end()
  assert.equal(feed.presentation.decideReload('720p', { msn: 99, part: 0 }), 'now')
  assert.equal(feed.presentation.playlists.delta('720p'), feed.presentation.playlists.media('720p'))
  assert.equal(feed.listed('720p').hint, null)
  assert.doesNotMatch(feed.presentation.playlists.media('720p') ?? '', /RENDITION-REPORT/)
})

test('[H15] [LL20] a delta update has version 9 and leaves out what is older than six targets', () => {
  const feed = new Feed({ windowMs: 1_800_000 })
  for (let count = 0; count < 150; count += 1) feed.segment(8)
  const full = feed.presentation.playlists.media('720p') ?? ''
  const delta = feed.presentation.playlists.delta('720p') ?? ''
  assert.match(delta, /^#EXT-X-VERSION:9\n(?:.*\n)+#EXT-X-SKIP:SKIPPED-SEGMENTS=143\n/m)
  assert.match(full, /^#EXT-X-VERSION:3$/m)
  assert.equal(parseListed(full).segments.length, 150)
  assert.ok(delta.length < 4000, `${delta.length} characters`)
})

/** Something that may happen to a broadcast. */
const event = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('segment' as const),
      count: fc.integer({ min: 1, max: 10 }),
      lag: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('break' as const),
      count: fc.integer({ min: 0, max: 9 }),
      lag: fc.integer({ min: -60_000, max: 60_000 }),
    }),
  },
)

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

/** What once went wrong: events, window in ms, how many versions ago a player looked. */
const EXAMPLES: [Event[], number, number][] = [
  // The window is exactly three targets long, by parts of 0.24 s: a sum of floats is a hair below.
  [[cut(1), broken(6), cut(5), cut(3), broken(4), cut(2), cut(5)], 0, 0],
  // Discontinuities among what a delta update skips, and behind it.
  [[cut(1), broken(0), cut(1), cut(9), cut(9), broken(3), cut(10), broken(9), cut(10)], 12_001, 0],
]

function cut(count: number): Event {
  return { kind: 'segment', count, lag: 0 }
}

function broken(count: number): Event {
  return { kind: 'break', count, lag: 0 }
}

test('[H04] [LL02] [LL05] [LL19] whatever happens, lists are legal successors and deltas mean the same', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 60, size: 'max' }),
      fc.integer({ min: 0, max: 40_000 }),
      fc.nat({ max: 4 }),
      (events, windowMs, age) => {
        const feed = new Feed({ windowMs })
        const seen: ReturnType<typeof parseListed>[] = []
        for (const { kind, count, lag } of events) {
          if (kind === 'segment') feed.segment(count, lag)
          else {
            feed.parts(count)
            feed.breakRun(START_MS + lag)
          }
          const text = feed.presentation.playlists.media('720p')
          if (text === null) continue
          seen.push(parseListed(text))
          const delta = parseListed(feed.presentation.playlists.delta('720p') ?? '')
          // A player may use a delta while what it knows is no older than half of CAN-SKIP-UNTIL.
          const previous = seen.at(-1 - age) ?? seen[0]
          const newest = seen.at(-1)
          if (previous === undefined || newest === undefined || isTooOld(previous, newest)) continue
          const merged = mergeDelta(previous, delta)
          assert.deepEqual(withoutParts(merged.segments), withoutParts(newest.segments))
          assert.deepEqual(merged.open, newest.open)
          assert.equal(delta.discontinuitySequence, newest.discontinuitySequence)
        }
        feed.presentation.cutShort()
        for (const [name, { faults }] of feed.watches) assert.deepEqual(faults, [], name)
      },
    ),
    { numRuns: 40, examples: EXAMPLES },
  )
})

test('[H04] [H11] parts whose segment no store takes stay listed, with bytes; a gap in the stored list', () => {
  const feed = new Feed()
  feed.segment(8)
  feed.parts(3)
  const { presentation } = feed
  const journal = presentation.cutShort().flatMap(({ rendition, fileName }) => {
    const texts = listAll(presentation, presentation.markKept(rendition, fileName))
    feed.see()
    return texts
  })
  presentation.endRun()
  feed.startRun(START_MS + 5000)
  for (let index = 0; index < 10; index += 1) feed.segment(8)
  for (const { faults } of feed.watches.values()) assert.deepEqual(faults, [])
  for (const name of NAMES) {
    assert.deepEqual(
      feed
        .listed(name)
        .segments.slice(0, 2)
        .map(({ uri, isGap }) => ({ uri, isGap })),
      [
        { uri: '0-0.ts', isGap: false },
        { uri: '0-1.ts', isGap: false },
      ],
    )
    // Ten segments later it is long out of the memory for what is on disk too.
    assert.equal(presentation.segmentBytes(name, '0-0.ts'), null)
    assert.equal(presentation.segmentBytes(name, '0-1.ts')?.byteLength, 3 * 188)
    const entry = journal.find(({ rendition }) => rendition === name)?.text ?? ''
    assert.match(entry, /#EXT-X-GAP\n#EXTINF:0\.720000,\n0-1\.ts\n$/)
    assert.match(presentation.playlists.vod(name, 'stored') ?? '', /#EXT-X-GAP\n.*\n0-1\.ts\n/)
    assert.doesNotMatch(presentation.playlists.vod(name) ?? '', /#EXT-X-GAP/)
  }
})

test('[H10] [H14] a segment that was told of past the next key frame: the next is behind a discontinuity', () => {
  const feed = new Feed()
  feed.segment(8)
  const { presentation } = feed
  const late = { ...segmentOf(10_000 + 7.5 * PART_MS, 8), isAfterHole: true }
  const after = segmentOf(10_000 + 15.5 * PART_MS, 8)
  for (const segment of [late, after]) {
    const names = NAMES.map((name) => presentation.place(name, segment))
    for (const [index, name] of NAMES.entries()) listSegment(presentation, name, names[index] ?? '')
    feed.see()
  }
  for (const { faults } of feed.watches.values()) assert.deepEqual(faults, [])
  const dates = feed.listed('480p').segments.map(({ dateMs }) => (dateMs ?? 0) - START_MS)
  assert.deepEqual(dates, [0, 8 * PART_MS, 16 * PART_MS])
  // What must be fed again is told by the media, not by the dates.
  assert.equal(presentation.runListedMs, 23.5 * PART_MS)
})

test('[M03] the frame rate stands while a new run has listed nothing', () => {
  const feed = new Feed()
  feed.segment(8)
  const rates = () => feed.presentation.playlists.variants().map(({ frameRate }) => frameRate)
  assert.deepEqual(rates(), [25, 25])
  feed.presentation.endRun()
  feed.startRun(START_MS + 5000)
  assert.deepEqual(rates(), [25, 25])
})

test('[LL13] what an ending run never made is listed as ever, without a hint', () => {
  const feed = new Feed()
  feed.segment(8)
  const { presentation } = feed
  presentation.endRun()
  const renditions = [{ name: '720p', peakBps: 9e6, averageBps: 8e6 }]
  presentation.startRun({ renditions, wallClockMs: START_MS + 5000 })
  listSegment(presentation, '720p', presentation.place('720p', segmentOf(20_000, 8)))
  presentation.expectEnd()
  const { segments, hint } = parseListed(presentation.playlists.media('480p') ?? '')
  assert.deepEqual([segments.length, segments.at(-1)?.isGap, hint], [2, true, null])
})

test('[LL13] what nobody makes any more is not hinted at', () => {
  const feed = new Feed()
  feed.segment(8)
  feed.parts(3)
  feed.presentation.expectEnd()
  for (const name of NAMES) feed.presentation.placePart(name, partOf(3), headAt(0))
  assert.equal(feed.listed('720p').hint, '0-1.4.ts')
  feed.segment(8)
  assert.equal(feed.listed('720p').hint, null)
  feed.breakRun(START_MS + 9000)
  assert.equal(feed.listed('720p').hint, '1-0.0.ts')
})

test('[LL23] a list that foresees nothing ends so that hls.js does not take its last segment for the next', () => {
  const presentation = new Presentation(LENGTHS)
  presentation.partTarget.decide([3600])
  const renditions = [{ name: '360p', peakBps: 9e6, averageBps: 8e6 }]
  presentation.startRun({ renditions, wallClockMs: START_MS })
  listSegment(presentation, '360p', presentation.place('360p', segmentOf(10_000, 8)))
  const endsWithSegment = (): boolean => {
    const text = presentation.playlists.media('360p') ?? ''
    const read = M3U8Parser.parseLevelPlaylist(text, '', 0, PlaylistLevelType.MAIN, 0, null)
    return read.fragmentHint === read.fragments.at(-1)
  }
  assert.equal(endsWithSegment(), false)
  presentation.expectEnd()
  assert.equal(endsWithSegment(), false, 'the encoder is away')
  presentation.endRun()
  assert.equal(endsWithSegment(), false, 'the run is over')
})

test('[H21] a row that differs in length must be the last', () => {
  const feed = new Feed()
  const { presentation } = feed
  const place = (name: string, count: number, startMs: number) =>
    listSegment(presentation, name, presentation.place(name, segmentOf(startMs, count)))
  place('720p', 8, 10_000)
  assert.deepEqual(place('480p', 6, 10_000), [])
  place('720p', 8, 12_000)
  assert.throws(() => place('480p', 8, 12_000), { code: 'hls.renditions-apart' })
})

/**
 * A player that knows a segment as a delta update skips it may know parts that are not listed any
 * more.
 */
function withoutParts(segments: ReturnType<typeof parseListed>['segments']) {
  return segments.map(({ parts: _, ...rest }) => rest)
}

function isTooOld(previous: ReturnType<typeof parseListed>, newest: typeof previous): boolean {
  const end = (listed: typeof previous) => listed.mediaSequence + listed.segments.length
  const added = newest.segments.slice(end(previous) - end(newest))
  return end(previous) < end(newest) && added.reduce((sum, { seconds }) => sum + seconds, 0) > 6
}
