import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * A picture that carries the wall clock: Node paints the time into a small grey picture, FFmpeg
 * blows it up and publishes it, and `READ_CLOCK` reads it back from a video element.
 */

const COLUMNS = 32
const ROWS = 18
/** Low bits of the clock in ms: it takes 4.6 hours until they are the same again. */
const BITS = 24
const FIRST_BIT_COLUMN = 4
/**
 * The bits, then their opposite: a frame that is half one time and half another gives itself away.
 */
const BIT_ROWS = { plain: 1, inverted: 3 } as const

/** Publishes until it is stopped; the same arguments as for any encoder that wants to be quick. */
export interface ClockPublisher {
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** Publishes the clock and a tone, `height` lines high, to an RTMP address with its key. */
export function publishClock(height: number, frameRate: number, url: string): ClockPublisher {
  const child = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-loglevel', 'error', '-fflags', 'nobuffer', '-probesize', '32'],
      ...['-f', 'rawvideo', '-pixel_format', 'gray', '-video_size', `${COLUMNS}x${ROWS}`],
      ...['-framerate', String(frameRate), '-i', 'pipe:0'],
      ...['-re', '-f', 'lavfi', '-i', 'sine=frequency=330:sample_rate=48000'],
      ...['-vf', `scale=-2:${height}:flags=neighbor,format=yuv420p`],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-b:v', '4M'],
      ...['-g', String(2 * frameRate), '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '128k'],
      ...['-flvflags', 'no_duration_filesize', '-flush_packets', '1', '-f', 'flv', url],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  )
  // The pipe breaks when FFmpeg is stopped in the middle of a picture.
  child.stdin.on('error', () => undefined)
  const gone = once(child, 'exit')
  const startMs = performance.now()
  let frame = 0
  const timer = setInterval(() => {
    // By the clock, so that a late timer is made up for.
    while (performance.now() - startMs >= (frame * 1000) / frameRate) {
      child.stdin.write(paint(Date.now(), frame))
      frame += 1
    }
  }, 2)
  return {
    process: child,
    stop: async () => {
      clearInterval(timer)
      child.stdin.end()
      child.kill('SIGTERM')
      await gone
    },
  }
}

/** One picture: the bits of the time, and below them something that moves. */
function paint(nowMs: number, frame: number): Uint8Array {
  const picture = new Uint8Array(COLUMNS * ROWS).fill(128)
  for (let bit = 0; bit < BITS; bit += 1) {
    const isSet = Math.floor(nowMs / 2 ** bit) % 2 === 1
    picture[BIT_ROWS.plain * COLUMNS + FIRST_BIT_COLUMN + bit] = isSet ? 235 : 16
    picture[BIT_ROWS.inverted * COLUMNS + FIRST_BIT_COLUMN + bit] = isSet ? 16 : 235
  }
  for (let at = 6 * COLUMNS; at < picture.length; at += 1) {
    picture[at] = (at * 37 + frame * 11) % 256
  }
  return picture
}

/**
 * A function for the page: ms between the painting of the picture that a video shows and now; null
 * when it cannot be read.
 */
export const READ_CLOCK = `(video) => {
  const scale = 8
  const canvas = (window.clockCanvas ??= new OffscreenCanvas(${COLUMNS} * scale, ${ROWS} * scale))
  const context = (window.clockContext ??= canvas.getContext('2d', { willReadFrequently: true }))
  context.drawImage(video, 0, 0, canvas.width, canvas.height)
  const nowMs = Date.now()
  const lightAt = (row, column) =>
    context.getImageData(column * scale + scale / 2, row * scale + scale / 2, 1, 1).data[0]
  let shownMs = 0
  for (let bit = 0; bit < ${BITS}; bit += 1) {
    const isSet = lightAt(${BIT_ROWS.plain}, ${FIRST_BIT_COLUMN} + bit) > 128
    if (isSet === lightAt(${BIT_ROWS.inverted}, ${FIRST_BIT_COLUMN} + bit) > 128) return null
    if (isSet) shownMs += 2 ** bit
  }
  const wrapMs = 2 ** ${BITS}
  return (((nowMs - shownMs) % wrapMs) + wrapMs) % wrapMs
}`
