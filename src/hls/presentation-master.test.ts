import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listSegment } from '../../test/support/list-segment.ts'
import { SMALL, segmentAt, startPresentation, TALL } from '../../test/support/presentation-rows.ts'
import type { Segment } from './cutting/segment.ts'
import type { RunRendition } from './listing/rendition.ts'

test('[M04] [M05] [M06] bit rates: live the plan until it is exceeded, recorded what was measured', () => {
  const presentation = startPresentation({}, [TALL])
  const sizes = [250_000, 500_000, 1_000_000]
  for (const [row, byteCount] of sizes.entries()) {
    const fileName = presentation.place('720p', segmentAt(row * 2000, 2000, byteCount))
    listSegment(presentation, '720p', fileName)
  }
  // The worst row is the last segment alone: 8 Mbit in 2 s. The mean is 14 Mbit in 6 s.
  assert.match(
    presentation.playlists.master('', 'live') ?? '',
    /BANDWIDTH=4000000,AVERAGE-BANDWIDTH=2500000,/,
  )
  assert.match(
    presentation.playlists.master('', 'vod') ?? '',
    /BANDWIDTH=4000000,AVERAGE-BANDWIDTH=2333334,/,
  )
})

test('[M05] the peak is that of a row of half a target at least, not of one short segment', () => {
  const presentation = startPresentation({}, [{ ...TALL, peakBps: null, averageBps: null }])
  let startMs = 0
  for (const [durationMs, byteCount] of [
    [2000, 500_000],
    [500, 500_000],
    [2000, 500_000],
  ] as const) {
    const fileName = presentation.place('720p', segmentAt(startMs, durationMs, byteCount))
    listSegment(presentation, '720p', fileName)
    startMs += durationMs
  }
  // 1 MB in 2.5 s, not 500 kB in 0.5 s.
  assert.match(presentation.playlists.master('') ?? '', /BANDWIDTH=3200000,/)
})

test('[M01] [M02] [M03] [M07] the master names codecs, size and rate, the 2 Mbit/s one first', () => {
  const full: RunRendition = { name: '1080p', peakBps: 6_000_000, averageBps: 5_000_000 }
  const presentation = startPresentation({}, [full, TALL, SMALL])
  for (const [name, height] of [
    ['1080p', 1080],
    ['720p', 720],
    ['480p', 480],
  ] as const) {
    const fileName = presentation.place(name, segmentAt(0, 2000, 100_000, height))
    listSegment(presentation, name, fileName)
  }
  assert.equal(
    presentation.playlists.master('/media/b/'),
    `#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=1500000,AVERAGE-BANDWIDTH=1200000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=854x480,FRAME-RATE=30.000
/media/b/480p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=6000000,AVERAGE-BANDWIDTH=5000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=30.000
/media/b/1080p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2500000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
/media/b/720p/index.m3u8
`,
  )
})

test('[M01] sound alone is described as sound alone', () => {
  const presentation = startPresentation({}, [
    { name: 'audio', peakBps: 140_000, averageBps: 130_000 },
  ])
  const sound: Segment = { ...segmentAt(0, 2000, 1000), video: null, frameCount: 0 }
  listSegment(presentation, 'audio', presentation.place('audio', sound))
  assert.match(
    presentation.playlists.master('') ?? '',
    /^#EXT-X-STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=130000,CODECS="mp4a.40.2"$/m,
  )
})
