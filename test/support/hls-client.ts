import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One line of a master playlist with its address. */
export interface Variant {
  readonly url: string
  readonly attributes: ReadonlyMap<string, string>
}

/** One listed segment with its address. */
export interface ListedSegment {
  readonly mediaSequence: number
  readonly url: string
  readonly durationS: number
  readonly isDiscontinuity: boolean
}

export interface MediaPlaylist {
  readonly text: string
  readonly targetDurationS: number
  readonly isEnded: boolean
  readonly segments: readonly ListedSegment[]
}

/** The variants of a master; null while it answers 404. */
export async function fetchMaster(url: string): Promise<readonly Variant[] | null> {
  const response = await fetch(url)
  if (response.status === 404) {
    await response.body?.cancel()
    return null
  }
  assert.equal(response.status, 200)
  const lines = (await response.text()).split('\n')
  const variants: Variant[] = []
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith('#EXT-X-STREAM-INF:')) continue
    const uri = lines[at + 1] ?? assert.fail('a STREAM-INF without its URI')
    variants.push({ url: new URL(uri, url).href, attributes: parseAttributes(line) })
  }
  return variants
}

/** Names of the renditions that a master of Vibly's lists, in the order of the alphabet. */
export async function renditionNames(url: string): Promise<readonly string[]> {
  const variants = (await fetchMaster(url)) ?? []
  return variants.map((variant) => variant.url.split('/').at(-2) ?? '').toSorted()
}

/** A media playlist as a player reads it. */
export async function fetchMedia(url: string): Promise<MediaPlaylist> {
  const response = await fetch(url)
  assert.equal(response.status, 200, url)
  const text = await response.text()
  const tag = (name: string): string | undefined =>
    new RegExp(`^#${name}:(.*)$`, 'm').exec(text)?.[1]
  let mediaSequence = Number(tag('EXT-X-MEDIA-SEQUENCE') ?? 0)
  const segments: ListedSegment[] = []
  let durationS = 0
  let isDiscontinuity = false
  for (const line of text.split('\n')) {
    if (line === '#EXT-X-DISCONTINUITY') isDiscontinuity = true
    if (line.startsWith('#EXTINF:')) durationS = Number.parseFloat(line.slice(8))
    if (line === '' || line.startsWith('#')) continue
    segments.push({ mediaSequence, url: new URL(line, url).href, durationS, isDiscontinuity })
    mediaSequence += 1
    isDiscontinuity = false
  }
  return {
    text,
    targetDurationS: Number(tag('EXT-X-TARGETDURATION')),
    isEnded: text.includes('#EXT-X-ENDLIST'),
    segments,
  }
}

/** What a judge from outside finds in one segment, read alone. */
export interface SegmentReport {
  readonly errors: string
  /** 90 kHz; the first packet of the picture in the order of the file. */
  readonly firstVideoPts: number | null
  readonly startsWithKeyframe: boolean
  readonly keyframePts: readonly number[]
  readonly frames: number
}

/** Downloads a segment and lets ffprobe and ffmpeg read and decode it alone. */
export async function probeSegment(url: string): Promise<SegmentReport> {
  const response = await fetch(url)
  assert.equal(response.status, 200, url)
  const folder = await mkdtemp(join(tmpdir(), 'vibly-segment-'))
  try {
    const path = join(folder, 'segment.ts')
    await writeFile(path, new Uint8Array(await response.arrayBuffer()))
    const packets = await run('ffprobe', [
      ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts,flags'],
      ...['-of', 'csv=p=0', path],
    ])
    const rows = packets.stdout
      .split('\n')
      .filter((row) => row.includes(','))
      .map((row) => row.split(','))
    const keyframes = rows.filter(([, flags]) => flags?.startsWith('K'))
    const decoded = await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-'])
    return {
      errors: `${packets.stderr}${decoded.stderr}`.trim(),
      firstVideoPts: rows[0] === undefined ? null : Number(rows[0][0]),
      startsWithKeyframe: rows[0]?.[1]?.startsWith('K') ?? false,
      keyframePts: keyframes.map(([pts]) => Number(pts)),
      frames: rows.length,
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function parseAttributes(line: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, quoted, plain] of line.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g)) {
    if (name !== undefined) attributes.set(name, quoted ?? plain ?? '')
  }
  return attributes
}
