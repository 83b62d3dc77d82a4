import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { fetchMaster, fetchMedia, probeSegment } from '../support/hls-client.ts'
import { dispose, eventually, signUp, startVibly } from '../support/vibly.ts'

/**
 * An FFmpeg of 6.1 or later with libx265, libaom and libdav1d, and its ffprobe beside it; without
 * it there is nothing to test.
 */
const ffmpeg = process.env['VIBLY_FFMPEG_NEW'] ?? ''
const run = promisify(execFile)

const CODECS: readonly (readonly [codec: string, args: readonly string[]])[] = [
  ['h264', ['-c:v', 'libx264', '-preset', 'ultrafast']],
  ['hevc', ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none']],
  ['av1', ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-b:v', '1M']],
]

const skip = ffmpeg === '' && 'VIBLY_FFMPEG_NEW names no FFmpeg from 6.1 on'
describe('[R17] by enhanced RTMP', { skip }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vibly-codecs-'))
  after(() => rm(folder, { recursive: true, force: true }))
  for (const [codec, args] of CODECS) {
    test(`${codec} becomes H.264 that can be watched long before the second thumbnail, and is recorded as it is`, async () => {
      const clip = join(folder, `${codec}.flv`)
      await run(ffmpeg, [
        ...['-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x480:rate=25'],
        ...['-f', 'lavfi', '-i', 'sine=440:r=48000', '-t', '9', '-pix_fmt', 'yuv420p', '-g', '50'],
        ...[...args, '-c:a', 'aac', '-ac', '2', clip],
      ])
      let publisher: ChildProcess | null = null
      const vibly = await startVibly({ VIBLY_FFMPEG: ffmpeg })
      try {
        const streamer = await signUp(vibly, 'streamer')
        const url = `${vibly.rtmpUrl}/${streamer.streamKey}`
        const args = ['-v', 'error', '-re', '-i', clip, '-c', 'copy', '-f', 'flv', url]
        publisher = spawn(ffmpeg, args, { stdio: 'ignore' })
        const master = `${vibly.url}/live/${streamer.id}/index.m3u8`
        // The clip is shorter than the distance of thumbnails: waiting for one would find no
        // channel.
        const [variant] = await eventually('a playlist', async () => await fetchMaster(master))
        assert.ok(variant)
        const { segments } = await fetchMedia(variant.url)
        const report = await probeSegment(segments[0]?.url ?? assert.fail('no segment'))
        assert.match(variant.attributes.get('CODECS') ?? '', /^"?avc1\./)
        assert.equal(report.errors, '')
        assert.ok(report.startsWithKeyframe && report.frames > 0)
        const recording = new URL('../recording.mp4', segments[0]?.url)
        await eventually('a recording', async () => ((await fetch(recording)).ok ? true : null))
        // All that FFmpeg alone says of a file: it fails for want of an output.
        const said: unknown = await run(ffmpeg, ['-i', recording.href]).catch(
          (error) => error.stderr,
        )
        assert.match(String(said), new RegExp(`Video: ${codec}\\b`), 'the picture, as it was sent')
        assert.match(String(said), /Audio: aac/)
      } finally {
        publisher?.kill('SIGKILL')
        await dispose(vibly)
      }
    })
  }
})
