import {
  lastMsnOf,
  lastOf,
  type MediaList,
  parseMasterList,
  parseMediaList,
  type TsFacts,
} from '../../../src/check/reading/index.ts'
import type {
  Answer,
  MediaSeen,
  Observation,
  PlaylistSeen,
  Probe,
  ProbeName,
  RenditionSeen,
} from '../../../src/check/watching/index.ts'

/** Healthy observations, made up: what tests break one piece at a time. */

const NAMES = ['720p', '480p'] as const
const SITE = 'https://live.example/a'
const TARGET = 2
const PARTS = 4
const PART_S = 0.5
/** A segment that stands behind a DISCONTINUITY. */
const BREAK_MSN = 8
const STEPS = 25
const FIRST_LAST = 15
const DATE_MS = Date.UTC(2026, 0, 1)
const SEGMENT_BYTES = { '720p': 500_000, '480p': 250_000 } as const
/** So that the timestamps run over the 33 bits of the wire on the way. */
const TICKS_0 = 2 ** 33 - 11 * 180_000

const MASTER = `#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=2100000,AVERAGE-BANDWIDTH=2000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
720p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1050000,AVERAGE-BANDWIDTH=1000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=854x480,FRAME-RATE=30.000
480p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=150000,AVERAGE-BANDWIDTH=140000,CODECS="mp4a.40.2"
sound/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=400000,CODECS="avc1.64001f",RESOLUTION=1280x720,URI="720p/iframes.m3u8"
`
/** What a server behind TLS agrees to. */
export const TRANSPORT = { protocol: 'h2', tls: 'TLSv1.3' } as const

/** A low-latency broadcast, watched part by part for 12 s. */
export function liveSeen(windowSegments = 12): Observation {
  return liveOf((name, step) => liveText(name, step, windowSegments))
}

/** As `liveSeen`, each text edited before it is read; `step` counts the versions. */
export function liveEdited(
  edit: (text: string, name: string, step: number) => string,
  windowSegments = 12,
): Observation {
  return liveOf((name, step) => edit(liveText(name, step, windowSegments), name, step))
}

/** A recording of ten segments, all downloaded. */
export function vodSeen(
  edit: (text: string, name: string) => string = (text) => text,
): Observation {
  const renditions = NAMES.map((name) => {
    const text = edit(vodText('ts'), name)
    const list = parseMediaList(text)
    const track = [0, 1].map((atS) => version(name, text, null, atS * 1000))
    const segments = list.segments.map(({ msn, uri }) => segmentSeen(name, msn, uri, 0))
    return { ...emptyRendition(name), tracks: [track], texts: [text], segments }
  })
  const probes = [
    probe('plain', '', 200, renditions[0]),
    probe('after-the-end', '_HLS_msn=10', 200, renditions[0]),
    probe('skip-not-offered', '_HLS_skip=YES', 200, renditions[0]),
  ]
  return observation(renditions, probes, false)
}

/** The same in fragmented MP4, whose samples nobody reads. */
export function mp4Seen(edit: (text: string) => string = (text) => text): Observation {
  const seen = vodSeen(() => edit(vodText('m4s')))
  return withRenditions(seen, ({ segments }) => ({
    segments: segments.map((one) => ({ ...one, container: 'other' as const, facts: null })),
  }))
}

export function withRenditions(
  seen: Observation,
  change: (rendition: RenditionSeen) => Partial<RenditionSeen>,
): Observation {
  const renditions = seen.renditions.map((rendition) => ({ ...rendition, ...change(rendition) }))
  return { ...seen, renditions }
}

/** Changes what was found in one segment of the second rendition. */
export function withFacts(
  seen: Observation,
  msn: number,
  change: (facts: TsFacts) => Partial<TsFacts>,
): Observation {
  return withRenditions(seen, ({ name, segments }) => ({
    segments: segments.map((one) =>
      one.msn === msn && one.facts !== null && name === '480p'
        ? { ...one, facts: { ...one.facts, ...change(one.facts) } }
        : one,
    ),
  }))
}

/** Changes every playlist answer, the multivariant's too. */
export function withPlaylistAnswers(
  seen: Observation,
  change: (answer: Answer) => Partial<Answer>,
): Observation {
  return withRenditions(seen, ({ tracks }) => ({
    tracks: tracks.map((track) =>
      track.map((one) => ({ ...one, answer: { ...one.answer, ...change(one.answer) } })),
    ),
  }))
}

export function withMaster(seen: Observation, edit: (text: string) => string): Observation {
  const { renditions, probes, isLive } = seen
  return observation(renditions, probes, isLive, edit(MASTER))
}

export function withProbe(
  seen: Observation,
  name: ProbeName,
  change: (probe: Probe) => Partial<Probe>,
): Observation {
  const probes = seen.probes.map((one) => (one.name === name ? { ...one, ...change(one) } : one))
  return { ...seen, probes }
}

/** Header names in lower case; undefined takes one away. */
export function withHeader(answer: Answer, name: string, value: string | undefined): Answer {
  const headers = new Map(answer.headers)
  if (value === undefined) headers.delete(name)
  else headers.set(name, value)
  return { ...answer, headers }
}

export function answerOf(url: string, sentMs: number, doneMs: number, status = 200): Answer {
  const isPlaylist = /\.m3u8/.test(url)
  const mediaType = url.endsWith('.m4s') ? 'video/mp4' : 'video/mp2t'
  const headers = new Map([
    ['content-type', isPlaylist ? 'application/vnd.apple.mpegurl' : mediaType],
    ['access-control-allow-origin', '*'],
    ['access-control-allow-headers', 'Range, If-None-Match'],
    ['cache-control', isPlaylist ? 'public, max-age=1' : 'public, max-age=1209600, immutable'],
  ])
  if (isPlaylist) headers.set('content-encoding', 'gzip').set('vary', 'Accept-Encoding')
  return {
    url,
    status,
    failure: null,
    headers,
    sentMs,
    firstByteMs: doneMs - 1,
    doneMs,
    byteCount: 1000,
    isWhole: true,
    redirects: 0,
  }
}

/** The playlist after `step` more parts than at the start. */
function liveText(name: string, step: number, windowSegments: number): string {
  const more = Math.max(0, windowSegments - FIRST_LAST)
  const last = FIRST_LAST + more + Math.floor(step / PARTS)
  const openParts = step % PARTS
  const first = Math.max(1, last - windowSegments + 1)
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    `#EXT-X-TARGETDURATION:${TARGET}`,
    '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=1.5,HOLD-BACK=6',
    `#EXT-X-PART-INF:PART-TARGET=${PART_S}`,
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first > BREAK_MSN ? 1 : 0}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ]
  for (let msn = first; msn <= last + 1; msn += 1) {
    if (msn > last && openParts === 0) break
    if (msn === BREAK_MSN) lines.push('#EXT-X-DISCONTINUITY')
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(DATE_MS + msn * 2000).toISOString()}`)
    const parts = msn > last ? openParts : msn > last - 3 ? PARTS : 0
    for (let part = 0; part < parts; part += 1) {
      const isFirst = part === 0 ? ',INDEPENDENT=YES' : ''
      lines.push(`#EXT-X-PART:DURATION=${PART_S},URI="${msn}.${part}.ts"${isFirst}`)
    }
    if (msn <= last) lines.push('#EXTINF:2.000000,', `${msn}.ts`)
  }
  const other = name === NAMES[0] ? NAMES[1] : NAMES[0]
  const [msn, part] = openParts === 0 ? [last, PARTS - 1] : [last + 1, openParts - 1]
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${last + 1}.${openParts}.ts"`)
  lines.push(
    `#EXT-X-RENDITION-REPORT:URI="../${other}/index.m3u8",LAST-MSN=${msn},LAST-PART=${part}`,
  )
  return `${lines.join('\n')}\n`
}

/** The same playlist as a delta update that leaves out its first segments (8216bis §4.4.5.2). */
function deltaText(text: string, skipped: number): string {
  const head = text.slice(0, text.indexOf('#EXT-X-PROGRAM-DATE-TIME'))
  const kept = text
    .split(/(?<=\.ts\n)(?=#EXT-X-(?:PROGRAM|DISCONTINUITY))/)
    .slice(skipped)
    .join('')
  const skip = `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}\n`
  return `${head.replace('VERSION:3', 'VERSION:9')}${skip}${kept}`
}

function vodText(extension: string): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:6', '#EXT-X-TARGETDURATION:2']
  if (extension === 'ts') lines[1] = '#EXT-X-VERSION:3'
  lines.push('#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-PLAYLIST-TYPE:VOD', '#EXT-X-INDEPENDENT-SEGMENTS')
  if (extension === 'm4s') lines.push('#EXT-X-MAP:URI="init.mp4"')
  for (let msn = 0; msn < 10; msn += 1) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(DATE_MS + msn * 2000).toISOString()}`)
    if (msn === BREAK_MSN) lines.splice(-1, 0, '#EXT-X-DISCONTINUITY')
    lines.push('#EXTINF:2.000000,', `${msn}.${extension}`)
  }
  return `${lines.join('\n')}\n#EXT-X-ENDLIST\n`
}

function liveOf(textOf: (name: string, step: number) => string): Observation {
  const renditions = NAMES.map((name, at): RenditionSeen => {
    const track: PlaylistSeen[] = []
    for (let step = 0; step < STEPS; step += 1) {
      const before = track.at(-1)?.list ?? null
      track.push(version(name, textOf(name, step), before, step * 500 + at * 5))
    }
    const numbers = Array.from({ length: 12 }, (_, index) => 6 + index)
    const segments = numbers.map((msn) => segmentSeen(name, msn, `${msn}.ts`, msn * 1000))
    const parts = [0, 1, 2, 3].map((part) => partSeen(name, 17, part))
    const texts = [textOf(name, 0), textOf(name, STEPS - 1)]
    return {
      ...emptyRendition(name),
      ...aside(name, track, textOf(name, STEPS - 1)),
      tracks: [track],
      texts,
      segments,
      parts,
    }
  })
  return observation(renditions, liveProbes(renditions[0]), true)
}

/** Second looks, hints, joined parts and a delta update. */
function aside(name: string, track: readonly PlaylistSeen[], text: string): Partial<RenditionSeen> {
  const address = (uri: string) => `${SITE}/${name}/${uri}`
  const again = (['removed segment', 'dropped part', 'listed', 'hinted'] as const).map((what) => {
    const uri = what === 'removed segment' ? '4.ts' : what === 'listed' ? '17.ts' : '16.0.ts'
    const answer = answerOf(address(uri), 100, 110)
    return { uri, what, digest: 'd', firstDigest: 'd', answer }
  })
  const uri = track.at(-1)?.list.parts.values().next().value?.[1]?.uri ?? ''
  const hints = [{ uri, answer: answerOf(address(uri), 100, 600), digest: 'd' }]
  const facts = { joined: 'same bytes' as const, hasIdr: [true, false, false, false] }
  const joins = [{ msn: 17, facts, isIndependent: [true, false, false, false] }]
  const [first, last] = [track[0]?.list, track.at(-1)?.list]
  if (first === undefined || last === undefined) return {}
  const delta = parseMediaList(deltaText(text, 3))
  return { again, hints, joins, deltas: [{ before: first, delta, whole: last }] }
}

function version(
  name: string,
  text: string,
  before: MediaList | null,
  doneMs: number,
): PlaylistSeen {
  const list = parseMediaList(text, before)
  const isBlocking = before !== null && !list.isEnded
  const { msn, part } = lastOf(list)
  const query = isBlocking ? `?_HLS_msn=${msn}&_HLS_part=${part ?? 0}` : ''
  const url = `${SITE}/${name}/index.m3u8${query}`
  return { answer: answerOf(url, isBlocking ? doneMs - 490 : doneMs - 5, doneMs), isBlocking, list }
}

function segmentSeen(name: string, msn: number, uri: string, atMs: number): MediaSeen {
  const answer = answerOf(`${SITE}/${name}/${uri}`, atMs, atMs + 20)
  const byteCount = name === '720p' ? SEGMENT_BYTES['720p'] : SEGMENT_BYTES['480p']
  return {
    uri,
    range: null,
    msn,
    partIndex: null,
    seconds: 2,
    answer: { ...answer, byteCount },
    digest: `${name}/${uri}`,
    container: 'ts',
    facts: factsOf(name, msn),
  }
}

function partSeen(name: string, msn: number, partIndex: number): MediaSeen {
  const uri = `${msn}.${partIndex}.ts`
  return { ...segmentSeen(name, msn, uri, 0), partIndex, seconds: PART_S, facts: null }
}

/**
 * 30 pictures a second and sound; behind the break ten seconds later, with counters of their own.
 */
function factsOf(name: string, msn: number): TsFacts {
  const isLater = msn >= BREAK_MSN
  const startTicks = (TICKS_0 + msn * 180_000 + (isLater ? 900_000 : 0)) % 2 ** 33
  const endTicks = (startTicks + 180_000) % 2 ** 33
  const packets = msn * 50 + (isLater ? 7 : 0)
  return {
    unreadable: null,
    video: {
      codec: 'h264',
      codecString: 'avc1.64001f',
      width: name === '720p' ? 1280 : 854,
      height: name === '720p' ? 720 : 480,
      sampleAspect: { width: 1, height: 1 },
      frameRate: 30,
      isInterlaced: false,
      bitDepth: 8,
      chroma: '4:2:0',
      profileIdc: 100,
      levelIdc: 31,
    },
    audio: { codec: 'aac', codecString: 'mp4a.40.2', sampleRate: 48_000, channels: 2 },
    frameCount: 60,
    startsWithIdr: true,
    idrTicks: [startTicks],
    startTicks,
    endTicks,
    frameTicks: 3000,
    frameTicksMin: 3000,
    frameTicksMax: 3000,
    audioStartTicks: startTicks,
    audioEndTicks: endTicks,
    counters: new Map([[256, { first: packets % 16, last: (packets + 49) % 16 }]]),
    faults: [],
  }
}

function emptyRendition(name: string): RenditionSeen {
  const variants = (parseMasterList(MASTER)?.variants ?? []).filter(({ uri }) =>
    uri.startsWith(name),
  )
  return {
    name,
    url: `${SITE}/${name}/index.m3u8`,
    variants,
    group: null,
    ...{ tracks: [], failures: [], texts: [], segments: [], parts: [] },
    ...{ again: [], hints: [], joins: [], deltas: [] },
  }
}

function observation(
  renditions: readonly RenditionSeen[],
  probes: readonly Probe[],
  isLive: boolean,
  text = MASTER,
): Observation {
  const url = `${SITE}/index.m3u8`
  const list = parseMasterList(text)
  const named = renditions.map((rendition) => ({
    ...rendition,
    variants: (list?.variants ?? []).filter(({ uri }) => uri.startsWith(rendition.name)),
  }))
  const master = list === null ? null : { answer: answerOf(url, 0, 5), list, text }
  return { url, master, transport: TRANSPORT, isLive, renditions: named, probes, notes: [] }
}

function liveProbes(rendition: RenditionSeen | undefined): readonly Probe[] {
  const list = rendition?.tracks[0]?.at(-1)?.list
  const last = list === undefined ? 0 : lastMsnOf(list)
  const refused = ['part-alone', 'msn-word', 'msn-negative', 'msn-huge', 'msn-twice'] as const
  const same = [0, 1].map(() => probe('same-request', `_HLS_msn=${last}`, 200, rendition, last))
  return [
    { ...probe('plain', '', 200, rendition) },
    probe('preflight', 'OPTIONS', 204, rendition),
    probe('range-closed', 'bytes=0-99', 206, rendition),
    probe('range-open', 'bytes=100-', 206, rendition),
    probe('range-suffix', 'bytes=-100', 206, rendition),
    probe('range-beyond', 'bytes=999999999999-', 416, rendition),
    probe('unknown-media', '/no-such.ts', 404, rendition),
    probe('unknown-dotfile', '/.env', 404, rendition),
    probe('unknown-traversal', '/..%2fpasswd', 404, rendition),
    ...refused.map((name) => probe(name, '_HLS_msn=?', 400, rendition)),
    probe('last-plus-3', `_HLS_msn=${last + 3}`, 400, rendition),
    probe('part-beyond-limit', '_HLS_part=30', 400, rendition),
    probe('last-plus-2', `_HLS_msn=${last}`, 200, rendition, last),
    probe('next-msn', `_HLS_msn=${last}`, 200, rendition, last),
    probe('part-beyond-parent', '_HLS_part=999', 200, rendition, last - 1),
    probe('stale-msn', '_HLS_msn=0', 200, rendition, 0),
    ...same,
  ]
}

function probe(
  name: ProbeName,
  asked: string,
  status: number,
  rendition: RenditionSeen | undefined,
  msn: number | null = null,
): Probe {
  const isPlaylist = !/range|preflight|unknown/.test(name)
  const url = `${SITE}/720p/${isPlaylist ? 'index.m3u8' : '17.ts'}`
  const plain = answerOf(url, 0, 10, status)
  const answer = name === 'plain' ? withHeader(plain, 'content-encoding', undefined) : plain
  const list = status === 200 ? (rendition?.tracks[0]?.at(-1)?.list ?? null) : null
  return { name, asked, answer, list, digest: 'd', before: { msn: 17, part: 3 }, msn }
}
