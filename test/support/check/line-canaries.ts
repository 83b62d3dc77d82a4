import type { Observation } from '../../../src/check/index.ts'
import { each, probed, silence, slowTrips } from './breaks.ts'
import type { Canary } from './canaries.ts'
import {
  liveEdited,
  liveSeen,
  TRANSPORT,
  withHeader,
  withMaster,
  withPlaylistAnswers,
  withRenditions,
} from './observations.ts'

/** As `CANARIES`: the line, the ends of the ladder, fragmented MP4, and encoders that are away. */
export const LINE_CANARIES: readonly Canary[] = [
  ['D05', 'MUST', 'HTTP/1.1', { ...liveSeen(), transport: { ...TRANSPORT, protocol: 'http/1.1' } }],
  ['D05', 'MUST', 'TLS 1.1', { ...liveSeen(), transport: { ...TRANSPORT, tls: 'TLSv1.1' } }],
  ['D08', 'MUST', 'a playlist that may wait', prioritised('u=3', 'u=3')],
  ['D08', 'MUST', 'media before playlists', prioritised('u=1', 'u=0, i')],
  ['D10', 'GOAL', 'a hidden file that is found', probed('unknown-dotfile', { status: 200 })],
  [
    'D10',
    'GOAL',
    'another body for a way out',
    {
      ...liveSeen(),
      probes: liveSeen().probes.map((probe) =>
        probe.name === 'unknown-traversal' ? { ...probe, digest: 'other' } : probe,
      ),
    },
  ],
  ['H11', 'SHOULD', 'silence instead of gaps', silence()],
  [
    'H11',
    'SHOULD',
    'a gap with parts that are none',
    each((text) => text.replace('#EXTINF:2.000000,\n15.ts', '#EXT-X-GAP\n$&')),
  ],
  [
    'H16',
    'MUST',
    'another MAP in the middle',
    mapped((text) => text.replace(/(#EXTINF.*\n)(12\.ts)/, '#EXT-X-MAP:URI="b.mp4"\n$1$2')),
  ],
  [
    'LL16',
    'MUST',
    'a MAP that nobody hinted at',
    liveEdited((text, _, step) => {
      const whole = withMap(text)
      return step < 9
        ? whole
        : whole.replace('#EXT-X-PRELOAD-HINT', '#EXT-X-MAP:URI="b.mp4"\n#EXT-X-PRELOAD-HINT')
    }),
  ],
  ['LL22', 'MUST', 'a round trip of 600 ms', slowTrips(600)],
  ['LL22', 'SHOULD', 'a round trip of 200 ms', slowTrips(200)],
  ['M10', 'SHOULD', 'nothing for cellular lines', smallest(400_000)],
  [
    'M11',
    'SHOULD',
    'no I-frame playlist',
    withMaster(liveSeen(), (text) => text.replace(/#EXT-X-I-FRAME-STREAM-INF.*\n/, '')),
  ],
  ['M12', 'MUST', 'an unknown range', ranged('WIDE')],
  ['M12', 'MUST', 'PQ in pictures of 8 bits', ranged('PQ')],
]

/** A broadcast in which each answer has a priority. */
export function prioritised(playlists: string, segments: string): Observation {
  const told = withPlaylistAnswers(liveSeen(), (answer) =>
    withHeader(answer, 'priority', playlists),
  )
  return withRenditions(told, ({ segments: all }) => ({
    segments: all.map((one) => ({
      ...one,
      answer: withHeader(one.answer, 'priority', segments),
    })),
  }))
}

/** A broadcast with an initialization section, edited further. */
export function mapped(edit: (text: string) => string = (text) => text): Observation {
  return liveEdited((text) => edit(withMap(text)))
}

/** An encoder that was away for one segment, and a playlist that says so. */
export function gapped(): Observation {
  return each((text) => text.replace('#EXTINF:2.000000,\n9.ts', '#EXT-X-GAP\n$&'))
}

function withMap(text: string): string {
  return text
    .replace('VERSION:3', 'VERSION:6')
    .replace('#EXT-X-INDEPENDENT-SEGMENTS', '$&\n#EXT-X-MAP:URI="a.mp4"')
}

function smallest(bps: number): Observation {
  return withMaster(liveSeen(), (text) => text.replace('BANDWIDTH=150000', `BANDWIDTH=${bps}`))
}

function ranged(range: string): Observation {
  return withMaster(liveSeen(), (text) =>
    text.replaceAll(',FRAME-RATE', `,VIDEO-RANGE=${range},FRAME-RATE`),
  )
}
