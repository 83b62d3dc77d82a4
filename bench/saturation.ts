import { availableParallelism, constants, setPriority } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ChildCount } from '../test/support/children.ts'
import { fetchMaster, fetchMedia } from '../test/support/hls-client.ts'
import { startHogs } from '../test/support/hogs.ts'
import { makeClip, type Publisher, publishFile } from '../test/support/publisher.ts'
import { RtmpPublisher } from '../test/support/rtmp-publisher.ts'
import {
  dispose,
  eventually,
  type Streamer,
  signUp,
  startVibly,
  type Vibly,
} from '../test/support/vibly.ts'

/**
 * What a server that is asked for far too much still does: twenty publishers of 720p30 on four
 * slots, beside one busy process for each core. Media is told by what the lists gain, against the
 * clock.
 *
 *     bench/saturation.ts [--slots 4] [--publishers 20] [--seconds 40]
 */
const { values } = parseArgs({
  options: {
    slots: { type: 'string', default: '4' },
    publishers: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '40' },
  },
})
const slots = Number(values.slots)
const seconds = Number(values.seconds)
/** Until the renditions that turned out too dear are dropped. */
const SETTLE_MS = 30_000

const clip = await makeClip({ name: 'bench-saturation', frameRate: '30', keyframeFrames: 60 })
const vibly = await startVibly({
  VIBLY_TRANSCODE_SLOTS_MAX: String(slots),
  VIBLY_TRANSCODE_PRESET: 'auto',
  VIBLY_TRANSCODE_WHEN_BEHIND: 'drop',
})
await eventually('the machine is measured', () =>
  vibly.log.some((line) => String(line['msg']).startsWith('encoder measured')) ? true : null,
)
const names = Array.from({ length: Number(values.publishers) }, (_, index) => `crowd_${index}`)
const streamers = await Promise.all(names.map((name) => signUp(vibly, name)))
const hogs = startHogs(availableParallelism())
const children = new ChildCount(vibly.pid)
const publishers: Publisher[] = []
try {
  for (const { streamKey } of streamers.slice(0, slots)) {
    publishers.push(publishFile(clip, `${vibly.rtmpUrl}/${streamKey}`))
  }
  // What asks must not wait for the processes it started.
  const isFirst = trySetPriority(constants.priority.PRIORITY_HIGH)
  const live = streamers.slice(0, slots)
  await Promise.all(live.map((streamer) => goLive(streamer)))
  await delay(SETTLE_MS)
  const [first] = (await fetchMaster(`${vibly.url}/live/${live[0]?.id}/index.m3u8`)) ?? []
  const playlistUrl = first?.url ?? ''
  const over = new AbortController()
  const asking = [
    ask(() => timed(`${vibly.url}/api/channels?live=true`), over.signal),
    ask(() => timed(playlistUrl), over.signal),
    ask(() => refusal(vibly, streamers.at(-1)), over.signal),
  ]
  const before = await Promise.all(live.map(mediaSeconds))
  const fromMs = performance.now()
  await loopDelay(vibly)
  await delay(seconds * 1000)
  const loopMs = await loopDelay(vibly)
  const after = await Promise.all(live.map(mediaSeconds))
  const elapsed = (performance.now() - fromMs) / 1000
  over.abort()
  const [api = [], playlist = [], refused = []] = await Promise.all(asking)
  const speeds = after.map((mediaS, index) => (mediaS - (before[index] ?? 0)) / elapsed)
  const dropped = vibly.log.filter(({ msg }) => msg === 'FFmpeg falls behind').length
  print(
    `${availableParallelism()} cores, as many busy processes${isFirst ? '' : ' (asking at normal priority)'}`,
  )
  const isKept = [
    judge('FFmpegs at once', children.most, slots, ''),
    judge('API p99', percentile(api, 0.99), 250, 'ms'),
    judge('playlist p99', percentile(playlist, 0.99), 100, 'ms'),
    judge('refusal p99', percentile(refused, 0.99), 200, 'ms'),
    judge('event loop p99', loopMs, 50, 'ms'),
    judge('slowest stream, missing of real time', 100 * (1 - Math.min(...speeds)), 2, '%'),
  ]
  print(`  renditions dropped ${dropped}; speeds ${speeds.map((one) => one.toFixed(3)).join(' ')}`)
  if (isKept.includes(false)) process.exitCode = 1
} finally {
  await hogs.stop()
  await children.stop()
  await Promise.all(publishers.map((publisher) => publisher.kill()))
  await dispose(vibly)
}

async function goLive({ id }: Streamer): Promise<void> {
  await eventually('it is live', () => fetchMaster(`${vibly.url}/live/${id}/index.m3u8`), 60_000)
}

/** What the first rendition has listed so far, parts too. */
async function mediaSeconds({ id }: Streamer): Promise<number> {
  const [variant] = (await fetchMaster(`${vibly.url}/live/${id}/index.m3u8`)) ?? []
  if (variant === undefined) throw new Error('a broadcast is not live any more')
  const { text, segments } = await fetchMedia(variant.url)
  const openParts = text
    .slice(text.lastIndexOf('#EXTINF'))
    .matchAll(/#EXT-X-PART:DURATION=([\d.]+)/g)
  const open = [...openParts].reduce((sum, [, lasts]) => sum + Number(lasts), 0)
  return segments.reduce((sum, { durationS }) => sum + durationS, open)
}

/** Asks ten times a second; the times it took, ms. */
async function ask(once: () => Promise<number>, signal: AbortSignal): Promise<readonly number[]> {
  const timesMs: number[] = []
  while (!signal.aborted) {
    timesMs.push(await once())
    await delay(100, undefined, { signal }).catch(() => {})
  }
  return timesMs
}

async function timed(url: string): Promise<number> {
  const fromMs = performance.now()
  const response = await fetch(url)
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`)
  return performance.now() - fromMs
}

/** From the publish command to its answer. */
async function refusal({ rtmpUrl }: Vibly, streamer: Streamer | undefined): Promise<number> {
  const publisher = await RtmpPublisher.connect(Number(new URL(rtmpUrl).port))
  const fromMs = performance.now()
  const { code } = await publisher.publish(streamer?.streamKey ?? '')
  if (code !== 'NetStream.Failed') throw new Error(`answered ${code}`)
  publisher.cut()
  return performance.now() - fromMs
}

/** As the server measures it: reading it begins a new measure. p99, ms. */
async function loopDelay({ url }: Vibly): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const p99 = /^nodejs_eventloop_lag_p99_seconds ([\d.e-]+)$/m.exec(metrics)?.[1]
  return Number(p99) * 1000
}

function judge(what: string, found: number, limit: number, unit: string): boolean {
  const isKept = found <= limit
  const sign = isKept ? 'ok  ' : 'OVER'
  print(`  ${sign} ${what.padEnd(38)} ${found.toFixed(1)} of at most ${limit} ${unit}`)
  return isKept
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function trySetPriority(priority: number): boolean {
  try {
    setPriority(priority)
    return true
  } catch {
    return false
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
