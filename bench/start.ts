import { readFile } from 'node:fs/promises'
import { fetchMaster } from '../test/support/hls-client.ts'
import { makeClip, publishFile } from '../test/support/publisher.ts'
import { dispose, eventually, signUp, startVibly } from '../test/support/vibly.ts'

const TRIES = 5

/** `limitMs`: what is promised; null where the wait for the second key frame leaves no promise. */
const CLIPS = [
  { name: '1080p30, key frames 2 s apart (copied top)', keyframeFrames: 60, limitMs: 3000 },
  { name: '1080p30, key frames 250 apart (all encoded)', keyframeFrames: 250, limitMs: null },
] as const

for (const clip of CLIPS) {
  const path = await makeClip({
    name: 'bench-start',
    width: 1920,
    height: 1080,
    frameRate: '30',
    keyframeFrames: clip.keyframeFrames,
  })
  const vibly = await startVibly()
  const timesMs: number[] = []
  for (let index = 0; index < TRIES; index += 1) {
    const streamer = await signUp(vibly, `start_${index}`)
    const fromMs = performance.now()
    const publisher = publishFile(path, `${vibly.rtmpUrl}/${streamer.streamKey}`)
    const url = `${vibly.url}/live/${streamer.id}/index.m3u8`
    await eventually('a playlist', async () => await fetchMaster(url))
    timesMs.push(Math.round(performance.now() - fromMs))
    await publisher.stop()
  }
  const sorted = timesMs.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(TRIES / 2)] ?? 0
  const memory = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${vibly.pid}/status`, 'utf8'))?.[1]
  process.stdout.write(
    `${clip.name}: publish to playlist, median ${median} ms, min ${sorted[0]}, max ${sorted.at(-1)}` +
      `${clip.limitMs === null ? '' : `, ${(median / clip.limitMs).toFixed(2)} of ${clip.limitMs} ms`}` +
      `; server ${Math.round(Number(memory) / 1024)} MB\n`,
  )
  await dispose(vibly)
}
