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
