import { createServer, type Server, type Socket } from 'node:net'
import {
  addressBlock,
  asViblyError,
  KeyedBuckets,
  pause,
  TokenBucket,
  ViblyError,
} from '../../base/index.ts'
import { RTMP_DEFAULTS } from '../../rtmp/index.ts'
import { ReadRhythm } from './read-rhythm.ts'
import {
  type Publication,
  type PublishRequest,
  RtmpConnection,
  type RtmpConnectionDeps,
  type RtmpConnectionOptions,
} from './rtmp-connection.ts'
import { isRetryable } from './rtmp-refusal.ts'

export type { Publication, PublishRequest } from './rtmp-connection.ts'

/** What the server is given: who decides about a publish, where events go, the time. */
export type RtmpServerDeps = Omit<RtmpConnectionDeps, 'rhythm'>

export interface RtmpServerOptions extends RtmpConnectionOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** `off` lifts the rates per address, for load tests; no cap and no deadline. */
  readonly limits: 'on' | 'off'
  /** Open connections; see `#makeRoom` for what happens at the limit. [R26] */
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** New connections from one address. */
  readonly connectionsPerSecondMax: number
  /** Refused stream keys from one address. [R26] */
  readonly guessesPerMinuteMax: number
  /** How often deadlines and pings are looked at. */
  readonly tickMs: number
}

export const RTMP_SERVER_DEFAULTS: RtmpServerOptions = {
  host: '0.0.0.0',
  port: 1935,
  limits: 'on',
  connectionsMax: 4096,
  connectionsPerAddressMax: 1024,
  connectionsPerSecondMax: 50,
  guessesPerMinuteMax: 10,
  tickMs: 250,
  handshakeMsMax: 5000,
  connectMsMax: 5000,
  publishMsMax: 10_000,
  pingIntervalMs: 5000,
  silenceMsMax: 15_000,
  inputBytesMax: 256 * 1024,
  outboundBytesMax: 64 * 1024,
  lingerMs: 1000,
  sliceMsMax: 5,
  workMsPerSecondMax: 500,
  rtmp: RTMP_DEFAULTS,
}

/** So late a look tells of a machine that was suspended, not of its peers. [X26] */
const STANDSTILL_MS_MIN = 1000

/** Addresses whose rates are remembered. */
const ADDRESSES_MAX = 10_000
/** Connections that one address may open at once, above the rate. */
const CONNECTION_BURST = 200
/** Of the log: a flood of connections is not to flood it as well. */
const REFUSAL_LINES = { perSecond: 1, burst: 20 } as const
/** One read of the system at a time: the next is asked for by its connection. */
const SOCKET_OPTIONS = { highWaterMark: 0 } as const

/**
 * Listens for publishers. Resolves when it does; `close` stops listening, tells every publisher and
 * resolves when all connections are gone.
 *
 * @throws ViblyError `rtmp.port-unavailable`.
 */
export async function startRtmpServer(
  deps: RtmpServerDeps,
  options: RtmpServerOptions = RTMP_SERVER_DEFAULTS,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = new RtmpServer(deps, options)
  const port = await server.listen()
  return { port, close: () => server.close() }
}

class RtmpServer {
  readonly #deps: RtmpServerDeps
  readonly #connectionDeps: RtmpConnectionDeps
  readonly #options: RtmpServerOptions
  readonly #listener: Server
  /** In the order of their arrival. */
  readonly #connections = new Set<RtmpConnection>()
  readonly #arrivals: KeyedBuckets
  readonly #guesses: KeyedBuckets
  readonly #refusalLines: TokenBucket
  readonly #stop = new AbortController()
  #ticking: Promise<void> = Promise.resolve()

  constructor(deps: RtmpServerDeps, options: RtmpServerOptions) {
    this.#deps = deps
    const rhythm = new ReadRhythm(deps.clock, () => this.#connections.size)
    this.#connectionDeps = { ...deps, rhythm, publish: (request) => this.#publish(request) }
    this.#options = options
    this.#arrivals = new KeyedBuckets({
      perSecond: options.connectionsPerSecondMax,
      burst: CONNECTION_BURST,
      keysMax: ADDRESSES_MAX,
    })
    this.#guesses = new KeyedBuckets({
      perSecond: options.guessesPerMinuteMax / 60,
      burst: options.guessesPerMinuteMax,
      keysMax: ADDRESSES_MAX,
    })
    this.#refusalLines = new TokenBucket(REFUSAL_LINES, deps.clock.monotonicMs())
    this.#listener = createServer(SOCKET_OPTIONS, (socket) => this.#onSocket(socket))
  }

  async listen(): Promise<number> {
    const { host, port } = this.#options
    const listening = Promise.withResolvers<void>()
    this.#listener.once('error', listening.reject)
    this.#listener.listen({ host, port }, listening.resolve)
    try {
      await listening.promise
    } catch (thrown) {
      throw new ViblyError('rtmp.port-unavailable', { host, port }, thrown)
    }
    // From here on the listener only fails for single connections, out of file descriptors.
    this.#listener.off('error', listening.reject)
    this.#listener.on('error', (error) => this.#deps.logger.error('rtmp accept failed', error))
    this.#ticking = this.#tick()
    const bound = this.#listener.address()
    return bound === null || typeof bound === 'string' ? port : bound.port
  }

  async close(): Promise<void> {
    const closed = Promise.withResolvers<void>()
    this.#listener.close(() => closed.resolve())
    for (const connection of this.#connections) {
      connection.end(new ViblyError('rtmp.server-closing'))
    }
    await Promise.all([...this.#connections].map((connection) => connection.gone))
    this.#stop.abort()
    await Promise.all([closed.promise, this.#ticking])
  }

  #onSocket(socket: Socket): void {
    const address = socket.remoteAddress
    if (address === undefined) {
      socket.destroy()
      return
    }
    const nowMs = this.#deps.clock.monotonicMs()
    const isTooFast = this.#hasRates && this.#arrivals.take(addressBlock(address), 1, nowMs) > 0
    if (isTooFast || !this.#makeRoom(addressBlock(address))) {
      this.#logRefusal(address, nowMs)
      socket.destroy()
      return
    }
    const connection = new RtmpConnection(socket, this.#connectionDeps, this.#options)
    this.#connections.add(connection)
    void connection.gone.then(() => this.#connections.delete(connection))
  }

  #logRefusal(address: string, nowMs: number): void {
    if (this.#refusalLines.take(1, nowMs) > 0) return
    const code = 'rtmp.connections-too-many'
    this.#deps.logger.warn('rtmp connection refused', { address, code })
  }

  /**
   * Whether there is room for one more. At either limit the oldest that is not publishing has to
   * go, so that holding connections open keeps no publisher out; the newcomer goes when all
   * publish.
   */
  #makeRoom(block: string): boolean {
    const { connectionsMax, connectionsPerAddressMax } = this.#options
    const all = [...this.#connections]
    const sameAddress = all.filter((connection) => connection.addressBlock === block)
    const crowd =
      sameAddress.length >= connectionsPerAddressMax
        ? sameAddress
        : all.length >= connectionsMax
          ? all
          : null
    if (crowd === null) return true
    const oldest = crowd.find((connection) => !connection.isPublishing)
    if (oldest === undefined) return false
    this.#connections.delete(oldest)
    oldest.drop(new ViblyError('rtmp.connections-too-many'))
    return true
  }

  /** Counts the keys that are refused; the answer to the tenth and to the right one is the same. */
  async #publish(request: PublishRequest): Promise<Publication> {
    if (!this.#hasRates) return await this.#deps.publish(request)
    const { clock } = this.#deps
    const guesser = addressBlock(request.address)
    if (this.#guesses.take(guesser, 1, clock.monotonicMs()) > 0) {
      throw new ViblyError('rtmp.guesses-too-many')
    }
    try {
      const publication = await this.#deps.publish(request)
      this.#guesses.give(guesser, 1, clock.monotonicMs())
      return publication
    } catch (thrown) {
      const fault = asViblyError(thrown)
      // No guess: the key may be right and the server full.
      if (isRetryable(fault)) this.#guesses.give(guesser, 1, clock.monotonicMs())
      throw fault
    }
  }

  get #hasRates(): boolean {
    return this.#options.limits === 'on'
  }

  async #tick(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const dueMs = this.#deps.clock.monotonicMs() + this.#options.tickMs
      await pause(this.#deps.clock, this.#options.tickMs, signal)
      const nowMs = this.#deps.clock.monotonicMs()
      const stoodStill = nowMs - dueMs > STANDSTILL_MS_MIN
      for (const connection of this.#connections) {
        if (stoodStill) connection.noteStandstill(nowMs)
        connection.tick(nowMs)
      }
    }
  }
}
