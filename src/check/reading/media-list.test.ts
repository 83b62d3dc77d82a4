import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deltaFault, mergeDelta } from './delta.ts'
import { parseMasterList } from './master-list.ts'
import { lastMsnOf, lastOf, listedSeconds, parseMediaList, segmentChange } from './media-list.ts'

const LIVE = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24.0,PART-HOLD-BACK=3.0
#EXT-X-PART-INF:PART-TARGET=1.0
#EXT-X-MEDIA-SEQUENCE:266
#EXT-X-DISCONTINUITY-SEQUENCE:5
#EXTINF:4.0,a title, with a comma
266.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-02-14T02:13:36.106Z
#EXTINF:3.5,
267.ts
#EXT-X-GAP
#EXT-X-PART:DURATION=2,URI="268.0.ts",INDEPENDENT=YES
#EXT-X-PART:DURATION=2,URI="268.1.ts",GAP=YES
#EXTINF:4,
268.ts
#EXT-X-PART:DURATION=1.0,URI="269.0.ts",BYTERANGE="100@40"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="269.1.ts",BYTERANGE-START=140
#EXT-X-RENDITION-REPORT:URI="../low/list.m3u8",LAST-MSN=269,LAST-PART=0
`

test('a media playlist is read with all that rules ask for', () => {
  const list = parseMediaList(LIVE)
  assert.deepEqual(list.grammarFaults, [])
  assert.deepEqual([list.targetSeconds, list.mediaSequence, list.version], [4, 266, 9])
  assert.deepEqual([list.partTarget, list.control?.canSkipUntil], [1, 24])
  assert.deepEqual(
    list.segments.map(({ msn, uri, seconds, discontinuity, isDiscontinuity, isGap }) => [
      msn,
      uri,
      seconds,
      discontinuity,
      isDiscontinuity,
      isGap,
    ]),
    [
      [266, '266.ts', 4, 5, false, false],
      [267, '267.ts', 3.5, 6, true, false],
      [268, '268.ts', 4, 6, false, true],
    ],
  )
  assert.equal(list.segments[1]?.dateMs, Date.UTC(2026, 1, 14, 2, 13, 36, 106))
  assert.deepEqual(
    list.parts.get(268)?.map(({ isGap }) => isGap),
    [false, true],
  )
  assert.deepEqual(list.parts.get(269)?.[0]?.range, { offset: 40, byteCount: 100 })
  assert.deepEqual(lastOf(list), { msn: 269, part: 0 })
  assert.deepEqual([lastMsnOf(list), listedSeconds(list)], [268, 11.5])
  assert.deepEqual(list.hints, [{ type: 'PART', uri: '269.1.ts', rangeStart: 140 }])
  assert.deepEqual(list.reports, [{ uri: '../low/list.m3u8', lastMsn: 269, lastPart: 0 }])
})

test('a range without an offset goes on where the one before ended', () => {
  const list = parseMediaList(
    '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n#EXT-X-BYTERANGE:100@50\na.ts\n#EXTINF:2,\n#EXT-X-BYTERANGE:70\na.ts\n',
  )
  assert.deepEqual(
    list.segments.map(({ range }) => range),
    [
      { offset: 50, byteCount: 100 },
      { offset: 150, byteCount: 70 },
    ],
  )
})

/** Text, and what its first grammar fault says. */
const FAULTY: readonly (readonly [string, RegExp])[] = [
  ['', /#EXTM3U/],
  ['<html></html>', /#EXTM3U/],
  ['#EXTM3U\n', /TARGETDURATION/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:two\n', /TARGETDURATION/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-TARGETDURATION:2\n', /twice/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:x,\na.ts\n', /EXTINF/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:2\na.ts\n', /no EXTINF/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n', /no URI/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts', /cut short/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART:URI="a"\n', /PART/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-STREAM-INF:BANDWIDTH=1\n', /multivariant/],
]

for (const [text, says] of FAULTY) {
  test(`what is wrong is said, not thrown: ${JSON.stringify(text.slice(-40))}`, () => {
    assert.match(parseMediaList(text).grammarFaults.join('; '), says)
  })
}

test('a playlist cut short at any byte is read as far as it goes, and the cut is noticed', () => {
  for (let end = 0; end < LIVE.length; end += 1) {
    const list = parseMediaList(LIVE.slice(0, end))
    const isAtLineEnd = LIVE[end - 1] === '\n'
    if (!isAtLineEnd) assert.ok(list.grammarFaults.length > 0, `at ${end}`)
    assert.ok(list.segments.length <= 3)
  }
})

test('whatever the text, reading ends without an exception', () => {
  const line = fc.constantFrom(...LIVE.split('\n'), '#EXT-X-SKIP:SKIPPED-SEGMENTS=9', '#EXTINF:-1')
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
      const list = parseMediaList(lines.join('\n'))
      assert.ok(list.segments.length <= lines.length)
      parseMasterList(lines.join('\n'))
    }),
    { numRuns: 300 },
  )
})

test('segments that stay the same are the same objects', () => {
  const before = parseMediaList(LIVE)
  const after = parseMediaList(LIVE.replace('EXTINF:3.5', 'EXTINF:3.6'), before)
  assert.equal(after.segments[0], before.segments[0])
  assert.notEqual(after.segments[1], before.segments[1])
  const [, one] = before.segments
  const [, other] = after.segments
  assert.ok(one !== undefined && other !== undefined)
  assert.match(segmentChange(one, other) ?? '', /3.5 became 3.6/)
})

test('a delta update joined to any version that holds what it skips is the whole playlist', () => {
  fc.assert(
    fc.property(fc.nat(6), fc.nat(9), fc.nat(9), (age, skipped, breakAt) => {
      const whole = parseMediaList(numbered(age + 3, 12, breakAt))
      const before = parseMediaList(numbered(3, 12, breakAt + age))
      const delta = parseMediaList(numbered(age + 3, 12, breakAt, skipped))
      const merged = mergeDelta(before, delta)
      if (skipped + age > 12) assert.equal(merged, null)
      else assert.equal(merged === null ? 'none' : deltaFault(merged, whole), null)
    }),
  )
})

test('a delta update that lost or changed a segment is noticed', () => {
  const whole = parseMediaList(numbered(5, 12, 20))
  for (const broken of [
    numbered(5, 12, 20, 4).replace('SKIPPED-SEGMENTS=4', 'SKIPPED-SEGMENTS=3'),
    numbered(5, 12, 20, 4).replace('2.0,\n12.ts', '1.9,\n12.ts'),
    numbered(6, 11, 20, 4),
  ]) {
    const merged = mergeDelta(whole, parseMediaList(broken))
    assert.ok(merged === null || deltaFault(merged, whole) !== null)
  }
})

test('a multivariant playlist is told from a media playlist and read', () => {
  const text = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="sound/list.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="inside"
#EXT-X-STREAM-INF:BANDWIDTH=100,CODECS="avc1.4d401f, mp4a.40.2",RESOLUTION=640x360,AUDIO="a"
low/list.m3u8
`
  const list = parseMasterList(text)
  assert.deepEqual(list?.alternatives, [{ uri: 'sound/list.m3u8', type: 'AUDIO', group: 'a' }])
  assert.deepEqual(list?.variants[0]?.codecs, ['avc1.4d401f', 'mp4a.40.2'])
  assert.deepEqual([list?.variants[0]?.width, list?.variants[0]?.frameRate], [640, null])
  assert.equal(parseMasterList(LIVE), null)
  assert.match(parseMasterList(text.slice(0, -1))?.grammarFaults.join() ?? '', /cut short/)
})

/** `count` segments from number `first`, a discontinuity before the one at `breakAt` places. */
function numbered(first: number, count: number, breakAt: number, skipped = 0): string {
  const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:2', `#EXT-X-MEDIA-SEQUENCE:${first}`]
  lines.push('#EXT-X-DISCONTINUITY-SEQUENCE:4')
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`)
  for (let at = skipped; at < count; at += 1) {
    if (at === breakAt) lines.push('#EXT-X-DISCONTINUITY')
    lines.push('#EXTINF:2.0,', `${first + at}.ts`)
  }
  return `${lines.join('\n')}\n`
}
