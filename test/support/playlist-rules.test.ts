import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlaylistWatch } from './playlist-rules.ts'

const BEFORE = playlist(4, [0, 1, 2, 3, 4, 5, 6, 7])

/** A legal playlist that begins at `mediaSequence`; the numbers name its segments. */
function playlist(mediaSequence: number, numbers: readonly number[], end = ''): string {
  const entries = numbers.map((number) => {
    const date = new Date(Date.UTC(2026, 0, 1) + number * 2000).toISOString()
    return `#EXT-X-PROGRAM-DATE-TIME:${date}\n#EXTINF:2.000000,\n0-${number}.ts\n`
  })
  return `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:${mediaSequence}
#EXT-X-DISCONTINUITY-SEQUENCE:0
${entries.join('')}${end}`
}

const STEPS: readonly { name: string; after: string; fault: string | null }[] = [
  { name: 'nothing', after: BEFORE, fault: null },
  { name: 'one more', after: playlist(4, [0, 1, 2, 3, 4, 5, 6, 7, 8]), fault: null },
  { name: 'one more, one less', after: playlist(5, [1, 2, 3, 4, 5, 6, 7, 8]), fault: null },
  {
    name: 'the end',
    after: playlist(4, [0, 1, 2, 3, 4, 5, 6, 7], '#EXT-X-ENDLIST\n'),
    fault: null,
  },
  { name: 'sequence fell', after: playlist(3, [0, 1, 2, 3, 4, 5, 6, 7]), fault: 'H05' },
  { name: 'removed, not counted', after: playlist(4, [1, 2, 3, 4, 5, 6, 7, 8]), fault: 'H04' },
  { name: 'last one gone', after: playlist(4, [0, 1, 2, 3, 4, 5, 6]), fault: 'H04' },
  { name: 'too few left', after: playlist(9, [5, 6, 7]), fault: 'H07' },
  { name: 'target changed', after: BEFORE.replace('DURATION:2', 'DURATION:3'), fault: 'H02' },
  { name: 'too long', after: BEFORE.replace('2.000000', '2.500000'), fault: 'H03' },
  { name: 'a duration changed', after: BEFORE.replace('2.000000', '1.999000'), fault: 'H04' },
  { name: 'another URI', after: BEFORE.replace('0-3.ts', '0-3a.ts'), fault: 'H04' },
  { name: 'a date changed', after: BEFORE.replace('00:02.000Z', '00:02.001Z'), fault: 'H04' },
  { name: 'no date', after: BEFORE.replace(/#EXT-X-PROGRAM.*\n/, ''), fault: 'H14' },
  { name: 'cut short', after: BEFORE.slice(0, -1), fault: 'H01' },
  { name: 'a type', after: `${BEFORE}#EXT-X-PLAYLIST-TYPE:EVENT\n`, fault: 'H22' },
  { name: 'a control character', after: `${BEFORE}#\u0007\n`, fault: 'H23' },
  {
    name: 'discontinuity sequence fell away',
    after: BEFORE.replace('#EXT-X-DISCONTINUITY-SEQUENCE:0\n', ''),
    fault: 'H12',
  },
]

for (const { name, after, fault } of STEPS) {
  test(`the judge of playlists ${fault === null ? 'lets pass' : `finds ${fault} in`}: ${name}`, () => {
    const watch = new PlaylistWatch()
    watch.see(BEFORE)
    assert.equal(watch.faults.length, 0)
    watch.see(after)
    if (fault === null) assert.deepEqual(watch.faults, [])
    else
      assert.ok(
        watch.faults.some((text) => text.includes(`[${fault}]`)),
        watch.faults.join('; '),
      )
  })
}

test('the judge of playlists finds H09 in a change after the end', () => {
  const watch = new PlaylistWatch()
  watch.see(playlist(4, [0, 1, 2, 3, 4, 5, 6, 7], '#EXT-X-ENDLIST\n'))
  watch.see(playlist(4, [0, 1, 2, 3, 4, 5, 6, 7, 8]))
  assert.ok(watch.faults.some((text) => text.includes('[H09]')))
})

const LOW_LATENCY = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0,HOLD-BACK=6.0,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.5,URI="0-0.0.ts",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.2,URI="0-0.1.ts"
#EXTINF:0.7,
0-0.ts
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.700Z
#EXT-X-PART:DURATION=0.5,URI="0-1.0.ts",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="0-1.1.ts"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="0-1.2.ts"
`
const OPEN_PARTS = /#EXT-X-PART:DURATION=0.5,URI="0-1[\s\S]*?(?=#EXT-X-PRELOAD)/
const COMPLETE = '#EXT-X-PART:DURATION=0.1,URI="0-1.2.ts"\n#EXTINF:1.1,\n0-1.ts\n'

const PART_STEPS: readonly { name: string; after: string; fault: string | null }[] = [
  { name: 'nothing', after: LOW_LATENCY, fault: null },
  {
    name: 'the segment is complete',
    after: LOW_LATENCY.replace(/#EXT-X-PRELOAD.*\n/, COMPLETE),
    fault: null,
  },
  {
    name: 'the old parts go',
    after: LOW_LATENCY.replaceAll(/#EXT-X-PART:.*0-0\..*\n/g, ''),
    fault: null,
  },
  {
    name: 'one old part goes',
    after: LOW_LATENCY.replace(/#EXT-X-PART:.*0-0\.0.*\n/, ''),
    fault: 'H04',
  },
  { name: 'a listed part goes', after: LOW_LATENCY.replace(/.*0-1\.1\.ts"\n/, ''), fault: 'H04' },
  { name: 'the open segment goes', after: LOW_LATENCY.replace(OPEN_PARTS, ''), fault: 'H04' },
  { name: 'a part changes', after: LOW_LATENCY.replace('0-1.1.ts', '0-1.9.ts'), fault: 'H04' },
  { name: 'a part is too long', after: partOf('0-1.1', '0.51'), fault: 'LL02' },
  { name: 'a part is too short', after: partOf('0-1.1', '0.42'), fault: 'LL02' },
  { name: 'parts do not add up', after: partOf('0-0.1', '0.3'), fault: 'LL04' },
  { name: 'PART-TARGET changes', after: LOW_LATENCY.replace('T=0.5', 'T=0.505'), fault: 'LL02' },
  { name: 'a short hold-back', after: LOW_LATENCY.replace('BACK=1.5', 'BACK=1.4'), fault: 'LL01' },
  { name: 'a short skip', after: LOW_LATENCY.replace('UNTIL=12', 'UNTIL=11'), fault: 'LL19' },
  { name: 'no PART-INF', after: LOW_LATENCY.replace(/#EXT-X-PART-INF.*\n/, ''), fault: 'LL01' },
  { name: 'a hint behind the end', after: `${LOW_LATENCY}#EXT-X-ENDLIST\n`, fault: 'H09' },
  {
    name: 'a segment that begins with no IDR',
    after: LOW_LATENCY.replace(/(0-1\.0\.ts"),INDEPENDENT=YES/, '$1'),
    fault: 'LL21',
  },
]

for (const { name, after, fault } of PART_STEPS) {
  test(`the judge of parts ${fault === null ? 'lets pass' : `finds ${fault} in`}: ${name}`, () => {
    const watch = new PlaylistWatch()
    watch.see(LOW_LATENCY)
    assert.equal(watch.faults.length, 0, watch.faults.join('; '))
    watch.see(after)
    if (fault === null) assert.deepEqual(watch.faults, [])
    else {
      const isFound = watch.faults.some((text) => text.includes(`[${fault}]`))
      assert.ok(isFound, watch.faults.join('; '))
    }
  })
}

function partOf(name: string, seconds: string): string {
  const pattern = new RegExp(`DURATION=[\\d.]+(,URI="${name.replace('.', '\\.')})`)
  return LOW_LATENCY.replace(pattern, `DURATION=${seconds}$1`)
}
