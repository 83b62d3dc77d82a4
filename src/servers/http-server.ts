import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type ChannelId, isLoopback, ViblyError } from '../base/index.ts'
import type { Blobs } from '../ports/index.ts'
import { AddressCounts } from './address-counts.ts'
import { AnswersDue } from './answers-due.ts'
import { type ApiOptions, createApiApp } from './api/api-app.ts'
import type { ApiApp, ApiContext, ApiDeps } from './api/api-context.ts'
import { HEADER_BYTES_MAX, pathOf } from './api/faults.ts'
import { createFindReader, isOwner } from './api/identify.ts'
import { SessionCookies } from './api/session-cookies.ts'
import { MediaFront, type MediaSource } from './delivery/media-front.ts'
import { isMediaAddress } from './delivery/media-path.ts'
import { isTls, securityHeaders } from './http-headers.ts'
import { addOperationRoutes, type OperationsDeps, type OperationsOptions } from './operations.ts'
import { addPageRoutes, type PageOptions } from './pages/page-routes.ts'
import { METHODS, refusalOf, refuseUnreadable } from './unreadable.ts'

export interface HttpServerDeps extends ApiDeps, OperationsDeps {
  readonly media: MediaSource
  readonly blobs: Blobs
  /** Adds routes of another server, chat's say, to the same API, under the same guards. */
  readonly addRoutes: (app: ApiApp, context: ApiContext) => void | Promise<void>
}

export interface HttpServerOptions extends ApiOptions, PageOptions, OperationsOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** EXT-X-TARGETDURATION, ms. */
  readonly targetDurationMs: number
  /** Encoded playlists kept in memory. */
  readonly playlistsMax: number
  /** Connections in all; more wait in the kernel's queue or are refused. */
  readonly connectionsMax: number
  /** Connections of one address, other than this machine and trusted proxies. */
  readonly connectionsPerAddressMax: number
  /** Absent: 10 s for headers, 30 s for the rest. */
  readonly patience?: Patience
}

/** How long the server waits for others, ms. [W26] */
export interface Patience {
  /** For all headers of a request: who sends them slower is no browser. */
  readonly headersMsMax: number
  /** For a whole request, body included. */
  readonly requestMsMax: number
  /** For a reader to take a byte, or a sender to give one. */
  readonly stallMsMax: number
}

const PATIENCE: Patience = { headersMsMax: 10_000, requestMsMax: 30_000, stallMsMax: 30_000 }

/** For whoever has no reason to choose otherwise. */
export const HTTP_SERVER_DEFAULTS = {
  requestsPerMinuteMax: 1200,
  playlistsMax: 10_000,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 1000,
} as const satisfies Partial<HttpServerOptions>

export interface HttpServer {
  readonly port: number
  /**
   * For `upgrade` listeners, which see what asks for the chat; all else is a request like others.
   */
  readonly server: Server
  /** Takes no more, lets answers finish for 2 s, then cuts. Twice is fine. */
  close(): Promise<void>
}

/** The only address at which an upgrade may be taken by a listener of another server. */
const CHAT_PATH = '/ws/chat'
/** Longer than the pause between two playlists, so that players keep their connection. */
const KEEP_ALIVE_MS = 20_000
/** How often Node looks for requests that take too long. */
const CHECK_MS = 500
const DRAIN_MS_MAX = 2000

/**
 * Listens for HTTP: media, API, pages and what operators ask. Resolves when it does.
 *
 * @throws ViblyError `http.port-unavailable`
 */
export async function startHttpServer(
  deps: HttpServerDeps,
  options: HttpServerOptions,
): Promise<HttpServer> {
  const { host, port } = options
  const mediaOptions = { ...options, isTls: isTls(options) }
  const findReader = createFindReader(deps.accounts, new SessionCookies(mediaOptions))
  const mayWatch = async (request: IncomingMessage, owner: ChannelId): Promise<boolean> =>
    isOwner(await findReader(request), owner)
  const media = new MediaFront({ ...deps, source: deps.media, mayWatch }, mediaOptions)
  const sockets = new Set<Socket>()
  const { app, context, closeRoutes } = await createApiApp(deps, options, (inner) =>
    createGuardedServer(media, inner, sockets, options),
  )
  await deps.addRoutes(app, context)
  addOperationRoutes(app, deps, options)
  await addPageRoutes(app, context, options)
  closeRoutes()
  await app.ready()
  await listen(app.server, host, port)
  return {
    port: portOf(app.server),
    server: app.server,
    close: once(() => drain(app, sockets)),
  }
}

function createGuardedServer(
  media: MediaFront,
  inner: RequestListener,
  sockets: Set<Socket>,
  options: HttpServerOptions,
): Server {
  const { headersMsMax, requestMsMax, stallMsMax } = options.patience ?? PATIENCE
  const due = new AnswersDue()
  const answer: RequestListener = (request, response) => {
    due.note(request, response)
    request.url = originForm(request.url ?? '')
    // OPTIONS may ask of the server as a whole (RFC 9110 §9.3.7), nothing else may.
    const isOfServer = request.url === '*'
    if (!isHostClear(request) || (isOfServer && request.method !== 'OPTIONS')) {
      const { status, headers, body } = refusalOf(
        new ViblyError('http.bad-request'),
        isTls(options),
      )
      response.writeHead(status, headers).end(body)
      return
    }
    if (isOfServer) {
      const headers = { ...securityHeaders({ isTls: isTls(options) }), allow: METHODS }
      response.writeHead(204, headers).end()
      return
    }
    // Media goes past the framework. `answer` ends its own errors and never rejects.
    if (isMediaAddress(request.url)) void media.answer(request, response)
    else inner(request, response)
  }
  const server: Server = createServer(
    {
      headersTimeout: headersMsMax,
      requestTimeout: requestMsMax,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      // Ours says it with all headers that an answer carries here.
      requireHostHeader: false,
      // Whoever offers HTTP/2 along with a request is answered in HTTP/1.1 (RFC 9110 §7.8). An
      // upgrade must not get ahead of an answer either.
      shouldUpgradeCallback: (request) =>
        isForChat(request) && server.listenerCount('upgrade') > 0 && !due.isOwed(request.socket),
    },
    answer,
  )
  // Other expectations may be ignored (RFC 9110 §10.1.1); Node's 417 has none of our headers.
  server.on('checkExpectation', answer)
  server.maxConnections = options.connectionsMax
  server.setTimeout(stallMsMax)
  countConnections(server, sockets, options)
  refuseUnreadable(server, due, isTls(options))
  return server
}

/** Remembers all sockets for `drain`, and lets one visitor have only so many of them. [W26] */
function countConnections(server: Server, sockets: Set<Socket>, options: HttpServerOptions): void {
  const counts = new AddressCounts({ perAddressMax: options.connectionsPerAddressMax })
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    // Behind a proxy everyone has its address; the proxy has limits of its own.
    const isCounted = !isLoopback(address) && options.trustedProxies.length === 0
    if (isCounted && !counts.enter(address)) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (isCounted) counts.leave(address)
    })
  })
}

/** An address as it stands in requests that go through no proxy (RFC 9112 §3.2.2). */
function originForm(address: string): string {
  const rest = /^https?:\/\/[^/?]*(.*)$/i.exec(address)?.[1]
  if (rest === undefined) return address
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** `uri-host [":" port]` of RFC 9110 §7.2, or nothing. */
const HOST_PATTERN = /^(?:\[[\da-f:.]+\]|[\w.~%!$&'()*+,;=-]*)(?::\d{0,5})?$/i

/** RFC 9112 §3.2: exactly one Host, and one that names a host; HTTP/1.0 may do without. */
function isHostClear({ rawHeaders, headers, httpVersion }: IncomingMessage): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === 'host') count += 1
  }
  if (count === 0) return httpVersion === '1.0'
  return count === 1 && HOST_PATTERN.test(headers.host ?? '')
}

/** Upgrades are for the chat alone. */
function isForChat(request: IncomingMessage): boolean {
  const { url = '', headers } = request
  const isWebSocket = headers.upgrade?.toLowerCase() === 'websocket'
  return pathOf(originForm(url)) === CHAT_PATH && isWebSocket && isHostClear(request)
}

/**
 * Connections that the kernel holds until they are accepted: after a restart all viewers and chats
 * come back at once, and Node's 511 would leave most of them to their own retries. [X18]
 */
const BACKLOG = 4096

async function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const refuse = (cause: NodeJS.ErrnoException): void => {
    const reason = cause.code ?? cause.message
    reject(new ViblyError('http.port-unavailable', { host, port, reason }, cause))
  }
  server.once('error', refuse)
  server.listen({ port, host, backlog: BACKLOG }, () => {
    server.off('error', refuse)
    resolve()
  })
  await promise
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Upgraded sockets count too: whoever took them should have closed them before. */
async function drain(app: ApiApp, sockets: ReadonlySet<Socket>): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  app.server.close(() => resolve())
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, DRAIN_MS_MAX)
  await Promise.all([app.close(), closed])
  clearTimeout(cut)
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | null = null
  return () => {
    closing ??= close()
    return closing
  }
}
