import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { z } from 'zod'
import { recordingSources } from '../../src/archive/recorder.ts'
import type { MediaMessage } from '../../src/rtmp/index.ts'
import { fetchMaster, fetchMedia } from './hls-client.ts'
import { FFMPEG, FFPROBE } from './make-media.ts'
import { type Clip, makeClip } from './publisher.ts'
import { RtmpPublisher, readFlv } from './rtmp-publisher.ts'
import { readClip, sendSpliced } from './splicer.ts'
import { dispose, eventually, signUp, startAgain, startVibly, type Vibly } from './vibly.ts'

const run = promisify(execFile)
/** A second between key frames. */
const CLIP: Clip = {
  name: 'spliced',
  width: 426,
  height: 240,
  frameRate: '25',
  keyframeFrames: 25,
  seconds: 120,
}
const LIFE_MS_MIN = 2000
const LIFE_MS_MAX = 6000

export type Victim = 'server' | 'ffmpeg'

/** What became of a broadcast whose server and FFmpeg were killed again and again; times in ms. */
export interface KillsReport {
  /** From the start of a server to its listening. */
  readonly listening: readonly number[]
  /** From a kill to more media in the list. */
  readonly media: readonly number[]
  /** Of each life of the server: sent, and not recorded. */
  readonly lost: readonly number[]
  readonly recordedMs: number
}

/**
 * Kills these one after the other at random moments of one broadcast, each followed by an encoder
 * that comes back at once, then ends it and looks at its recording. Fails when that does not play
 * from end to end.
 */
export async function killAtRandom(
  victims: readonly Victim[],
  random: () => number,
): Promise<KillsReport> {
  let vibly = await startVibly({ VIBLY_LIVE_RECONNECT_GRACE_MS: '60000' })
  const report = { listening: [] as number[], media: [] as number[], lost: [] as number[] }
  try {
    const streamer = await signUp(vibly, 'mortal')
    const tags = await readClip(await makeClip(CLIP), 120_000)
    let encoder = await Encoder.start(vibly, streamer.streamKey, tags)
    const variants = await eventually('it is live', () =>
      fetchMaster(`${vibly.url}/live/${streamer.id}/index.m3u8`),
    )
    const url = variants[0]?.url ?? assert.fail('there is no rendition')
    const folder = join(vibly.dataDir, 'media', String(url.split('/').at(-3)))
    for (const victim of victims) {
      await delay(LIFE_MS_MIN + random() * (LIFE_MS_MAX - LIFE_MS_MIN))
      const before = (await fetchMedia(url)).segments.length
      const killMs = performance.now()
      if (victim === 'ffmpeg') process.kill(newestFfmpeg(vibly), 'SIGKILL')
      else {
        await vibly.kill()
        const sentMs = await encoder.gone
        report.lost.push(sentMs - (await newestRecordedMs(folder)))
        const startMs = performance.now()
        vibly = await startAgain(vibly)
        report.listening.push(performance.now() - startMs)
        encoder = await Encoder.start(vibly, streamer.streamKey, tags)
      }
      // One number is used up by a killed server.
      await eventually('media goes on', async () =>
        (await fetchMedia(url)).segments.length > before + 1 ? true : null,
      )
      report.media.push(performance.now() - killMs)
    }
    await encoder.stop()
    const path = await eventually('the recording is finished', async () => {
      const names = await readdir(folder)
      const isOver = names.includes('recording.mp4') && recordingsOf(names, folder).length === 0
      return isOver ? join(folder, 'recording.mp4') : null
    })
    const { stderr } = await run(FFMPEG, ['-v', 'error', '-i', path, '-f', 'null', '-'])
    assert.equal(stderr, '', 'the recording plays from end to end')
    return { ...report, recordedMs: await lengthMs(path) }
  } finally {
    await dispose(vibly)
  }
}

/** An encoder that sends its clip from the beginning until its connection is gone. */
class Encoder {
  readonly #publisher: RtmpPublisher
  /** How much was sent, ms; resolves when the connection is gone. */
  readonly gone: Promise<number>

  private constructor(publisher: RtmpPublisher, tags: readonly MediaMessage[]) {
    this.#publisher = publisher
    this.gone = sendSpliced(publisher, tags).then(({ audioMs, videoMs }) =>
      Math.max(audioMs.at(-1) ?? 0, videoMs.at(-1) ?? 0),
    )
  }

  static async start(
    vibly: Vibly,
    streamKey: string,
    tags: readonly MediaMessage[],
  ): Promise<Encoder> {
    const port = Number(new URL(vibly.rtmpUrl).port)
    return new Encoder(await RtmpPublisher.publish(port, streamKey), tags)
  }

  async stop(): Promise<void> {
    await this.#publisher.stop()
    await this.gone
  }
}

function newestFfmpeg(vibly: Vibly): number {
  const line = vibly.log.findLast((one) => one['msg'] === 'FFmpeg started')
  return z.number().parse(line?.['pid'])
}

function recordingsOf(names: readonly string[], folder: string): readonly string[] {
  return recordingSources(names.map((name) => `${folder}/${name}`))
}

/** How long the file is that the killed server was writing, up to its last whole tag. */
async function newestRecordedMs(folder: string): Promise<number> {
  const newest = recordingsOf(await readdir(folder), folder).at(-1)
  let lastMs = 0
  for (const { timestampMs } of readFlv(await readFile(newest ?? ''))) lastMs = timestampMs
  return lastMs
}

async function lengthMs(path: string): Promise<number> {
  const asked = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path]
  return Number((await run(FFPROBE, asked)).stdout) * 1000
}
