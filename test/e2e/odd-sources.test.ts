import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { WarningCode } from '../../src/base/index.ts'
import { fetchMaster, fetchMedia, probeSegment } from '../support/hls-client.ts'
import { PlaylistWatch } from '../support/playlist-rules.ts'
import { type Clip, makeClip } from '../support/publisher.ts'
import { RtmpPublisher, readFlv } from '../support/rtmp-publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../support/vibly.ts'

type Message = Parameters<RtmpPublisher['send']>[0]

interface OddSource {
  readonly name: string
  readonly what: string
  /** Published one behind the other, as an encoder does whose settings are changed. */
  readonly clips: readonly Clip[]
  /** Added to every timestamp, modulo 2^32 ms. */
  readonly shiftMs?: number
  /** What its owner is told while it is live. */
  readonly warning?: WarningCode
  /** The renditions, and what ffprobe reads of the first segment of each. */
  readonly renditions: Readonly<Record<string, string>>
}

const SMALL = { width: 320, height: 240, frameRate: '25', keyframeFrames: 50, seconds: 6 } as const

const SOURCES: readonly OddSource[] = [
  {
    name: 'open_gop',
    what: '[H19] key frames that are no IDR pictures',
    clips: [
      {
        ...SMALL,
        name: 'open-gop',
        bFrames: 2,
        extra: [
          ...['-preset', 'veryfast'],
          ...['-x264-params', 'open-gop=1:keyint=25:min-keyint=25:scenecut=0'],
        ],
      },
    ],
    renditions: { '240p': 'h264,320,240 aac,48000,2' },
  },
  {
    name: 'resized',
    what: '[H10] another size, frame rate and sound from the middle on',
    clips: [
      { ...SMALL, name: 'before' },
      {
        ...SMALL,
        name: 'after',
        width: 640,
        height: 360,
        frameRate: '30',
        keyframeFrames: 60,
        extra: ['-ar', '44100'],
      },
    ],
    renditions: { '240p': 'h264,320,240 aac,48000,2' },
  },
  {
    name: 'wrapping',
    what: '[R08] timestamps that pass 2^32 ms on the way',
    clips: [{ ...SMALL, name: 'before' }],
    shiftMs: 2 ** 32 - 3000,
    renditions: { '240p': 'h264,320,240 aac,48000,2' },
  },
  {
    name: 'late_picture',
    what: '[X14] sound alone, which gets a picture with few key frames when it is live',
    clips: [
      { ...SMALL, name: 'alone', extra: ['-vn'] },
      { ...SMALL, name: 'few-key-frames', keyframeFrames: 125 },
    ],
    warning: 'ingest.picture-late',
    renditions: { audio: 'aac,48000,2' },
  },
  {
    name: 'strange_sound',
    what: '[M08] six channels at 22.05 kHz',
    clips: [{ ...SMALL, name: 'six-channels', extra: ['-ac', '6', '-ar', '22050'] }],
    renditions: { '240p': 'h264,320,240 aac,48000,2' },
  },
  {
    name: 'odd_size',
    what: '[F15] 641x361 pixels, 4:4:4, 120 frames a second',
    clips: [
      {
        ...SMALL,
        name: 'odd-size',
        width: 641,
        height: 361,
        frameRate: '120',
        keyframeFrames: 240,
        extra: ['-pix_fmt', 'yuv444p'],
      },
    ],
    renditions: { '360p': 'h264,640,360 aac,48000,2' },
  },
]

const broadcastsForm = z.object({
  broadcasts: z.array(
    z.object({ id: z.string(), status: z.string(), duration_s: z.number().nullable() }),
  ),
})
const healthForm = z.object({ warnings: z.array(z.string()) })
const run = promisify(execFile)

describe('sources that are not as they should be', { concurrency: 2 }, () => {
  let vibly: Vibly

  before(async () => {
    vibly = await startVibly({ VIBLY_TRANSCODE_SLOTS_MAX: '8' })
  })

  after(async () => {
    await dispose(vibly)
  })

  for (const source of SOURCES) {
    test(`${source.what}: all of it is watched, live and later, without an error`, async () => {
      const messages = await readClips(source.clips)
      const streamer = await signUp(vibly, source.name)
      const watching = new AbortController()
      const watched = watchLists(vibly, streamer, watching.signal)
      const publisher = await publish(vibly, streamer, messages, source.shiftMs ?? 0)
      if (source.warning !== undefined) {
        assert.ok((await warningsFor(vibly, streamer)).includes(source.warning), source.warning)
      }
      await publisher.stop()
      const broadcast = await eventually('the broadcast has ended', async () => {
        const response = await fetch(`${vibly.url}/api/channels/${streamer.id}/broadcasts`)
        const [newest] = broadcastsForm.parse(await response.json()).broadcasts
        return newest?.status === 'ended' ? newest : null
      })
      watching.abort()
      assert.deepEqual(await watched, [])
      const sentS = (messages.at(-1)?.timestampMs ?? 0) / 1000
      assert.ok(Math.abs((broadcast.duration_s ?? 0) - sentS) < 0.3, `${broadcast.duration_s} s`)
      await judgeRecording(`${vibly.url}/media/${broadcast.id}/index.m3u8`, source.renditions)
    })
  }
})

/** The clips' messages on one line of time; headers stand where they stood. */
async function readClips(clips: readonly Clip[]): Promise<readonly Message[]> {
  const messages: Message[] = []
  for (const clip of clips) {
    const path = await makeClip(clip)
    const fromMs = messages.length === 0 ? 0 : (clip.seconds ?? 0) * 1000
    for (const message of readFlv(await readFile(path))) {
      messages.push({ ...message, timestampMs: message.timestampMs + fromMs })
    }
  }
  return messages
}

async function warningsFor(vibly: Vibly, { token }: Streamer): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${vibly.url}/api/me/health`, { headers })
  return healthForm.parse(await response.json()).warnings
}

/** In real time, as an encoder sends; it may be asked about before it is stopped. */
async function publish(
  vibly: Vibly,
  streamer: Streamer,
  messages: readonly Message[],
  shiftMs: number,
): Promise<RtmpPublisher> {
  const publisher = await RtmpPublisher.publish(
    Number(new URL(vibly.rtmpUrl).port),
    streamer.streamKey,
  )
  const startMs = performance.now()
  for (const message of messages) {
    const waitMs = startMs + message.timestampMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
    await publisher.send({ ...message, timestampMs: (message.timestampMs + shiftMs) % 2 ** 32 })
  }
  return publisher
}

/**
 * Reads all live playlists again and again, as players do; resolves with what was wrong with them.
 */
async function watchLists(
  vibly: Vibly,
  streamer: Streamer,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const watches = new Map<string, PlaylistWatch>()
  while (!signal.aborted) {
    const variants = await fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`)
    for (const { url } of variants ?? []) {
      const watch = watches.get(url) ?? new PlaylistWatch()
      watches.set(url, watch)
      const text = await (await fetch(url)).text()
      // Once it is over, the recording's list may stand there.
      if (!text.includes('#EXT-X-PLAYLIST-TYPE')) watch.see(text)
    }
    await delay(200)
  }
  assert.ok(watches.size > 0, 'it was never live')
  return [...watches.values()].flatMap(({ faults }) => faults)
}

/** Each segment by itself, and all of them behind each other, as players from outside read them. */
async function judgeRecording(
  masterUrl: string,
  renditions: OddSource['renditions'],
): Promise<void> {
  const variants = (await fetchMaster(masterUrl)) ?? []
  const found: Record<string, string> = {}
  for (const { url } of variants) {
    const { segments, isEnded } = await fetchMedia(url)
    assert.ok(isEnded)
    const [first = assert.fail('no segments')] = segments
    const name = url.split('/').at(-2) ?? ''
    for (const segment of [first, segments[Math.floor(segments.length / 2)] ?? first]) {
      const report = await probeSegment(segment.url)
      assert.equal(report.errors, '', segment.url)
      assert.ok(name === 'audio' || report.startsWithKeyframe, segment.url)
    }
    found[name] = await describeStreams(first.url)
    // ffprobe decodes as ffmpeg does, and has no output that would complain of a changed frame
    // rate.
    const decoded = await run('ffprobe', [
      ...['-v', 'error', '-show_entries', 'frame=key_frame', '-of', 'csv=p=0', url],
    ])
    assert.equal(decoded.stderr, '', url)
  }
  assert.deepEqual(found, renditions)
}

/** `h264,320,240 aac,48000,2` */
async function describeStreams(url: string): Promise<string> {
  const entries = 'stream=codec_name,width,height,sample_rate,channels'
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', url],
  ])
  // MPEG-TS is shown by program, then once more stream by stream.
  return [...new Set(stdout.trim().split(/\s+/))].join(' ')
}
