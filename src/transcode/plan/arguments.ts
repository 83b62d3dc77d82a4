import type { Size } from './ladder.ts'
import {
  BUFFER_SECONDS,
  FRAME_RATE_ASSUMED,
  PIXELS_MAX,
  type Plan,
  type Rendition,
  type VideoPlan,
} from './plan.ts'

/** What does not depend on the source. */
export interface EncoderOptions {
  /** libx264 preset: how much time it may take. */
  readonly preset: string
  /**
   * Threads of one encoder, and of all filters. More than 4 cut small pictures into poor slices.
   */
  readonly threadsMax: number
  /** Distance of thumbnails in ms. The first comes with the first picture. */
  readonly thumbnailEveryMs: number
}

export const ENCODER_DEFAULTS: EncoderOptions = {
  preset: 'superfast',
  threadsMax: 4,
  thumbnailEveryMs: 10_000,
}

/** The descriptor of the first rendition; the next ones follow, the thumbnails come last. */
const FIRST_OUTPUT = 3

/**
 * Bytes one allocation inside FFmpeg may have: a 4096x2304 picture of 10 bits needs 56 MB. [F05]
 */
const ALLOCATION_BYTES_MAX = 256 * 1024 * 1024
/** FLV has one audio and one video stream, and one for data. [F05] */
const STREAMS_MAX = 8
/**
 * Bytes and microseconds FFmpeg looks at before it starts. The sequence headers, which come first,
 * say all; what it would learn from more (the frame rate) it is told. Never `-fflags nobuffer`:
 * that throws away what was looked at, and with it the first key frame.
 */
const PROBE = ['-probesize', '2048', '-analyzeduration', '100000']
/** No key frame of the encoder's own: longer than any distance of forced ones. In frames. */
const GROUP_FRAMES_MAX = 1200
/** Half a frame at 250 a second, so that rounding to ms never moves anything by a frame. */
const PICTURE_EARLY_MS = 2
/** How long, in µs, one track waits for the other: silence must not hold the picture back. */
const INTERLEAVE_MICROSECONDS_MAX = 50_000
/**
 * How far the clock in the stream (PCR) is behind the pictures. Nothing may come later than its
 * time by that clock (ISO 13818-1 §2.4.2.3), and sound does come somewhat behind the picture that
 * the clock is told with. It delays nothing: HLS players go by PTS.
 */
const CLOCK_BEHIND_SECONDS = 0.1
/** Seconds between PAT, PMT and SDT. Vibly puts its own in front of every segment. */
const TABLES_EVERY_SECONDS = 3600

/**
 * The arguments of the one FFmpeg that carries out `plan`: FLV in on stdin, MPEG-TS out on
 * descriptors 3 and up in the order of the renditions, then thumbnails when there is video. A fixed
 * template: nothing a peer sends as text gets in. [F01] [F02]
 *
 * Timestamps go through untouched (`-copyts`, passthrough, 90 kHz in the encoders), so that a
 * picture has the same PTS in each rendition, copied or encoded.
 *
 * There is no `-xerror`: it ends FFmpeg when two frames share a timestamp. What it would report is
 * seen from outside: FFmpeg leaving before its input ends, or a rendition without bytes. [F11]
 */
export function formatArguments(plan: Plan, options: EncoderOptions): readonly string[] {
  const { video } = plan
  const isDecodedForThumbnailsOnly = plan.renditions.every((rendition) => rendition.isCopy)
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning'],
    ...['-max_alloc', String(ALLOCATION_BYTES_MAX)],
    ...['-filter_complex_threads', String(options.threadsMax)],
    ...formatInput(plan),
    ...(video !== null && isDecodedForThumbnailsOnly ? ['-skip_frame', 'nokey'] : []),
    ...['-copyts', '-f', 'flv', '-i', 'pipe:0'],
    ...(video === null || isDecodedForThumbnailsOnly
      ? []
      : ['-filter_complex', formatGraph(plan, video)]),
    ...plan.renditions.flatMap((rendition, index) =>
      formatRendition(rendition, index, plan, options),
    ),
    ...(video === null
      ? []
      : formatThumbnails(video, FIRST_OUTPUT + plan.renditions.length, options)),
  ]
}

/** One decoding thread: each further one would hold a frame back. */
function formatInput(plan: Plan): readonly string[] {
  return [
    ...PROBE,
    ...['-max_pixels', String(PIXELS_MAX), '-max_streams', String(STREAMS_MAX)],
    ...['-protocol_whitelist', 'pipe', '-format_whitelist', 'flv'],
    ...['-codec_whitelist', plan.decoders.join(','), '-threads', '1'],
  ]
}

/**
 * Decode once, scale down the chain: the tallest encoded rendition from the source, each next one
 * from the one before, by a cheaper filter (SSIM 0.001 lower, 3 % less processor time).
 */
function formatGraph(plan: Plan, video: VideoPlan): string {
  const shared = [
    // Decoded all the same: what follows is built on it.
    ...(video.skip === null ? [] : [`trim=start=${formatSeconds(video.skip.untilMs)}`]),
    ...(video.isInterlaced ? ['bwdif=mode=send_frame:deint=all'] : []),
    ...(video.frameStep > 1 ? [`framestep=${video.frameStep}`] : []),
  ]
  const encoded = plan.renditions.flatMap((rendition, index) =>
    rendition.isCopy || rendition.width === null || rendition.height === null
      ? []
      : [{ index, size: { width: rendition.width, height: rendition.height } }],
  )
  const chain = encoded.map(({ index, size }, step) => {
    const isLast = step === encoded.length - 1
    const scaled =
      step === 0 ? formatScale(video.display, size) : `scale=${join(size)}:flags=bilinear`
    const picture = `[chain${step}]${scaled},setsar=1,format=yuv420p`
    return isLast ? `${picture}[v${index}]` : `${picture},split[v${index}][chain${step + 1}]`
  })
  const head = shared.length === 0 ? 'null' : shared.join(',')
  return [`[0:v:0]${head}[chain0]`, ...chain].join(';')
}

/** In FLV, whose times have 32 bits of ms, a little before a picture's own. */
function formatSeconds(ms: number): string {
  return (((ms - PICTURE_EARLY_MS) % 2 ** 32) / 1000).toFixed(3)
}

/** Fits the picture into `size`; only a kept rendition of another shape gets bars. */
function formatScale(display: Size, size: Size): string {
  const isSameShape = Math.abs((display.width * size.height) / display.height - size.width) <= 2
  if (isSameShape) return `scale=${join(size)}:out_range=tv`
  const fit = `scale=${join(size)}:force_original_aspect_ratio=decrease:force_divisible_by=2`
  return `${fit}:out_range=tv,pad=${join(size)}:(ow-iw)/2:(oh-ih)/2`
}

function join(size: Size): string {
  return `${size.width}:${size.height}`
}

function formatRendition(
  rendition: Rendition,
  index: number,
  plan: Plan,
  options: EncoderOptions,
): readonly string[] {
  const hasVideo = plan.video !== null && rendition.height !== null
  return [
    ...(hasVideo && rendition.isCopy ? ['-map', '0:v:0', '-c:v', 'copy'] : []),
    ...(plan.video !== null && rendition.videoKbps !== null
      ? ['-map', `[v${index}]`, ...formatVideo(rendition.videoKbps, plan.video, options)]
      : []),
    ...(plan.audio === null ? [] : ['-map', '0:a:0', ...formatAudio(rendition)]),
    ...['-f', 'mpegts', '-mpegts_copyts', '1', '-avoid_negative_ts', 'disabled'],
    ...['-flush_packets', '1', '-muxdelay', String(CLOCK_BEHIND_SECONDS), '-muxpreload', '0'],
    ...['-pes_payload_size', '0'],
    // With its length a picture is known to be complete when its last packet is in, not its
    // successor's first.
    ...['-omit_video_pes_length', '0'],
    ...['-pat_period', String(TABLES_EVERY_SECONDS), '-sdt_period', String(TABLES_EVERY_SECONDS)],
    ...['-max_interleave_delta', String(INTERLEAVE_MICROSECONDS_MAX)],
    `pipe:${FIRST_OUTPUT + index}`,
  ]
}

/**
 * H.264 of constant quality under a ceiling, without look-ahead. The rate control counts frames,
 * not time (`zerolatency`), so it has to know how many come in a second.
 */
function formatVideo(kbps: number, video: VideoPlan, options: EncoderOptions): readonly string[] {
  const framesPer1000Seconds = Math.round((video.frameRate ?? FRAME_RATE_ASSUMED) * 1000)
  const keyframes =
    video.keyframes.at === 'source'
      ? 'source'
      : `expr:isnan(prev_forced_t)+gte(t-prev_forced_t,${(video.keyframes.everyMs - PICTURE_EARLY_MS) / 1000})`
  return [
    ...['-c:v', 'libx264', '-preset', options.preset, '-tune', 'zerolatency', '-profile:v', 'high'],
    ...['-crf', '23', '-maxrate', `${kbps}k`, '-bufsize', `${Math.round(kbps * BUFFER_SECONDS)}k`],
    ...['-g', String(GROUP_FRAMES_MAX), '-sc_threshold', '0', '-forced-idr', '1'],
    ...['-force_key_frames', keyframes, '-x264-params', `fps=${framesPer1000Seconds}/1000`],
    ...['-fps_mode:v', 'passthrough', '-enc_time_base:v', '1:90000'],
    ...['-threads:v', String(options.threadsMax)],
  ]
}

/** `async=1`: gaps become silence, overlaps are cut, so that sound stays with the picture. */
function formatAudio(rendition: Rendition): readonly string[] {
  if (rendition.audioKbps === null) return ['-c:a', 'copy']
  return [
    ...['-c:a', 'aac', '-profile:a', 'aac_low', '-b:a', `${rendition.audioKbps}k`],
    ...['-ac', '2', '-ar', '48000', '-filter:a', 'aresample=async=1'],
  ]
}

/**
 * A graph of its own: FFmpeg 7 and later hold back what a graph made for one output while another
 * of its outputs, this rare one, waits for a picture. Of interlaced pictures one field is enough.
 * One encoding thread, since more would each hold one picture back: the first must come at once.
 */
function formatThumbnails(
  video: VideoPlan,
  descriptor: number,
  options: EncoderOptions,
): readonly string[] {
  const everySeconds = options.thumbnailEveryMs / 1000
  const filters = [
    `select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,${everySeconds})'`,
    ...(video.isInterlaced ? ['field=type=top'] : []),
    `scale=${join(video.thumbnail)}:out_range=pc,setsar=1,format=yuvj420p`,
  ]
  return [
    ...['-map', '0:v:0', '-filter:v', filters.join(',')],
    ...['-c:v', 'mjpeg', '-q:v', '4', '-threads:v', '1'],
    ...['-fps_mode:v', 'passthrough', '-f', 'image2pipe', '-flush_packets', '1'],
    `pipe:${descriptor}`,
  ]
}
