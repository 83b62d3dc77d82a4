import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

/** Length of each segment, and of the loop they make, in seconds. */
const SEGMENT_S = 1
const LOOP_SEGMENTS = 30
const WINDOW_SEGMENTS = 8
/** On a busy machine; it takes 3 s on an idle one. */
const FFMPEG_MS_MAX = 60_000

const RENDITIONS = [
  { name: '360p', width: 640, height: 360, bandwidth: 900_000 },
  { name: '180p', width: 320, height: 180, bandwidth: 300_000 },
] as const

/**
 * Segments made by FFmpeg once and listed by the clock as if they were live, in an endless loop.
 */
export interface FakeMedia extends AsyncDisposable {
  /** Holds `{rendition}/{n}.ts` and `thumb.jpg`. */
  readonly folder: string
}

/** Needs some seconds of processor time; share it among the tests of a file. */
export async function makeFakeMedia(): Promise<FakeMedia> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vibly-media-'))
  // The length stands before the inputs: FFmpeg's generated sources have no end of their own.
  const durationS = String(SEGMENT_S * LOOP_SEGMENTS)
  const outputs = RENDITIONS.flatMap(({ name, width, height }, at) => [
    ...['-map', `[v${at}]`, '-map', '1:a', '-s', `${width}x${height}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', '-sc_threshold', '0'],
    ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '64k'],
    ...['-f', 'segment', '-segment_time', String(SEGMENT_S), '-segment_format', 'mpegts'],
    path.join(folder, `${name}-%d.ts`),
  ])
  await ffmpeg([
    ...['-f', 'lavfi', '-t', durationS, '-i', 'testsrc2=s=640x360:r=30'],
    ...['-f', 'lavfi', '-t', durationS, '-i', 'sine=f=330:r=48000'],
    ...['-filter_complex', '[0:v]split=2[v0][v1]'],
    ...outputs,
  ])
  const picture = ['-frames:v', '1', path.join(folder, 'thumb.jpg')]
  await ffmpeg(['-f', 'lavfi', '-i', 'testsrc2=s=640x360', ...picture])
  return {
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  const always = ['-nostdin', '-v', 'error']
  await promisify(execFile)('ffmpeg', [...always, ...args], { timeout: FFMPEG_MS_MAX })
}

/** The master playlist; URIs lead to `/media/{broadcastId}/{rendition}/index.m3u8`. */
export function masterText(broadcastId: string): string {
  const lines = RENDITIONS.flatMap(({ name, width, height, bandwidth }) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},RESOLUTION=${width}x${height},FRAME-RATE=30.000`,
    `/media/${broadcastId}/${name}/index.m3u8`,
  ])
  return `${['#EXTM3U', '#EXT-X-VERSION:6', '#EXT-X-INDEPENDENT-SEGMENTS', ...lines].join('\n')}\n`
}

/**
 * A media playlist `liveMs` after the start of a broadcast that had eight segments when it started.
 * `isOver` adds ENDLIST.
 */
export function mediaText(liveMs: number, isOver: boolean): string {
  const end = WINDOW_SEGMENTS + Math.floor(liveMs / 1000 / SEGMENT_S)
  const first = end - WINDOW_SEGMENTS
  const discontinuitiesGone = first === 0 ? 0 : Math.floor((first - 1) / LOOP_SEGMENTS)
  const lines = Array.from({ length: WINDOW_SEGMENTS }, (_, at) => first + at).flatMap(
    (sequence) => [
      ...(sequence > 0 && sequence % LOOP_SEGMENTS === 0 ? ['#EXT-X-DISCONTINUITY'] : []),
      `#EXTINF:${SEGMENT_S.toFixed(3)},`,
      `${sequence}.ts`,
    ],
  )
  return `${[
    '#EXTM3U',
    '#EXT-X-VERSION:6',
    `#EXT-X-TARGETDURATION:${SEGMENT_S}`,
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitiesGone}`,
    ...lines,
    ...(isOver ? ['#EXT-X-ENDLIST'] : []),
  ].join('\n')}\n`
}

/** File of a segment inside `FakeMedia.folder`; null when the names are none of ours. */
export function segmentFile(rendition: string, fileName: string): string | null {
  const match = /^(\d{1,9})\.ts$/.exec(fileName)
  if (match === null || !RENDITIONS.some(({ name }) => name === rendition)) return null
  return `${rendition}-${Number(match[1]) % LOOP_SEGMENTS}.ts`
}
