import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  type ChannelId,
  isId,
  isLoopback,
  KeyedBuckets,
  pause,
  TokenBucket,
  type UserId,
  ViblyError,
} from '../../base/index.ts'
import { encodeJsonFrame, errorFrame, type Since } from '../../chat/index.ts'
import { AddressCounts } from '../address-counts.ts'
import { endWithRefusal } from '../unreadable.ts'
import {
  type ChatIdentity,
  ChatSocket,
  type ChatSocketDeps,
  type ChatSocketOptions,
  faultOfSocket,
} from './chat-socket.ts'

export interface ChatServerDeps extends ChatSocketDeps {
  /** Whose request it is, for limits by address: behind a proxy not the socket's. [W29] */
  addressOf(request: IncomingMessage): string
  /**
   * Who asks for an upgrade; null: nobody in particular, who may read. Refuses cookies that a page
   * of another site sends along (ViblyError `http.foreign-origin`) and tokens that are not good
   * (`accounts.unauthenticated`). [W30]
   */
  identify(request: IncomingMessage): Promise<ChatIdentity | null>
  /** Whether a sign-in is still good, asked every `revalidateMs`. */
  isSignedIn(identity: ChatIdentity): Promise<boolean>
  /** Tells at once when a session ends: logout, reuse of a token, a disabled account. */
  onSessionEnded(listener: (sessionId: string, userId: UserId) => void): () => void
}

export interface ChatServerOptions extends ChatSocketOptions {
  readonly socketsMax: number
  /** Sockets of one address that is not this machine. */
  readonly socketsPerAddressMax: number
  /** New sockets of all addresses a second, and at once: after a restart all come back. */
  readonly acceptsPerSecond: number
  readonly acceptBurst: number
  /** New sockets of one address a second, and at once. */
  readonly joinsPerSecond: number
  readonly joinBurst: number
  /** How long a peer may take to answer a close. */
  readonly closeMsMax: number
  readonly revalidateMs: number
  /** Whether browsers come by HTTPS. */
  readonly isTls: boolean
}

export const CHAT_SERVER_DEFAULTS: ChatServerOptions = {
  framesPerSecond: 20,
  frameBurst: 40,
  commandsWaitingMax: 64,
  socketsMax: 20_000,
  socketsPerAddressMax: 500,
  acceptsPerSecond: 2000,
  acceptBurst: 5000,
  joinsPerSecond: 50,
  joinBurst: 200,
  pingMs: 30_000,
  closeMsMax: 5000,
  revalidateMs: 15 * 60_000,
  limits: 'on',
  isTls: false,
}

export interface ChatServer {
  /** For `upgrade` events of an HTTP server. Leaves other paths alone. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Sockets that are open. */
  readonly size: number
  /** Closes all sockets with 1012, which makes clients come back, and cuts those that stay. */
  close(): Promise<void>
}

const PATH = '/ws/chat'
/** What a client of another version is told (RFC 6455 §4.4). */
const VERSION = { 'sec-websocket-version': '13' }
/** CONTRACT: 500 characters and what JSON makes of them fit; `ws` allows 100 MiB. [W31] */
const FRAME_BYTES_MAX = 16 * 1024
const FRAGMENTS_MAX = 16
const TICK_MS = 1000
/** Sockets closed or pinged before others get a turn. */
const SLICE_SOCKETS = 500
const CLOSE_ALL_MS_MAX = 2000
/** When to ask again whoever cannot be let in for a reason that passes. */
const RETRY_MS = 2000

/** Takes chat connections off an HTTP server. Nothing runs before the first one. */
export function startChatServer(deps: ChatServerDeps, options: ChatServerOptions): ChatServer {
  return new ChatSockets(deps, options)
}

class ChatSockets implements ChatServer {
  readonly #deps: ChatServerDeps
  readonly #options: ChatServerOptions
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_BYTES_MAX,
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: 4 * FRAGMENTS_MAX,
  })
  readonly #sockets = new Set<ChatSocket>()
  readonly #counts: AddressCounts
  readonly #joins: KeyedBuckets
  readonly #accepts: TokenBucket
  readonly #stop = new AbortController()
  /** Stopped, and the last socket is closed. */
  readonly #emptied = new AbortController()
  readonly #ticking: Promise<void>
  readonly #forgetSessions: () => void

  constructor(deps: ChatServerDeps, options: ChatServerOptions) {
    this.#deps = deps
    this.#options = options
    this.#counts = new AddressCounts({ perAddressMax: options.socketsPerAddressMax })
    const { joinsPerSecond: perSecond, joinBurst: burst } = options
    this.#joins = new KeyedBuckets({ perSecond, burst, keysMax: 20_000 })
    const { acceptsPerSecond, acceptBurst } = options
    this.#accepts = new TokenBucket(
      { perSecond: acceptsPerSecond, burst: acceptBurst },
      deps.clock.monotonicMs(),
    )
    this.#forgetSessions = deps.onSessionEnded((sessionId) => this.#endSession(sessionId))
    // What is no handshake of RFC 6455 §4.2.1; `ws` would say so without our headers.
    this.#server.on('wsClientError', (_, socket) =>
      endWithRefusal(socket, new ViblyError('http.bad-request'), options.isTls, VERSION),
    )
    this.#ticking = this.#tickAll()
  }

  get size(): number {
    return this.#sockets.size
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = URL.parse(request.url ?? '', 'http://chat')
    if (url?.pathname !== PATH || !(socket instanceof Socket)) return
    socket.on('error', () => socket.destroy())
    // Never rejects: whatever goes wrong refuses this one upgrade.
    void this.#admit(request, socket, head, url.searchParams)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#forgetSessions()
    await this.#ticking
    let count = 0
    for (const socket of this.#sockets) {
      socket.close('chat.restarting')
      count += 1
      if (count % SLICE_SOCKETS === 0) await nextTurn()
    }
    if (this.#sockets.size > 0)
      await pause(this.#deps.clock, CLOSE_ALL_MS_MAX, this.#emptied.signal)
    for (const socket of this.#sockets) socket.terminate()
  }

  async #admit(
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
    query: URLSearchParams,
  ): Promise<void> {
    try {
      if (this.#stop.signal.aborted)
        throw new ViblyError('chat.restarting', { retryAfterMs: RETRY_MS })
      if (this.#sockets.size >= this.#options.socketsMax) {
        throw new ViblyError('chat.server-full', { retryAfterMs: RETRY_MS })
      }
      this.#checkAccepts()
      const { identity, problem } = await this.#identify(request)
      // The peer may have gone while we asked who it is.
      if (socket.destroyed) return
      this.#server.handleUpgrade(request, socket, head, (ws) => {
        const address = this.#deps.addressOf(request)
        this.#enter(ws, socket, { identity, problem, query, address })
      })
    } catch (thrown) {
      endWithRefusal(socket, faultOfSocket(thrown, this.#deps.logger), this.#options.isTls)
    }
  }

  /**
   * A token that is not good is refused when a program sent it. A browser sends its cookie whether
   * it wants or not and cannot see a refusal: it may read, and is told what is wrong.
   */
  async #identify(
    request: IncomingMessage,
  ): Promise<{ readonly identity: ChatIdentity | null; readonly problem: ViblyError | null }> {
    try {
      return { identity: await this.#deps.identify(request), problem: null }
    } catch (thrown) {
      const isByCookie = request.headers.authorization === undefined
      const isStale = thrown instanceof ViblyError && thrown.code === 'accounts.unauthenticated'
      if (!isByCookie || !isStale) throw thrown
      return { identity: null, problem: thrown }
    }
  }

  #enter(
    ws: WebSocket,
    socket: Socket,
    from: {
      readonly identity: ChatIdentity | null
      readonly problem: ViblyError | null
      readonly query: URLSearchParams
      readonly address: string
    },
  ): void {
    const { address } = from
    // Small frames are to leave at once, and a socket is idle most of the time.
    socket.setNoDelay(true)
    const peer = { identity: from.identity, address }
    const member = new ChatSocket(ws, socket, peer, this.#deps, this.#options)
    const isCounted = this.#options.limits === 'on' && !isLoopback(address)
    const isEntered = !isCounted || this.#counts.enter(address)
    this.#sockets.add(member)
    ws.on('close', () => {
      this.#sockets.delete(member)
      if (this.#stop.signal.aborted && this.#sockets.size === 0) this.#emptied.abort()
      if (isCounted && isEntered) this.#counts.leave(address)
    })
    try {
      if (!isEntered) throw new ViblyError('chat.too-many-sockets')
      this.#checkJoins(address)
      void this.#join(member, parsePlace(from.query), from.problem)
    } catch (thrown) {
      member.end(faultOfSocket(thrown, this.#deps.logger))
    }
  }

  /** Never rejects: what goes wrong ends the member. */
  async #join(member: ChatSocket, place: Place, problem: ViblyError | null): Promise<void> {
    await member.join(place.channelId, place.since)
    if (problem !== null) member.send(encodeJsonFrame(errorFrame(problem, null)))
  }

  /**
   * When everyone comes back at once, the first are served and the rest told when to try again,
   * before anything was done for them.
   */
  #checkAccepts(): void {
    if (this.#options.limits === 'off') return
    const retryAfterMs = this.#accepts.take(1, this.#deps.clock.monotonicMs())
    if (retryAfterMs > 0) throw new ViblyError('chat.server-busy', { retryAfterMs })
  }

  #checkJoins(address: string): void {
    if (this.#options.limits === 'off' || isLoopback(address)) return
    const retryAfterMs = this.#joins.take(address, 1, this.#deps.clock.monotonicMs())
    if (retryAfterMs > 0) throw new ViblyError('chat.too-many-sockets', { retryAfterMs })
  }

  #endSession(sessionId: string): void {
    for (const socket of this.#sockets) {
      if (socket.identity?.sessionId === sessionId) socket.end(new ViblyError('chat.signed-out'))
    }
  }

  async #tickAll(): Promise<void> {
    const { closeMsMax, revalidateMs } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      await pause(this.#deps.clock, TICK_MS, signal)
      let count = 0
      for (const socket of this.#sockets) {
        if (signal.aborted) return
        const isDue = socket.tick(closeMsMax, revalidateMs)
        if (isDue) await this.#revalidate(socket)
        count += 1
        if (count % SLICE_SOCKETS === 0) await nextTurn()
      }
    }
  }

  async #revalidate(socket: ChatSocket): Promise<void> {
    if (socket.identity === null) return
    try {
      if (await this.#deps.isSignedIn(socket.identity)) return
      socket.end(new ViblyError('chat.signed-out'))
    } catch (thrown) {
      this.#deps.logger.error('a chat sign-in could not be checked', thrown)
    }
  }
}

interface Place {
  readonly channelId: ChannelId
  readonly since: Since | null
}

/**
 * Where a client wants to go, of the address it connected to.
 *
 * @throws ViblyError `chat.channel-missing`, `chat.place-invalid`
 */
function parsePlace(query: URLSearchParams): Place {
  for (const name of ['channelID', 'since', 'epoch']) {
    if (query.getAll(name).length > 1) throw new ViblyError('chat.place-invalid', { name })
  }
  const channelId = query.get('channelID') ?? ''
  if (!isId<ChannelId>(channelId)) throw new ViblyError('chat.channel-missing')
  const seq = query.get('since')
  if (seq === null) return { channelId, since: null }
  if (!/^\d{1,15}$/.test(seq)) throw new ViblyError('chat.place-invalid', { name: 'since' })
  return { channelId, since: { seq: Number(seq), epoch: query.get('epoch') ?? '' } }
}
