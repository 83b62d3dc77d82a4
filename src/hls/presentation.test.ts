import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listSegment } from '../../test/support/list-segment.ts'
import { PlaylistWatch, parseListed, playlistFaults } from '../../test/support/playlist-rules.ts'
import {
  addRow,
  SMALL,
  START_MS,
  segmentAt,
  startPresentation,
  TALL,
} from '../../test/support/presentation-rows.ts'
import type { RunRendition } from './listing/rendition.ts'
import { parseJournal, recoverPlaylist } from './playlist/journal.ts'
import type { JournalText } from './playlists.ts'
import type { Presentation } from './presentation.ts'

const NAMES = ['720p', '480p']

test('[H13] [H15] [H21] a segment is listed when every rendition has stored its twin, and not before', () => {
  const presentation = startPresentation()
  assert.equal(presentation.playlists.master(''), null)
  const tall = presentation.place('720p', segmentAt(10_000, 2000))
  const small = presentation.place('480p', segmentAt(10_000, 2000))
  assert.deepEqual(listSegment(presentation, '720p', tall), [])
  assert.equal(presentation.playlists.media('720p'), null)
  assert.equal(presentation.lastMsn, null)

  assert.equal(listSegment(presentation, '480p', small).length, 2)
  assert.equal(presentation.lastMsn, 0)
  assert.equal(
    presentation.playlists.media('720p'),
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXTINF:2.000000,
0-0.ts
`,
  )
})

test('[M13] a rendition that starts a key frame later starts with the others', () => {
  const presentation = startPresentation()
  addRow(presentation, ['720p'], 10_000)
  addRow(presentation, ['720p'], 12_000)
  addRow(presentation, ['480p'], 12_000)
  addRow(presentation, NAMES, 14_000)
  for (const name of NAMES) {
    assert.equal(parseListed(presentation.playlists.media(name) ?? '').segments.length, 2, name)
  }
  assert.doesNotMatch(presentation.playlists.media('720p') ?? '', /0-0\.ts/)
})

test('[H21] renditions that fall out of step end the run', () => {
  const presentation = startPresentation()
  addRow(presentation, NAMES, 10_000)
  addRow(presentation, ['720p'], 12_000)
  assert.throws(() => addRow(presentation, ['480p'], 12_500), { code: 'hls.renditions-apart' })
})

test('a rendition that runs ahead of a stalled one is stopped at the limit', () => {
  const presentation = startPresentation({ segmentsWaitingMax: 3 })
  for (const startMs of [0, 2000, 4000]) addRow(presentation, ['720p'], startMs)
  assert.throws(() => addRow(presentation, ['720p'], 6000), { code: 'hls.renditions-apart' })
})

test('[H21] the last segments of a run are listed when they match, dropped when they do not', () => {
  for (const [smallMs, listed] of [
    [1000, 2],
    [1130, 2],
    [1500, 1],
  ] as const) {
    const presentation = startPresentation()
    addRow(presentation, NAMES, 10_000)
    addRow(presentation, ['720p'], 12_000, 1000)
    addRow(presentation, ['480p'], 12_000, smallMs)
    presentation.endRun()
    for (const name of NAMES) {
      const { segments } = parseListed(presentation.playlists.media(name) ?? '')
      assert.equal(segments.length, listed, name)
    }
  }
})

test('[H05] [H07] the window keeps its length, six segments and three targets at least', () => {
  const rows = [
    { windowMs: 20_000, durationMs: 2000, listed: 10 },
    { windowMs: 4000, durationMs: 2000, listed: 6 },
    { windowMs: 1000, durationMs: 600, listed: 10 },
  ]
  for (const { windowMs, durationMs, listed } of rows) {
    const presentation = startPresentation({ windowMs })
    for (let row = 0; row < 40; row += 1) addRow(presentation, NAMES, row * durationMs, durationMs)
    const playlist = parseListed(presentation.playlists.media('480p') ?? '')
    assert.equal(playlist.segments.length, listed)
    assert.equal(playlist.mediaSequence, 40 - listed)
    assert.equal(playlist.segments.at(-1)?.uri, '0-39.ts')
  }
})

test('[H10] [H12] a new run is one discontinuity in all renditions; a run that lists nothing is none', () => {
  const presentation = startPresentation({ windowMs: 12_000 })
  addRow(presentation, NAMES, 10_000)
  for (const wallClockMs of [START_MS + 5000, START_MS + 6000]) {
    presentation.endRun()
    presentation.startRun({ renditions: [TALL, SMALL], wallClockMs })
  }
  for (let row = 0; row < 3; row += 1) addRow(presentation, NAMES, 10_000 + row * 2000)
  for (const name of NAMES) {
    const listed = parseListed(presentation.playlists.media(name) ?? '')
    assert.deepEqual(
      listed.segments.map(({ uri, discontinuity }) => [uri, discontinuity]),
      [
        ['0-0.ts', 0],
        ['2-0.ts', 1],
        ['2-1.ts', 1],
        ['2-2.ts', 1],
      ],
    )
    assert.equal(listed.segments[1]?.dateMs, START_MS + 6000)
  }
  for (let row = 3; row < 9; row += 1) addRow(presentation, NAMES, 10_000 + row * 2000)
  const text = presentation.playlists.media('720p') ?? ''
  assert.match(text, /#EXT-X-DISCONTINUITY-SEQUENCE:1\n/)
  assert.doesNotMatch(text, /#EXT-X-DISCONTINUITY\n/)
})

test('[H10] [H14] a hole within a run is a discontinuity, and the dates leap over it', () => {
  const presentation = startPresentation()
  addRow(presentation, NAMES, 10_000)
  for (const name of NAMES) {
    const segment = { ...segmentAt(17_000, 2000), isAfterHole: true }
    listSegment(presentation, name, presentation.place(name, segment))
  }
  addRow(presentation, NAMES, 19_000)
  const text = presentation.playlists.media('720p') ?? ''
  assert.deepEqual(playlistFaults(text), [])
  assert.deepEqual(
    parseListed(text).segments.map(({ discontinuity, dateMs }) => [discontinuity, dateMs]),
    [
      [0, START_MS],
      [1, START_MS + 7000],
      [1, START_MS + 9000],
    ],
  )
})

test('[H14] a clock that fell between two runs does not take the dates back', () => {
  const presentation = startPresentation()
  addRow(presentation, NAMES, 10_000)
  presentation.endRun()
  presentation.startRun({ renditions: [TALL, SMALL], wallClockMs: START_MS - 3_600_000 })
  addRow(presentation, NAMES, 10_000)
  const dates = parseListed(presentation.playlists.media('720p') ?? '').segments.map(
    (one) => one.dateMs,
  )
  assert.deepEqual(dates, [START_MS, START_MS + 2000])
})

test('[H11] [M13] a rendition given up has gaps and leaves the master; one that is new begins where it begins', () => {
  const presentation = startPresentation()
  addRow(presentation, NAMES, 10_000)
  presentation.endRun()
  const added: RunRendition = { name: '360p', peakBps: 900_000, averageBps: 800_000 }
  presentation.startRun({ renditions: [SMALL, added], wallClockMs: START_MS + 9000 })
  addRow(presentation, ['480p', '360p'], 10_000)

  const given = presentation.playlists.media('720p') ?? ''
  assert.match(given, /#EXT-X-GAP\n#EXTINF:2.000000,\ngap-1.ts\n/)
  const begun = parseListed(presentation.playlists.media('360p') ?? '')
  assert.deepEqual([begun.mediaSequence, begun.segments[0]?.discontinuity], [1, 1])
  assert.deepEqual(mastersOf(presentation, 'live'), ['480p', '360p'])
  assert.deepEqual(mastersOf(presentation, 'vod'), ['480p'])
})

test('[H09] [H22] the end closes every playlist; the recording is a VOD with all of it', () => {
  const presentation = startPresentation({ windowMs: 12_000 })
  for (let row = 0; row < 20; row += 1) addRow(presentation, NAMES, row * 2000)
  assert.doesNotMatch(presentation.playlists.media('720p') ?? '', /PLAYLIST-TYPE|ENDLIST/)
  presentation.end()
  assert.equal(presentation.isEnded, true)
  const live = presentation.playlists.media('720p') ?? ''
  assert.ok(live.endsWith('#EXT-X-ENDLIST\n') && !live.includes('PLAYLIST-TYPE'))
  const vod = presentation.playlists.vod('720p') ?? ''
  const listed = parseListed(vod)
  assert.deepEqual([listed.type, listed.isEnded, listed.segments.length], ['VOD', true, 20])
  assert.equal(presentation.durationMs, 40_000)
})

test('[H09] the playlist on disk is the recording, and is made whole wherever a crash cut it', () => {
  const presentation = startPresentation({ windowMs: 12_000 })
  let journal = ''
  const append = (texts: readonly JournalText[]) => {
    for (const { rendition, text } of texts) if (rendition === '720p') journal += text
  }
  for (let row = 0; row < 3; row += 1) append(addRow(presentation, NAMES, row * 2000))
  presentation.endRun()
  presentation.startRun({ renditions: [TALL, SMALL], wallClockMs: START_MS + 20_000 })
  append(addRow(presentation, NAMES, 0))
  const open = journal
  append(presentation.end())
  assert.equal(journal, presentation.playlists.vod('720p', 'stored'))

  const headBytes = open.indexOf('#bytes')
  for (let cut = headBytes; cut <= open.length; cut += 1) {
    const text = recoverPlaylist(open.slice(0, cut), '720p')
    const { entries } = parseJournal(open.slice(0, cut), '720p')
    assert.deepEqual(playlistFaults(text), [])
    assert.ok(text.endsWith('#EXT-X-ENDLIST\n'))
    const whole = ['0-0.ts\n', '0-1.ts\n', '0-2.ts\n', '1-0.ts\n'].filter((name) =>
      open.slice(0, cut).includes(name),
    )
    assert.deepEqual(
      entries.map(({ uri }) => `${uri}\n`),
      whole,
    )
    assert.equal(parseListed(text).segments.length, whole.length)
  }
  assert.equal(recoverPlaylist(journal, '720p'), journal)
  for (let cut = 0; cut < headBytes; cut += 1) {
    assert.throws(() => recoverPlaylist(open.slice(0, cut), '720p'), {
      code: 'hls.playlist-invalid',
    })
  }
})

test('[H13] the bytes of the newest segments are at hand, and only of those', () => {
  const presentation = startPresentation({ segmentsInMemoryMax: 3 })
  for (let row = 0; row < 10; row += 1) addRow(presentation, NAMES, row * 2000)
  const kept = Array.from({ length: 10 }, (_, row) =>
    presentation.segmentBytes('720p', `0-${row}.ts`),
  )
  assert.deepEqual(
    kept.map((bytes) => bytes !== null),
    [false, false, false, false, false, false, false, true, true, true],
  )
  assert.equal(presentation.segmentBytes('nothing', '0-9.ts'), null)
})

test('each change is told once', () => {
  const presentation = startPresentation()
  let changes = 0
  const stop = presentation.playlists.onChange(() => {
    changes += 1
  })
  addRow(presentation, NAMES, 0)
  assert.equal(changes, 1)
  presentation.end()
  presentation.end()
  assert.equal(changes, 2)
  stop()
})

/** Something that may happen to a broadcast. */
const event = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('row' as const),
      ms: fc.integer({ min: 34, max: 2499 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('alone' as const), ms: fc.constantFrom(2000, 1000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      ms: fc.integer({ min: -9000, max: 60_000 }),
    }),
  },
)

test('[H02] [H04] [H05] [H12] [H14] [H23] [H26] whatever happens, each playlist is a legal successor', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 120 }),
      fc.integer({ min: 1, max: 30_000 }),
      (events, windowMs) => {
        const presentation = startPresentation({ windowMs })
        const watches = new Map(NAMES.map((name) => [name, new PlaylistWatch()]))
        const see = () => {
          for (const [name, watch] of watches) {
            const text = presentation.playlists.media(name)
            if (text !== null) watch.see(text)
          }
        }
        let atMs = 10_000
        let wallClockMs = START_MS
        for (const { kind, ms } of events) {
          if (kind === 'row') addRow(presentation, NAMES, atMs, ms)
          // What is alone when the run ends is dropped; so it always is followed by the end of the
          // run.
          if (kind === 'alone') addRow(presentation, ['720p'], atMs, ms)
          if (kind === 'row') atMs += ms
          else {
            wallClockMs += kind === 'run' ? ms : 0
            presentation.endRun()
            presentation.startRun({ renditions: [TALL, SMALL], wallClockMs })
            atMs = 10_000
          }
          see()
        }
        presentation.end()
        see()
        for (const [name, { faults }] of watches) assert.deepEqual(faults, [], name)
        assert.deepEqual(shapeOf(presentation, '720p'), shapeOf(presentation, '480p'))
      },
    ),
    { numRuns: 150 },
  )
})

/** What must be the same in all renditions. [H21] */
function shapeOf(presentation: Presentation, name: string) {
  const text = presentation.playlists.media(name)
  if (text === null) return null
  const { segments, ...head } = parseListed(text)
  return {
    head,
    rows: segments.map(({ msn, seconds, dateMs, discontinuity }) => [
      msn,
      seconds,
      dateMs,
      discontinuity,
    ]),
  }
}

function mastersOf(presentation: Presentation, use: 'live' | 'vod'): string[] {
  const text = presentation.playlists.master('', use) ?? ''
  return [...text.matchAll(/^(\w+)\/index\.m3u8$/gm)].map((match) => match[1] ?? '')
}
