import { ViblyError } from '../../base/index.ts'
import { PictureCutter } from '../process/index.ts'
import type { IdleFfmpeg } from './idle.ts'

/** What a picture must fit in, pixels; it is filled up with black where its shape differs. */
export interface BoxSize {
  readonly width: number
  readonly height: number
}

/** JPEGs made of what is stored, by an FFmpeg that has time. */
export interface Stills {
  /**
   * One JPEG for each key frame, in order.
   *
   * @param ts MPEG-TS with nothing but these key frames and their tables.
   * @throws ViblyError `transcode.pictures-failed`, `transcode.thumbnail-broken`.
   */
  take(ts: readonly Uint8Array[], box: BoxSize, signal: AbortSignal): Promise<readonly Uint8Array[]>
  /** One sheet of JPEGs of the same size, row by row; throws as `take`. */
  tile(
    jpegs: readonly Uint8Array[],
    grid: { readonly columns: number; readonly rows: number },
    signal: AbortSignal,
  ): Promise<Uint8Array>
}

/**
 * What any run may take, and what each picture adds on a machine that is busy with other things.
 */
const WORK_MS_MAX = 60_000
const WORK_MS_PER_PICTURE = 500
/** mjpeg's scale of 2 to 31: small and still clear. */
const QUALITY = ['-q:v', '5']
const OUTPUT = ['-c:v', 'mjpeg', ...QUALITY, '-threads', '1', '-f', 'image2pipe', 'pipe:1']
const COMMON = ['-hide_banner', '-nostdin', '-loglevel', 'warning', '-protocol_whitelist', 'pipe']

/** `workDir` is where FFmpeg stands; nothing is written there. */
export function openStills(ffmpeg: IdleFfmpeg, options: { readonly workDir: string }): Stills {
  const run = async (
    args: readonly string[],
    input: readonly Uint8Array[],
    pictures: { readonly taken: number; readonly given: number },
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> => {
    const cutter = new PictureCutter()
    const found: Uint8Array[] = []
    const failure = await ffmpeg.run(
      {
        program: 'ffmpeg',
        args: [...COMMON, ...args, ...OUTPUT],
        input,
        workDir: options.workDir,
        timeMsMax: WORK_MS_MAX + pictures.taken * WORK_MS_PER_PICTURE,
        onOutput: (bytes) => found.push(...cutter.push(bytes)),
      },
      signal,
    )
    if (failure !== null || found.length !== pictures.given) {
      const reason = failure?.lastWords ?? 'another number of pictures came out'
      throw new ViblyError('transcode.pictures-failed', {
        ...pictures,
        found: found.length,
        reason,
      })
    }
    return found
  }
  return {
    take: (ts, { width, height }, signal) => {
      const size = `${width}:${height}`
      const fit = `scale=${size}:force_original_aspect_ratio=decrease:out_range=pc`
      // Times of their own: several runs may have left the same one, and mjpeg wants them to rise.
      const filter = `${fit},pad=${size}:-1:-1,setsar=1,format=yuvj420p,setpts=N/TB`
      const args = ['-threads', '1', '-f', 'mpegts', '-i', 'pipe:0', '-map', '0:v:0']
      args.push('-filter:v', filter, '-fps_mode', 'passthrough', '-enc_time_base', '1:1')
      return run(args, ts, { taken: ts.length, given: ts.length }, signal)
    },
    tile: async (jpegs, { columns, rows }, signal) => {
      const args = ['-f', 'image2pipe', '-c:v', 'mjpeg', '-i', 'pipe:0', '-fps_mode', 'passthrough']
      args.push('-filter:v', `tile=${columns}x${rows}`)
      const [sheet] = await run(args, jpegs, { taken: jpegs.length, given: 1 }, signal)
      if (sheet === undefined) throw new ViblyError('base.bug', { jpegs: jpegs.length })
      return sheet
    },
  }
}
