import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Server, startPeer, startVibly } from './chat-process.ts'
import { type Dialect, PLAIN, SOCKET_IO, Swarm, VIBLY } from './chat-swarm.ts'
import { machineCpuMs, pinLoad } from './measured-process.ts'

/**
 * One channel with thousands of sockets, every message synced to disk before anyone sees it: how
 * long a message takes to each socket, what a socket costs, how fast all come back after a crash,
 * and what one core delivers, beside a plain loop over `ws`, socket.io and Bun's publish, none of
 * which store anything. The server has a core of its own where `taskset` is.
 *
 *     bench/chat.ts [--sockets 10000] [--seconds 30] [--only room,busy,peers,saturation]
 */
const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '30' },
    only: { type: 'string', default: 'room,busy,peers,saturation' },
  },
})
const socketsMax = Number(values.sockets)
const seconds = Number(values.seconds)
const parts = values.only.split(',')

const SATURATION = { sockets: 1000, talkers: 64, inFlight: 64, warmUpMs: 1500, measureMs: 5000 }
/** Messages before those that are measured. */
const WARM_UP = 10
const FILLING = 'x'.repeat(80)

pinLoad()
if (parts.includes('room')) await measureRoom()
if (parts.includes('busy')) await measureBusy()
if (parts.includes('peers')) await measurePeers()
if (parts.includes('saturation')) await measureSaturation()

/** All in one room at five messages a second; then half stop reading; then the server is killed. */
async function measureRoom(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-bench-'))
  let server = await startVibly(directory)
  const emptyBytes = await server.residentBytes()
  const swarm = new Swarm(server.port, VIBLY)
  const fromMs = performance.now()
  const sockets = await swarm.open(socketsMax)
  const joinedMs = performance.now() - fromMs
  const perSocket = ((await server.residentBytes()) - emptyBytes) / socketsMax
  tell(`${socketsMax} sockets joined`, `${seconds1(joinedMs)}, ${kib(perSocket)} of RSS each`, {
    goal: 20 * 1024,
    is: perSocket,
  })

  const all = await measureTalk(server, swarm, sockets.length, 5)
  tellTalk(`${socketsMax} sockets x 5 messages/s`, all, 150)
  const half = sockets.slice(0, socketsMax / 2)
  for (const socket of half) socket.pause()
  const rest = await measureTalk(server, swarm, sockets.length - half.length, 5)
  tellTalk('the same, half not reading', rest, 1.25 * 150)
  tell('RSS after it', `${Math.round((await server.residentBytes()) / 2 ** 20)} MiB`, {
    goal: 600 * 2 ** 20,
    is: await server.residentBytes(),
  })
  swarm.close()
  await server.stop('SIGKILL')

  server = await startVibly(directory, server.port)
  const text = await readFile(join(directory, 'chat_channel-1.json'), 'utf8')
  const epoch = /"epoch":"([^"]+)"/.exec(text)?.[1] ?? ''
  const returning = new Swarm(server.port, VIBLY)
  const backMs = performance.now()
  await returning.open(socketsMax, `${VIBLY.path}&since=1&epoch=${epoch}`, 1000)
  const tookMs = performance.now() - backMs
  const { reads } = await server.report()
  tell(
    `${socketsMax} come back after kill -9`,
    `${seconds1(tookMs)}, ${reads} reads of a file of ${Math.round(text.length / 1024)} KiB`,
    { goal: 10_000, is: tookMs },
  )
  returning.close()
  await server.stop()
  await rm(directory, { recursive: true })
}

async function measureBusy(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-bench-'))
  const server = await startVibly(directory)
  const swarm = new Swarm(server.port, VIBLY)
  await swarm.open(socketsMax / 2)
  const talk = await measureTalk(server, swarm, socketsMax / 2, 10)
  tellTalk(`${socketsMax / 2} sockets x 10 messages/s`, talk, 80)
  swarm.close()
  await server.stop()
  await rm(directory, { recursive: true })
}

/**
 * The same room for ten seconds with Vibly and with peers that store nothing: what a write to each
 * socket costs on this machine is in all three figures.
 */
async function measurePeers(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-bench-'))
  const servers = [
    ['Vibly, synced to disk', await startVibly(directory), VIBLY],
    ['ws, a loop', await startPeer('ws'), PLAIN],
    ['Bun publish', await startPeer('bun'), PLAIN],
  ] as const
  for (const [name, server, dialect] of servers) {
    if (server === null) continue
    const swarm = new Swarm(server.port, dialect)
    await swarm.open(socketsMax)
    const talk = await measureTalk(server, swarm, socketsMax, 5, Math.min(seconds, 10))
    const times = `p50 ${talk.p50Ms}, p99 ${talk.p99Ms} ms, ${talk.usPerDelivery.toFixed(1)} us a delivery`
    console.log(`${name}, ${socketsMax} sockets x 5 messages/s: ${times}; ${othersOf(talk)}`)
    swarm.close()
    await server.stop('SIGKILL')
  }
  await rm(directory, { recursive: true })
}

interface Talk {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly deliveredPercent: number
  readonly serverPercent: number
  readonly clientPercent: number
  readonly usPerDelivery: number
  readonly loopP99Ms: number
  readonly clientLoopP99Ms: number
  /** From the sender to the first socket that has it: storing, and whatever was before it. */
  readonly firstP99Ms: number
  readonly lost: number
  /** What other programs took of all cores together, in percent of one. */
  readonly othersPercent: number
}

/** One of the sockets says so many messages a second; how long each takes to each that reads. */
async function measureTalk(
  server: Server,
  swarm: Swarm,
  readers: number,
  perSecond: number,
  durationS: number = seconds,
): Promise<Talk> {
  const talker = swarm.sockets.at(-1)
  if (talker === undefined) throw new TypeError('nobody is there')
  const sentMs: number[] = []
  const histogram = new Uint32Array(60_000)
  const firsts = new Uint32Array(60_000)
  const seen = new Set<number>()
  swarm.onMessage = (number) => {
    const at = sentMs[number]
    if (at === undefined) return
    const ms = Math.min(histogram.length - 1, Math.trunc(performance.now() - at))
    histogram[ms] = (histogram[ms] ?? 0) + 1
    if (seen.has(number)) return
    seen.add(number)
    firsts[ms] = (firsts[ms] ?? 0) + 1
  }
  // Code that runs for the first time is compiled, and who has just joined settles.
  for (let n = 0; n < WARM_UP; n += 1) {
    swarm.say(talker, `at ${1e9} ${FILLING}`)
    await sleep(200)
  }
  await sleep(500)
  await server.report()
  const clientDelay = monitorEventLoopDelay({ resolution: 5 })
  clientDelay.enable()
  const lostBefore = swarm.lost
  const deliveredBefore = swarm.deliveries
  const serverBeforeMs = await server.cpuMs()
  const clientBefore = process.cpuUsage()
  const machineBeforeMs = await machineCpuMs()
  const count = perSecond * durationS
  const fromMs = performance.now()
  for (let n = 0; n < count; n += 1) {
    await sleep(Math.max(0, fromMs + (n * 1000) / perSecond - performance.now()))
    sentMs.push(performance.now())
    swarm.say(talker, `at ${n} ${FILLING}`)
  }
  const expected = count * readers
  const delivered = () => swarm.deliveries - deliveredBefore
  const untilMs = performance.now() + 10_000
  while (delivered() < expected && performance.now() < untilMs) await sleep(20)
  const tookMs = performance.now() - fromMs
  const serverMs = (await server.cpuMs()) - serverBeforeMs
  const client = process.cpuUsage(clientBefore)
  const ownMs = serverMs + (client.user + client.system) / 1000
  const othersMs = (await machineCpuMs()) - machineBeforeMs - ownMs
  return {
    p50Ms: percentile(histogram, 50),
    p99Ms: percentile(histogram, 99),
    maxMs: percentile(histogram, 100),
    deliveredPercent: (100 * delivered()) / expected,
    serverPercent: (100 * serverMs) / tookMs,
    clientPercent: (client.user + client.system) / 10 / tookMs,
    usPerDelivery: (1000 * serverMs) / delivered(),
    loopP99Ms: (await server.report()).loopP99Ms,
    clientLoopP99Ms: clientDelay.percentile(99) / 1e6 - 5,
    firstP99Ms: percentile(firsts, 99),
    lost: swarm.lost - lostBefore,
    othersPercent: Math.max(0, (100 * othersMs) / tookMs),
  }
}

/**
 * So many messages under way at any time, a new one for each that came back: nothing overflows, and
 * whichever of the two cores is the slower sets the pace. So the server's own time counts.
 */
async function measureSaturation(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'vibly-bench-'))
  const vibly = await saturate(await startVibly(directory), VIBLY)
  const { sockets, inFlight } = SATURATION
  console.log(`saturation: ${sockets} sockets, ${inFlight} messages under way`)
  tellSaturation('Vibly, synced to disk', vibly)
  for (const [name, peer, dialect] of [
    ['ws, a loop', 'ws', PLAIN],
    ['socket.io', 'socket-io', SOCKET_IO],
    ['Bun publish', 'bun', PLAIN],
  ] as const) {
    const server = await startPeer(peer)
    if (server === null) {
      console.log(`  ${name}: not here, and could not be installed`)
      continue
    }
    const other = await saturate(server, dialect)
    tellSaturation(name, other)
    const isMore = vibly.perCpuSecond / other.perCpuSecond
    const goal = peer === 'bun' ? 1 / 1.5 : 2
    const ratio = `${isMore.toFixed(2)} x the deliveries of a core (goal ${goal.toFixed(2)})`
    console.log(`  Vibly against ${name}: ${ratio} ${isMore >= goal ? 'reached' : 'MISSED'}`)
  }
  await rm(directory, { recursive: true })
}

interface Saturation {
  readonly perSecond: number
  /** Deliveries for each second of the server's time on its core. */
  readonly perCpuSecond: number
  readonly serverPercent: number
}

async function saturate(server: Server, dialect: Dialect): Promise<Saturation> {
  const swarm = new Swarm(server.port, dialect)
  const sockets = await swarm.open(SATURATION.sockets)
  // Who is in and who is not settles: socket.io joins a little later than it says.
  await sleep(500)
  const talkers: readonly Socket[] = sockets.slice(0, SATURATION.talkers)
  const seen = new Map<number, number>()
  let next = 0
  let isOver = false
  const say = () => {
    const talker = talkers[next % talkers.length]
    if (talker !== undefined) swarm.say(talker, `at ${next} ${FILLING}`)
    next += 1
  }
  swarm.onMessage = (number) => {
    const count = (seen.get(number) ?? 0) + 1
    seen.set(number, count)
    if (count < SATURATION.sockets) return
    seen.delete(number)
    if (!isOver) say()
  }
  for (let n = 0; n < SATURATION.inFlight; n += 1) say()
  await sleep(SATURATION.warmUpMs)
  const before = swarm.deliveries
  const cpuBeforeMs = await server.cpuMs()
  const fromMs = performance.now()
  await sleep(SATURATION.measureMs)
  const tookMs = performance.now() - fromMs
  const cpuMs = (await server.cpuMs()) - cpuBeforeMs
  const deliveries = swarm.deliveries - before
  isOver = true
  swarm.close()
  await server.stop('SIGKILL')
  return {
    perSecond: (1000 * deliveries) / tookMs,
    perCpuSecond: (1000 * deliveries) / cpuMs,
    serverPercent: (100 * cpuMs) / tookMs,
  }
}

/** The upper edge, in ms, of the bucket of one ms below which so many percent lie. */
function percentile(histogram: Uint32Array, percent: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  let sum = 0
  for (const [ms, count] of histogram.entries()) {
    sum += count
    if (count > 0 && sum >= (total * percent) / 100) return ms + 1
  }
  return 0
}

function tell(what: string, says: string, check: { readonly goal: number; readonly is: number }) {
  const mark = check.is <= check.goal ? 'reached' : 'MISSED'
  console.log(`${what}: ${says} (${(check.is / check.goal).toFixed(2)} of the limit, ${mark})`)
}

function tellTalk(what: string, talk: Talk, goalMs: number): void {
  const times = `p50 ${talk.p50Ms}, p99 ${talk.p99Ms}, max ${talk.maxMs} ms`
  const share = `${talk.deliveredPercent.toFixed(2)} % delivered, ${talk.lost} closed`
  tell(what, `${times}, ${share}`, { goal: goalMs, is: talk.p99Ms })
  console.log(
    `  server ${talk.serverPercent.toFixed(0)} % of a core, ${talk.usPerDelivery.toFixed(1)} us a delivery, ` +
      `loop p99 ${talk.loopP99Ms.toFixed(0)} ms; first socket p99 ${talk.firstP99Ms} ms; ` +
      `load ${talk.clientPercent.toFixed(0)} %, its loop p99 ${talk.clientLoopP99Ms.toFixed(0)} ms; ${othersOf(talk)}`,
  )
}

/** A figure taken while others work on the same cores is too high. */
function othersOf({ othersPercent }: Talk): string {
  return `other programs ${othersPercent.toFixed(0)} % of a core`
}

function tellSaturation(name: string, is: Saturation): void {
  const cpu = `${Math.round(is.perCpuSecond / 1000)} k for each second on its core`
  const wall = `${Math.round(is.perSecond / 1000)} k/s at ${is.serverPercent.toFixed(0)} %`
  console.log(`  ${name.padEnd(22)} ${cpu} (${wall})`)
}

function seconds1(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`
}
