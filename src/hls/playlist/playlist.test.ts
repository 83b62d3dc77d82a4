import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as hlsParser from 'hls-parser'
import { Parser } from 'm3u8-parser'
import { LENGTHS } from '../../../test/support/hls-lengths.ts'
import { listSegment } from '../../../test/support/list-segment.ts'
import {
  AAC,
  FFPROBE,
  H264,
  makeTs,
  picture,
  runFfmpeg,
  tone,
} from '../../../test/support/make-media.ts'
import { PlaylistWatch, parseListed, playlistFaults } from '../../../test/support/playlist-rules.ts'
import { Presentation } from '../presentation.ts'

const NAMES = ['360p', '180p']
const directory = mkdtempSync(join(tmpdir(), 'vibly-hls-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** What was listed while segments were being made, by rendition. */
const liveTexts = new Map<string, Set<string>>(NAMES.map((name) => [name, new Set()]))

/** Two runs of 12 and 7 s in two renditions, packaged and stored as a broadcast would. */
function packageBroadcast(): Presentation {
  const presentation = new Presentation({ ...LENGTHS, windowMs: 12_000 })
  const journals = new Map(NAMES.map((name) => [name, '']))
  for (const name of NAMES) mkdirSync(join(directory, name), { recursive: true })
  const renditions = NAMES.map((name) => ({ name, peakBps: null, averageBps: null }))
  for (const [run, seconds] of [12, 7].entries()) {
    presentation.startRun({ renditions, wallClockMs: Date.UTC(2026, 0, 1, 0, run) })
    for (const name of NAMES) {
      const size = ['-vf', `scale=-2:${name.slice(0, -1)}`]
      const source = [...picture('640x360', '30000/1001', seconds), ...tone(seconds), ...size]
      const segmenter = presentation.createSegmenter(name)
      const cuts = [...segmenter.push(makeTs([...source, ...H264, ...AAC])), ...segmenter.end()]
      for (const cut of cuts) {
        if (cut.kind === 'part') {
          presentation.placePart(name, cut.part, cut.segment)
          for (const [listed, texts] of liveTexts) {
            const text = presentation.playlists.media(listed)
            if (text !== null) texts.add(text)
          }
          continue
        }
        const fileName = presentation.place(name, cut.segment)
        writeFileSync(join(directory, name, fileName), cut.segment.bytes)
        for (const { rendition, text } of listSegment(presentation, name, fileName)) {
          journals.set(rendition, (journals.get(rendition) ?? '') + text)
        }
      }
    }
    presentation.endRun()
  }
  for (const { rendition, text } of presentation.end()) {
    journals.set(rendition, (journals.get(rendition) ?? '') + text)
  }
  for (const [name, text] of journals) writeFileSync(join(directory, name, 'index.m3u8'), text)
  writeFileSync(join(directory, 'index.m3u8'), presentation.playlists.master('', 'vod') ?? '')
  return presentation
}

const presentation = packageBroadcast()

test('two parsers by others read each media playlist as it is meant [H04] [H12] [H22]', () => {
  for (const name of NAMES) {
    for (const text of [presentation.playlists.media(name), presentation.playlists.vod(name)]) {
      assert.ok(text !== null)
      assert.deepEqual(playlistFaults(text), [])
      const meant = parseListed(text)

      const one = hlsParser.parse(text)
      assert.ok('segments' in one)
      const parser = new Parser()
      parser.push(text)
      parser.end()
      const two = parser.manifest

      const seconds = meant.segments.map((segment) => segment.seconds)
      const uris = meant.segments.map((segment) => segment.uri)
      assert.deepEqual([one.targetDuration, two.targetDuration], [2, 2])
      assert.deepEqual([one.endlist, two.endList], [true, true])
      assert.deepEqual(
        one.segments.map((segment) => segment.uri),
        uris,
      )
      assert.deepEqual(
        two.segments?.map((segment) => segment.uri),
        uris,
      )
      assert.deepEqual(
        one.segments.map((segment) => segment.duration),
        seconds,
      )
      assert.deepEqual(
        two.segments?.map((segment) => segment.duration),
        seconds,
      )
      assert.equal(one.mediaSequenceBase, meant.mediaSequence)
      assert.equal(two.mediaSequence, meant.mediaSequence)
      assert.equal(one.discontinuitySequenceBase, meant.discontinuitySequence)
      assert.deepEqual(
        two.segments?.map((segment) => segment.timeline),
        meant.segments.map((segment) => segment.discontinuity),
      )
      assert.deepEqual(
        two.segments?.map((segment) => segment.programDateTime),
        meant.segments.map((segment) => segment.dateMs),
      )
    }
  }
})

test('two parsers by others read parts, hints and reports as they are meant [LL01] [LL13] [LL17] [LL21]', () => {
  for (const texts of liveTexts.values()) {
    assert.ok(texts.size > 30)
    const watch = new PlaylistWatch()
    for (const text of texts) {
      watch.see(text)
      const meant = parseListed(text)
      const one = hlsParser.parse(text)
      assert.ok('segments' in one)
      const parser = new Parser()
      parser.push(text)
      parser.end()
      const two = parser.manifest
      assert.equal(one.partTargetDuration, meant.partTarget)
      assert.equal(two.partTargetDuration, meant.partTarget)
      assert.equal(one.lowLatencyCompatibility?.canBlockReload, true)
      assert.equal(one.lowLatencyCompatibility?.partHoldBack, meant.partHoldBack)
      assert.equal(two.serverControl?.['canSkipUntil'], meant.skipUntil)
      const parts = [...meant.segments, meant.open].flatMap((segment) => segment?.parts ?? [])
      const hint = meant.hint === null ? [] : [meant.hint]
      assert.deepEqual(
        one.segments.flatMap((segment) => segment.parts.map(({ uri }) => uri)),
        [...parts.map(({ uri }) => uri), ...hint],
      )
      assert.deepEqual(
        two.segments?.flatMap((segment) => segment.parts ?? []).map((part) => part.duration) ?? [],
        [...meant.segments].flatMap((segment) => segment.parts.map(({ seconds }) => seconds)),
      )
      assert.deepEqual(
        one.renditionReports.map((report) => report.uri),
        two.renditionReports?.map((report) => report.uri),
      )
    }
    assert.deepEqual(watch.faults, [])
  }
})

test('two parsers by others read the multivariant playlist as it is meant [M01] [M02] [M03] [M04]', () => {
  const text = presentation.playlists.master('/media/b/') ?? ''
  const one = hlsParser.parse(text)
  assert.ok('variants' in one)
  const parser = new Parser()
  parser.push(text)
  parser.end()
  const [first] = one.variants
  assert.equal(one.variants.length, 2)
  assert.equal(one.independentSegments, true)
  assert.equal(parser.manifest.independentSegments, true)
  assert.equal(first?.uri, '/media/b/360p/index.m3u8')
  assert.match(first?.codecs ?? '', /^avc1\.42c0[0-9a-f]{2},mp4a\.40\.2$/)
  assert.deepEqual(first?.resolution, { width: 640, height: 360 })
  assert.equal(first?.frameRate, 29.97)
  assert.ok((first?.averageBandwidth ?? 0) <= (first?.bandwidth ?? 0))
  assert.deepEqual(
    parser.manifest.playlists?.map(({ uri, attributes }) => [uri, attributes['BANDWIDTH']]),
    one.variants.map(({ uri, bandwidth }) => [uri, bandwidth]),
  )
})

test('[M06] declared and measured bit rates of a recording are within 10 %', () => {
  const one = hlsParser.parse(presentation.playlists.master('', 'vod') ?? '')
  assert.ok('variants' in one)
  for (const variant of one.variants) {
    const name = variant.uri.split('/')[0] ?? ''
    const listed = parseListed(presentation.playlists.vod(name) ?? '')
    const seconds = listed.segments.reduce((sum, segment) => sum + segment.seconds, 0)
    const bytes = listed.segments.map(
      ({ uri }) => presentation.segmentBytes(name, uri)?.byteLength ?? 0,
    )
    // Only the newest are in memory; all of them lie on disk.
    assert.ok(bytes.some((count) => count > 0))
    const format = probe(join(directory, name, 'index.m3u8'))
    assert.ok(Math.abs(format.seconds - seconds) < 0.1, `${format.seconds} s, listed ${seconds} s`)
    const averageBps =
      (sizeOf(
        name,
        listed.segments.map(({ uri }) => uri),
      ) *
        8) /
      seconds
    const declared = variant.averageBandwidth ?? 0
    assert.ok(Math.abs(declared / averageBps - 1) < 0.1, `${declared} for ${averageBps}`)
  }
})

test('FFmpeg plays the stored broadcast from its master to its end, over the discontinuity [H10] [H18]', () => {
  const input = ['-protocol_whitelist', 'file,crypto', '-i', join(directory, 'index.m3u8')]
  const out = runFfmpeg([...input, '-map', '0:v:0', '-f', 'framecrc', 'pipe:1']).toString()
  const frames = out.split('\n').filter((line) => /^0,/.test(line))
  // 12 s and 7 s at 29.97 fps.
  assert.equal(frames.length, 360 + 210)
})

function probe(path: string): { seconds: number } {
  const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path]
  return { seconds: Number.parseFloat(execFileSync(FFPROBE, args).toString()) }
}

function sizeOf(name: string, uris: readonly string[]): number {
  const args = ['-c%s', ...uris.map((uri) => join(directory, name, uri))]
  const sizes = execFileSync('stat', args).toString().trim().split('\n')
  return sizes.reduce((sum, size) => sum + Number(size), 0)
}
