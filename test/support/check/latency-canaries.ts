import { again, each, early, hinted, joined, late, probed, slower, withFailure } from './breaks.ts'
import type { Canary } from './canaries.ts'
import { liveEdited, liveSeen, vodSeen, withProbe, withRenditions } from './observations.ts'

/** As `CANARIES`: parts, blocking reloads, hints, reports and delta updates. */
export const LATENCY_CANARIES: readonly Canary[] = [
  ['LL01', 'MUST', 'no PART-INF', each((text) => text.replace(/#EXT-X-PART-INF.*\n/, ''))],
  [
    'LL01',
    'MUST',
    'a hold-back of two parts',
    each((text) => text.replace('PART-HOLD-BACK=1.5', 'PART-HOLD-BACK=1.0')),
  ],
  [
    'LL02',
    'MUST',
    'a part too long',
    each((text) => text.replaceAll('DURATION=0.5,URI="17.1', 'DURATION=0.6,URI="17.1')),
  ],
  [
    'LL02',
    'MUST',
    'a part too short',
    each((text) => text.replaceAll('DURATION=0.5,URI="17.1', 'DURATION=0.4,URI="17.1')),
  ],
  ['LL03', 'MUST', 'parts that come late', slower(1.3)],
  ['LL04', 'MUST', 'parts of other bytes', joined({ joined: 'different' })],
  [
    'LL04',
    'MUST',
    'parts that last less',
    each((text) => text.replaceAll('DURATION=0.5,URI="17.3', 'DURATION=0.3,URI="17.3')),
  ],
  [
    'LL05',
    'SHOULD',
    'parts of old segments',
    each((text) =>
      text.replaceAll(/#EXTINF:2.000000,\n(9|10).ts/g, '#EXT-X-PART:DURATION=2,URI="$1.0.ts"\n$&'),
    ),
  ],
  ['LL05', 'MUST', 'a dropped part that is gone', again('dropped part', { status: 404 })],
  [
    'LL06',
    'MUST',
    'an answer before its time',
    withProbe(liveSeen(), 'next-msn', ({ msn }) => ({ msn: (msn ?? 0) + 1 })),
  ],
  ['LL06', 'MUST', 'a reload answered too early', early()],
  ['LL07', 'MUST', 'part 999 refused', probed('part-beyond-parent', { status: 400 })],
  ['LL08', 'SHOULD', 'two ahead refused', probed('last-plus-2', { status: 400 })],
  ['LL08', 'SHOULD', 'three ahead not refused', probed('last-plus-3', { status: 200 })],
  ['LL09', 'MUST', 'a word for a number', probed('msn-word', { status: 200 })],
  ['LL09', 'MUST', 'a word that breaks it', probed('msn-negative', { status: 500 })],
  ['LL10', 'SHOULD', 'a wait that ends as a fault', withFailure(500, 8000)],
  [
    'LL11',
    'MUST',
    'blocked after the end',
    withProbe(vodSeen(), 'after-the-end', ({ answer }) => ({
      answer: { ...answer, doneMs: 6000 },
    })),
  ],
  ['LL12', 'MUST', 'an old number refused', probed('stale-msn', { status: 400 })],
  ['LL13', 'MUST', 'a hint that is 404', hinted({ status: 404 })],
  [
    'LL13',
    'MUST',
    'a hint that was never listed',
    withRenditions(liveSeen(), ({ hints }) => ({
      hints: hints.map((hint) => ({ ...hint, uri: 'other.ts' })),
    })),
  ],
  ['LL13', 'MUST', 'two hints', each((text) => `${text}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="x"\n`)],
  ['LL14', 'MUST', 'a part in drops', hinted({ firstByteMs: 100 })],
  ['LL15', 'SHOULD', '200 for what never was', probed('unknown-media', { status: 200 })],
  ['LL17', 'MUST', 'no report', each((text) => text.replace(/#EXT-X-RENDITION-REPORT.*\n/, ''))],
  ['LL17', 'MUST', 'an old report', each((text) => text.replace(/LAST-MSN=\d+/, 'LAST-MSN=12'))],
  ['LL18', 'MUST', 'a rendition two seconds behind', late(2000)],
  [
    'LL19',
    'MUST',
    'a skip of 4 s',
    each((text) => text.replace('CAN-SKIP-UNTIL=12', 'CAN-SKIP-UNTIL=4')),
  ],
  [
    'LL19',
    'MUST',
    'a hold-back of one target',
    each((text) => text.replace(',HOLD-BACK=6', ',HOLD-BACK=2')),
  ],
  [
    'LL19',
    'MUST',
    'a delta that skips too much',
    withRenditions(liveSeen(), ({ deltas }) => ({
      deltas: deltas.map((one) => ({ ...one, delta: { ...one.delta, skipped: 4 } })),
    })),
  ],
  [
    'LL20',
    'SHOULD',
    'a long window without deltas',
    liveEdited((text) => text.replace('CAN-SKIP-UNTIL=12,', ''), 70),
  ],
  ['LL21', 'MUST', 'an IDR not marked', joined({ hasIdr: [true, false, true, false] })],
  [
    'LL21',
    'MUST',
    'a date behind the first part',
    each((text) =>
      text.replace(
        '#EXTINF:2.000000,\n17.ts',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:34.000Z\n$&',
      ),
    ),
  ],
]
