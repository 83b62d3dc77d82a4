import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ByteWriter } from '../src/base/index.ts'
import { encodeMessage, MESSAGE_TYPE, type MediaMessage } from '../src/rtmp/index.ts'
import { makeClip } from '../test/support/publisher.ts'
import { RtmpPublisher, readFlv } from '../test/support/rtmp-publisher.ts'
import { eventually } from '../test/support/vibly.ts'
import { installPeers, type MeasuredProcess, pinLoad, startMeasured } from './measured-process.ts'

/**
 * What taking publishers costs: so many of 340 kbit/s, each message a write of its own at its own
 * time, from their sockets to FLV tags that nobody reads, beside node-media-server and nginx-rtmp
 * with nobody watching. Server and load have a core each where `taskset` is.
 *
 *     bench/ingest.ts [--publishers 300] [--seconds 20] [--profile]
 */
const { values } = parseArgs({
  options: {
    publishers: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '20' },
    profile: { type: 'boolean', default: false },
  },
})
const publishersCount = Number(values.publishers)
const seconds = Number(values.seconds)

const PEERS = join(import.meta.dirname, 'ingest-peers')
const CLIP_MS = 4000
const TICK_MS = 2
/** Publishers connect, and code that runs for the first time is compiled. */
const WARM_UP_MS = 4000
/** Connections that one server is asked for at once. */
const CONNECTING_MAX = 20
const GOALS = { nodeMediaServer: 0.75, nginx: 1.5, bytesPerPublisher: 1024 * 1024 }

/** Chunk streams of the load, as OBS has them. */
const CHUNK_STREAM = { audio: 4, video: 6, data: 4 } as const
const TYPE = { audio: MESSAGE_TYPE.audio, video: MESSAGE_TYPE.video, data: MESSAGE_TYPE.dataAmf0 }

const figures = new Map<string, Figures>()
const folder = await mkdtemp(join(tmpdir(), 'vibly-ingest-'))
const clip = await readClip()

/** A server that takes publishers on a port. */
interface Contender {
  readonly name: string
  readonly port: number
  readonly process: MeasuredProcess
  /** Tags that went through so far; null: it does not say. */
  tags(): Promise<number | null>
}

interface Figures {
  readonly percentOfCore: number
  readonly bytesPerPublisher: number
}

async function measureAll(): Promise<void> {
  pinLoad()
  const peers = values.profile ? [] : [startNodeMediaServer, startNginx]
  for (const start of [startVibly, ...peers]) {
    const contender = await start()
    if (contender === null) continue
    figures.set(contender.name, await measure(contender))
    await contender.process.stop()
  }
  await rm(folder, { recursive: true, force: true })
  tellRatio('node-media-server', GOALS.nodeMediaServer)
  tellRatio('nginx-rtmp', GOALS.nginx)
}

async function measure(contender: Contender): Promise<Figures> {
  const { name, process } = contender
  const emptyBytes = await process.residentBytes()
  const crowd = new Crowd(await connectAll(contender.port))
  crowd.start()
  await sleep(WARM_UP_MS)
  const [fromMs, cpuBeforeMs, sentBefore] = [performance.now(), await process.cpuMs(), crowd.sent]
  const tagsBefore = await contender.tags()
  await sleep(seconds * 1000)
  const cpuMs = (await process.cpuMs()) - cpuBeforeMs
  const percentOfCore = (100 * cpuMs) / (performance.now() - fromMs)
  const sent = crowd.sent - sentBefore
  const tags = await contender.tags()
  const bytesPerPublisher = ((await process.residentBytes()) - emptyBytes) / publishersCount
  const { waitingBytes, lateMs } = crowd
  await crowd.stop()
  console.log(
    `${name}: ${percentOfCore.toFixed(1)} % of a core, ${Math.round(bytesPerPublisher / 1024)} KiB of RSS a ` +
      `publisher, ${Math.round(sent / seconds)} messages/s sent` +
      `${tags === null || tagsBefore === null ? '' : `, ${Math.round((tags - tagsBefore) / seconds)} tags/s out`}` +
      `; ${waitingBytes} bytes not taken, load ${lateMs.toFixed(0)} ms late at most`,
  )
  return { percentOfCore, bytesPerPublisher }
}

function tellRatio(peer: string, goal: number): void {
  const ours = figures.get('Vibly')
  const theirs = figures.get(peer)
  if (ours === undefined) return
  if (theirs === undefined) {
    console.log(`${peer} is not here: nothing to compare with`)
    return
  }
  const ratio = ours.percentOfCore / theirs.percentOfCore
  console.log(`CPU beside ${peer}: ${ratio.toFixed(2)}x (goal <= ${goal})`)
}

/** One message with its chunk header, and when it is due in the loop of the clip. */
interface Piece {
  readonly dueMs: number
  readonly bytes: Uint8Array
}

interface Clip {
  /** What a publisher sends once: both sequence headers. */
  readonly start: readonly Uint8Array[]
  readonly loop: readonly Piece[]
}

/**
 * Real media of about 340 kbit/s. Every message is one chunk of format 1, which carries the time
 * since the one before, so the same bytes can be sent again and again.
 */
async function readClip(): Promise<Clip> {
  const path = await makeClip({
    name: 'bench-ingest',
    width: 426,
    height: 240,
    frameRate: '30',
    seconds: CLIP_MS / 1000,
    extra: ['-b:v', '240k', '-maxrate', '240k', '-bufsize', '240k', '-b:a', '96k'],
  })
  const messages = [...readFlv(await readFile(path))].filter(({ kind }) => kind !== 'data')
  const isHeader = ({ payload }: MediaMessage) => payload[1] === 0
  const media = messages.filter((message) => !isHeader(message))
  const lastMs = { audio: 0, video: 0, data: 0 }
  for (const { kind, timestampMs } of media) lastMs[kind] = timestampMs - CLIP_MS
  const loop = media.map(({ kind, timestampMs, payload }) => {
    const deltaMs = timestampMs - lastMs[kind]
    lastMs[kind] = timestampMs
    const writer = new ByteWriter(payload.byteLength + 8).u8(0x40 + CHUNK_STREAM[kind]).u24(deltaMs)
    const bytes = writer.u24(payload.byteLength).u8(TYPE[kind]).put(payload).bytes()
    return { dueMs: timestampMs, bytes }
  })
  const start = messages.filter(isHeader).map(({ kind, payload }) => {
    const message = { type: TYPE[kind], messageStreamId: 1, timestampMs: 0, payload }
    return encodeMessage(message, CHUNK_STREAM[kind], payload.byteLength)
  })
  const bits = loop.reduce((sum, { bytes }) => sum + bytes.byteLength * 8, 0)
  console.log(
    `${publishersCount} publishers of ${Math.round(bits / CLIP_MS)} kbit/s, ` +
      `${(loop.length * 1000) / CLIP_MS} messages/s each, for ${seconds} s`,
  )
  return { start, loop: loop.toSorted((a, b) => a.dueMs - b.dueMs) }
}

/**
 * All publishers, each at a place of its own in the clip, so that their messages do not come in
 * waves.
 */
class Crowd {
  sent = 0
  /** How far behind its plan the load was at worst. */
  lateMs = 0
  readonly #publishers: readonly RtmpPublisher[]
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(publishers: readonly RtmpPublisher[]) {
    this.#publishers = publishers
  }

  /** What the server has not taken yet. */
  get waitingBytes(): number {
    return this.#publishers.reduce((sum, publisher) => sum + publisher.waitingBytes, 0)
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    for (const publisher of this.#publishers) publisher.cut()
    await Promise.all(this.#publishers.map((publisher) => publisher.closed))
  }

  async #run(): Promise<void> {
    const places = this.#publishers.map((publisher, index) => {
      for (const bytes of clip.start) publisher.write(bytes)
      return { publisher, loopMs: (index * CLIP_MS) / publishersCount, at: 0 }
    })
    const fromMs = performance.now()
    while (!this.#stop.signal.aborted) {
      const nowMs = performance.now() - fromMs
      for (const place of places) this.#sendDue(place, nowMs)
      await sleep(TICK_MS)
    }
  }

  #sendDue(place: { publisher: RtmpPublisher; loopMs: number; at: number }, nowMs: number): void {
    for (;;) {
      const piece = clip.loop[place.at]
      if (piece === undefined) {
        place.at = 0
        place.loopMs += CLIP_MS
        continue
      }
      const lateMs = nowMs - place.loopMs - piece.dueMs
      if (lateMs < 0) return
      place.publisher.write(piece.bytes)
      place.at += 1
      this.sent += 1
      this.lateMs = Math.max(this.lateMs, lateMs)
    }
  }
}

async function connectAll(port: number): Promise<readonly RtmpPublisher[]> {
  const publishers: RtmpPublisher[] = []
  while (publishers.length < publishersCount) {
    const count = Math.min(CONNECTING_MAX, publishersCount - publishers.length)
    const lot = Array.from({ length: count }, (_, index) =>
      RtmpPublisher.publish(port, `publisher_${publishers.length + index}`),
    )
    publishers.push(...(await Promise.all(lot)))
  }
  return publishers
}

async function startVibly(): Promise<Contender> {
  const file = join(import.meta.dirname, 'ingest-node.ts')
  const flags = values.profile ? ['--cpu-prof', '--cpu-prof-dir=.cache/profiles'] : []
  const process = startMeasured(globalThis.process.execPath, [...flags, file])
  const port = Number(await process.nextLine())
  return {
    name: 'Vibly',
    port,
    process,
    tags: async () => Number(JSON.parse(await process.ask()).tags),
  }
}

async function startNodeMediaServer(): Promise<Contender | null> {
  if (!installPeers(PEERS)) return null
  const file = join(PEERS, 'node-media-server.js')
  const port = await freePort()
  const process = startMeasured(globalThis.process.execPath, [file, String(port), folder])
  await process.nextLine()
  return { name: 'node-media-server', port, process, tags: async () => null }
}

/**
 * nginx with the rtmp module, as Debian has it in libnginx-mod-rtmp; null when this machine has
 * none.
 */
async function startNginx(): Promise<Contender | null> {
  const port = await freePort()
  const configuration = [
    'daemon off; master_process off; pid nginx.pid; error_log stderr crit;',
    'load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;',
    'events { worker_connections 4096; }',
    `rtmp { server { listen 127.0.0.1:${port}; application live { live on; } } }`,
  ]
  await writeFile(join(folder, 'nginx.conf'), configuration.join('\n'))
  const process = startMeasured('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')])
  const isThere = await eventually('nginx listens', () => isListening(port), 2000).catch(
    () => false,
  )
  if (!isThere) return null
  return { name: 'nginx-rtmp', port, process, tags: async () => null }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function isListening(port: number): Promise<true | null> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  const isOpen = await once(socket, 'connect').then(
    () => true as const,
    () => null,
  )
  socket.destroy()
  return isOpen
}

await measureAll()
