import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'

/** Which way bytes go, as seen from the client that connected. */
export type Direction = 'to-server' | 'to-client'

/** What a line does to bytes; the defaults do nothing. */
export interface LineConditions {
  /** Every byte arrives this much later; order is kept. */
  readonly delayMs: number
  /** Each connection and direction carries no more than this. */
  readonly bytesPerSecondMax: number
}

const PERFECT: LineConditions = { delayMs: 0, bytesPerSecondMax: Number.POSITIVE_INFINITY }

/** Bytes under way in one direction of one connection; past it the sender is not read. */
const UNDER_WAY_BYTES_MAX = 1024 * 1024
/** The largest piece that is sent on at once, so that a narrow line flows instead of jumping. */
const PIECE_BYTES_MAX = 16 * 1024

/**
 * A bad line between a client and a server of this machine: slow, stalled, cut or gone. A perfect
 * one until told otherwise. What is said to it holds for all its connections, those to come
 * included; two clients that must differ take two proxies.
 */
export class TcpProxy {
  /** Where clients connect. */
  readonly port: number
  readonly #listener: Server
  readonly #target: { readonly port: number; readonly host: string }
  readonly #lines = new Set<Line>()
  readonly #carriedBytes: Record<Direction, number> = { 'to-server': 0, 'to-client': 0 }
  #conditions = PERFECT
  #stalled: readonly Direction[] = []
  #cut: { readonly direction: Direction; leftBytes: number; reached(): void } | null = null
  #answersNewcomers: boolean = true

  private constructor(listener: Server, target: { port: number; host: string }, port: number) {
    this.#listener = listener
    this.#target = target
    this.port = port
    listener.on('connection', (client) => this.#onClient(client))
  }

  /** Listens on a free port and forwards to this one. */
  static async open(targetPort: number, host = '127.0.0.1'): Promise<TcpProxy> {
    // A FIN goes on as a FIN: the other direction stays open.
    const listener = createServer({ allowHalfOpen: true })
    listener.listen({ port: 0, host: '127.0.0.1' })
    await once(listener, 'listening')
    const address = listener.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return new TcpProxy(listener, { port: targetPort, host }, port)
  }

  /** Connections that have not ended at both ends. */
  get connections(): number {
    return this.#lines.size
  }

  /** Bytes carried to their end so far, over all connections. */
  carriedBytes(direction: Direction): number {
    return this.#carriedBytes[direction]
  }

  /** From the next read on; what is under way keeps its time. */
  setConditions(conditions: Partial<LineConditions>): void {
    this.#conditions = { ...PERFECT, ...conditions }
    for (const line of this.#lines) line.setConditions(this.#conditions)
  }

  /**
   * Nothing gets through any more: no byte, no FIN, no RST, as when the network is gone. Both ends
   * keep their sockets, and whoever goes on sending fills buffers. `resume` delivers all of it.
   */
  stall(directions: readonly Direction[] = ['to-server', 'to-client']): void {
    this.#stalled = directions
    for (const line of this.#lines) line.stall(directions)
  }

  /** Ends a stall. */
  resume(): void {
    this.stall([])
  }

  /** FIN to both ends, as when a program ends without a word. */
  finish(): void {
    for (const line of this.#lines) line.finish()
  }

  /** RST to both ends, as a NAT that forgot the connection. */
  reset(): void {
    for (const line of this.#lines) line.reset()
  }

  /**
   * RST to the client alone; the server keeps a socket that says nothing more: a machine lost
   * power.
   */
  abandon(): void {
    for (const line of this.#lines) line.abandon()
  }

  /** `reset` as soon as so many more bytes have gone this way; resolves then. */
  async resetAfter(bytes: number, direction: Direction = 'to-server'): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#cut = { direction, leftBytes: bytes, reached: resolve }
    await promise
  }

  /** From now on newcomers are reset as soon as they come, as if the server were down. */
  refuseNewcomers(): void {
    this.#answersNewcomers = false
  }

  /** From now on newcomers are let through again. */
  acceptNewcomers(): void {
    this.#answersNewcomers = true
  }

  /** Resets what is open; resolves when nothing is left. */
  async close(): Promise<void> {
    const closed = Promise.withResolvers<void>()
    this.#listener.close(() => closed.resolve())
    this.reset()
    await closed.promise
  }

  #onClient(client: Socket): void {
    if (!this.#answersNewcomers) {
      client.resetAndDestroy()
      return
    }
    const server = createConnection({ ...this.#target, allowHalfOpen: true })
    const line = new Line(client, server, {
      onCarried: (direction, bytes) => this.#onCarried(direction, bytes),
      onGone: () => this.#lines.delete(line),
    })
    this.#lines.add(line)
    line.setConditions(this.#conditions)
    line.stall(this.#stalled)
  }

  #onCarried(direction: Direction, bytes: number): void {
    this.#carriedBytes[direction] += bytes
    const cut = this.#cut
    if (cut === null || cut.direction !== direction) return
    cut.leftBytes -= bytes
    if (cut.leftBytes > 0) return
    this.#cut = null
    this.reset()
    cut.reached()
  }
}

interface LineEvents {
  onCarried(direction: Direction, bytes: number): void
  onGone(): void
}

/** One connection: a client's socket, a server's, and the two ways between them. */
class Line {
  readonly #client: Socket
  readonly #server: Socket
  readonly #ways: Readonly<Record<Direction, OneWay>>
  readonly #events: LineEvents

  constructor(client: Socket, server: Socket, events: LineEvents) {
    this.#client = client
    this.#server = server
    this.#events = events
    const way = (direction: Direction, from: Socket, to: Socket) =>
      new OneWay(from, to, (bytes) => events.onCarried(direction, bytes))
    this.#ways = {
      'to-server': way('to-server', client, server),
      'to-client': way('to-client', server, client),
    }
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('close', () => this.#onClose())
    }
  }

  setConditions(conditions: LineConditions): void {
    for (const way of Object.values(this.#ways)) way.setConditions(conditions)
  }

  stall(directions: readonly Direction[]): void {
    this.#ways['to-server'].setStalled({ isStalled: directions.includes('to-server') })
    this.#ways['to-client'].setStalled({ isStalled: directions.includes('to-client') })
  }

  finish(): void {
    for (const socket of [this.#client, this.#server]) {
      socket.end()
      // Whatever else comes is read and forgotten, or the kernel would make the FIN a RST.
      socket.removeAllListeners('data').resume()
    }
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  abandon(): void {
    this.#ways['to-server'].abandon()
    this.#ways['to-client'].abandon()
    this.#client.resetAndDestroy()
    // It is read, so that the server can send without an end, as into a network that drops all.
    this.#server.removeAllListeners('data').resume()
  }

  #onClose(): void {
    if (this.#client.closed && this.#server.closed) this.#events.onGone()
  }
}

/** What is under way: bytes, or the end of the connection. */
type UnderWay =
  | { readonly dueMs: number; readonly bytes: Uint8Array }
  | { readonly dueMs: number; readonly end: 'fin' | 'rst' }

/** One direction of a connection. Delivers in order, each piece when its time has come. */
class OneWay {
  readonly #from: Socket
  readonly #to: Socket
  readonly #onCarried: (bytes: number) => void
  #conditions = PERFECT
  #isStalled: boolean = false
  #isAbandoned: boolean = false
  readonly #underWay: UnderWay[] = []
  #underWayBytes = 0
  /** When a narrow line has room for the next byte. */
  #freeMs = 0
  #timer: NodeJS.Timeout | null = null

  constructor(from: Socket, to: Socket, onCarried: (bytes: number) => void) {
    this.#from = from
    this.#to = to
    this.#onCarried = onCarried
    from.on('data', (bytes: Uint8Array) => this.#onBytes(bytes))
    from.on('end', () => this.#add({ dueMs: this.#dueMs(0), end: 'fin' }))
    // A connection that broke, or was never made, breaks at its other end too.
    from.on('error', () => this.#add({ dueMs: this.#dueMs(0), end: 'rst' }))
    to.on('drain', () => this.#deliver())
    to.on('close', () => this.abandon())
  }

  setConditions(conditions: LineConditions): void {
    this.#conditions = conditions
  }

  setStalled({ isStalled }: { readonly isStalled: boolean }): void {
    this.#isStalled = isStalled
    this.#deliver()
  }

  /** Forgets what is under way and delivers nothing more. */
  abandon(): void {
    this.#isAbandoned = true
    this.#underWay.length = 0
    this.#underWayBytes = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #onBytes(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES_MAX) {
      const piece = bytes.subarray(at, at + PIECE_BYTES_MAX)
      this.#underWayBytes += piece.byteLength
      this.#add({ dueMs: this.#dueMs(piece.byteLength), bytes: piece })
    }
  }

  #add(piece: UnderWay): void {
    if (this.#isAbandoned) return
    this.#underWay.push(piece)
    this.#deliver()
  }

  #dueMs(bytes: number): number {
    const nowMs = performance.now()
    const { delayMs, bytesPerSecondMax } = this.#conditions
    this.#freeMs = Math.max(this.#freeMs, nowMs) + (bytes * 1000) / bytesPerSecondMax
    return this.#freeMs + delayMs
  }

  /** Everything whose time has come, as far as the receiver takes it. */
  #deliver(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    while (!this.#isStalled && !this.#to.writableNeedDrain) {
      const [piece] = this.#underWay
      if (piece === undefined) break
      const waitMs = piece.dueMs - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#deliver(), Math.ceil(waitMs))
        break
      }
      this.#underWay.shift()
      this.#carry(piece)
    }
    if (this.#underWayBytes >= UNDER_WAY_BYTES_MAX) this.#from.pause()
    else if (this.#from.isPaused()) this.#from.resume()
  }

  #carry(piece: UnderWay): void {
    if ('bytes' in piece) {
      this.#underWayBytes -= piece.bytes.byteLength
      if (this.#to.writable) this.#to.write(piece.bytes)
      this.#onCarried(piece.bytes.byteLength)
    } else if (piece.end === 'fin') this.#to.end()
    else this.#to.resetAndDestroy()
  }
}
