import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LENGTHS } from '../../../test/support/hls-lengths.ts'
import { listSegment } from '../../../test/support/list-segment.ts'
import { PlaylistWatch, parseListed, playlistFaults } from '../../../test/support/playlist-rules.ts'
import { AAC_STEREO, H264_1080P } from '../../../test/support/sample-facts.ts'
import type { Segment } from '../cutting/segment.ts'
import { parseJournal } from '../playlist/journal.ts'
import { Presentation } from '../presentation.ts'
import { joinJournals } from './past.ts'

const NAMES = ['720p', '480p']
const START_MS = Date.UTC(2026, 0, 1)
const OPTIONS = { ...LENGTHS, windowMs: 12_000 }
const SHOWN = {
  video: { codecString: 'avc1.64001f', width: 1280, height: 720 },
  audio: { codecString: 'mp4a.40.2' },
  frameRate: 25,
}

test('[H05] [H10] [H12] [H14] [H26] [X02] a broadcast goes on from its stored playlists under the same numbers', () => {
  const { journals, presentation, watch } = broadcast()
  const restored = restore(journals)
  assert.equal(restored.partTarget.ms, presentation.partTarget.ms)
  assert.equal(restored.durationMs, presentation.durationMs + 1)
  watch.see(restored.playlists.media('720p') ?? '')
  const lost = parseListed(restored.playlists.media('720p') ?? '').segments.at(-1)
  assert.deepEqual([lost?.isGap, lost?.msn], [true, (presentation.lastMsn ?? 0) + 1])

  restored.startRun({ renditions: renditions(), wallClockMs: START_MS + 90_000 })
  for (let row = 0; row < 8; row += 1) {
    addRow(restored, row * 2000)
    watch.see(restored.playlists.media('720p') ?? '')
  }
  assert.deepEqual(watch.faults, [])
  const recorded = parseListed(restored.playlists.vod('480p') ?? '').segments
  assert.equal(recorded.at(-1)?.discontinuity, 2, 'one before the kill, one after it')
  assert.equal(new Set(recorded.map(({ uri }) => uri)).size, recorded.length)
  restored.end()
  for (const name of NAMES) assert.deepEqual(playlistFaults(restored.playlists.vod(name) ?? ''), [])
})

test('[H05] [X02] wherever the writing of the playlists was cut, what viewers were told of is there', () => {
  const { journals, told } = broadcast()
  const [tall = '', small = ''] = NAMES.map((name) => journals.get(name) ?? '')
  // The last row was being written: of one playlist a piece of it is there, of the other nothing.
  const before = small.slice(0, small.lastIndexOf('#bytes'))
  for (let cut = tall.lastIndexOf('#bytes'); cut <= tall.length; cut += 1) {
    const torn = new Map([
      ['720p', tall.slice(0, cut)],
      ['480p', before],
    ])
    const restored = restore(torn)
    const listed = parseListed(restored.playlists.vod('720p') ?? '').segments
    assert.deepEqual(
      listed.filter(({ isGap }) => !isGap).map(({ uri }) => uri),
      told.slice(0, -1),
    )
    assert.equal(listed.at(-1)?.isGap, true)
  }
})

test('[M01] [M02] [M06] the master of a broadcast that goes on says what the one before said', () => {
  const { journals, presentation } = broadcast()
  const attributes = (text: string | null) => /AVERAGE-BANDWIDTH=.*/.exec(text ?? '')?.[0]
  const restored = restore(journals)
  const text = restored.playlists.master('', 'vod')
  assert.equal(attributes(text), attributes(presentation.playlists.master('', 'vod')))
  assert.deepEqual(
    restored.playlists.variants().map(({ name }) => name),
    NAMES,
  )
})

test('[H26] names of a run that told of parts only are not used again', () => {
  const { journals } = broadcast()
  const restored = restore(journals)
  restored.startRun({ renditions: renditions(), wallClockMs: START_MS + 90_000 })
  const name = restored.place('720p', segmentAt(0))
  const [run = 0] = name.split('-').map(Number)
  assert.ok(run > 2, name)
})

/** Two runs of 10 and 3 segments, as it was when its server was killed. */
function broadcast() {
  const presentation = new Presentation(OPTIONS)
  presentation.partTarget.decide([3600])
  const journals = new Map(NAMES.map((name) => [name, '']))
  const watch = new PlaylistWatch()
  for (const [run, rows] of [10, 3].entries()) {
    presentation.startRun({ renditions: renditions(), wallClockMs: START_MS + run * 40_000 })
    for (let row = 0; row < rows; row += 1) {
      for (const { rendition, text } of addRow(presentation, row * 2000)) {
        journals.set(rendition, (journals.get(rendition) ?? '') + text)
      }
      watch.see(presentation.playlists.media('720p') ?? '')
    }
    if (run === 0) presentation.endRun()
  }
  const told = parseListed(presentation.playlists.vod('720p') ?? '').segments.map(({ uri }) => uri)
  return { presentation, journals, watch, told }
}

function restore(journals: ReadonlyMap<string, string>): Presentation {
  const journaled = [...journals].map(([name, text]) => ({
    name,
    journal: parseJournal(text, name),
    ...SHOWN,
  }))
  return new Presentation({ ...OPTIONS, past: joinJournals(journaled, 242) })
}

function addRow(presentation: Presentation, startMs: number) {
  return NAMES.flatMap((name) => [
    ...listSegment(presentation, name, presentation.place(name, segmentAt(startMs))),
  ])
}

function renditions() {
  return NAMES.map((name) => ({ name, peakBps: null, averageBps: null }))
}

function segmentAt(startMs: number): Segment {
  return {
    startTicks: startMs * 90,
    durationTicks: 180_000,
    bytes: new Uint8Array(500_000 + startMs),
    parts: [],
    isAfterHole: false,
    frameCount: 50,
    video: { ...H264_1080P, frameRate: null, ...SHOWN.video },
    audio: { ...AAC_STEREO, ...SHOWN.audio },
  }
}
