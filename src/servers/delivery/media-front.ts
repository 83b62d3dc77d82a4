import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { create as contentDisposition } from 'content-disposition'
import {
  assertNever,
  asViblyError,
  type BroadcastId,
  type ChannelId,
  faultOf,
  type Logger,
  ViblyError,
} from '../../base/index.ts'
import type { Directives, PlaylistAnswer } from '../../live/index.ts'
import type { Blobs } from '../../ports/index.ts'
import { createAddressOf } from '../client-address.ts'
import { type Headers, mediaHeaders } from '../http-headers.ts'
import { NO_DIRECTIVES, parseDirectives } from './directives.ts'
import {
  answerFromBlobs,
  answerFromMemory,
  type EntityKind,
  PICTURE,
  RECORDING,
  SEGMENT,
  STORYBOARD,
  THUMB,
} from './entity.ts'
import {
  type Answer,
  encodeFault,
  isViewerGone,
  JSON_TYPE,
  sendAnswer,
  withBytes,
  withoutBytes,
  withText,
} from './media-answer.ts'
import { type MediaPath, parseMediaPath } from './media-path.ts'
import { acceptsGzip, judgeConditions } from './negotiation.ts'
import { PlaylistCache } from './playlist-cache.ts'

/** What the media addresses need of the live side. */
export interface MediaSource {
  /** A playlist by its path below `/media/{broadcast_id}/`: `index.m3u8` or `720p/index.m3u8`. */
  playlist(broadcastId: BroadcastId, path: string, directives: Directives): Promise<PlaylistAnswer>
  /**
   * Master for `/live/{channel_id}/index.m3u8`, its URIs leading to `/media/...`; null: not live.
   */
  liveMaster(channelId: ChannelId): string | null
  /** A segment still in memory, whole; null: ask the blobs. Nobody writes to these bytes. */
  segment(broadcastId: BroadcastId, rendition: string, fileName: string): Uint8Array | null
  /**
   * A part, whole, as soon as it is listed if a playlist hints at it; null: there is none. [LL14]
   */
  part(broadcastId: BroadcastId, rendition: string, fileName: string): Promise<Uint8Array | null>
  /** Whose the broadcast is, when nobody else may see it; null: anyone may, or there is none. */
  ownerIfPrivate(broadcastId: BroadcastId): ChannelId | null
  /** What a recording is called on its owner's disk: a title, any text; null: there is none. */
  downloadName(broadcastId: BroadcastId): string | null
  /** Somebody follows the broadcast; `viewer` is the same text each time the same one asks. */
  noteViewer(broadcastId: BroadcastId, viewer: string): void
}

export interface MediaFrontDeps {
  readonly source: MediaSource
  readonly blobs: Blobs
  readonly logger: Logger
  /** Asked for private broadcasts only. */
  mayWatch(request: IncomingMessage, owner: ChannelId): Promise<boolean>
}

export interface MediaFrontOptions {
  /** EXT-X-TARGETDURATION in ms: what cache lifetimes are counted in. */
  readonly targetDurationMs: number
  /** Encoded playlists kept for all viewers together. */
  readonly playlistsMax: number
  /** Whether viewers come by HTTPS. */
  readonly isTls: boolean
  /** Proxies whose `X-Forwarded-For` is believed; empty: nobody's. [W29] */
  readonly trustedProxies: readonly string[]
}

/** The requests of one connection, answered one after the other. */
interface Line {
  /** The answer to the last of them; never rejects. */
  last: Promise<void>
  waiting: number
}

/** Requests of one connection that have no answer yet; players have one, load tools a few. */
const WAITING_MAX = 100
/** The playlist that lists the renditions; all others belong to one of them. */
const MASTER = 'index.m3u8'
/** RFC 8216 §4. [D02] */
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl'
const ALLOWED_METHODS = 'GET, HEAD, OPTIONS'
const CACHE_FINAL_PLAYLIST = 'public, max-age=3600'

/** One body for all that is not there, so that an answer tells nothing about what is. [D10] */
const NOT_FOUND_BODY = encodeFault(new ViblyError('http.not-found'))

/**
 * Answers `/live/...` and `/media/...` with nothing between it and `node:http`: these are almost
 * all requests, and no framework is quicker than none. Never redirects. [H24]
 */
export class MediaFront {
  readonly #deps: MediaFrontDeps
  readonly #playlists: PlaylistCache
  readonly #common: Headers
  readonly #cacheLivePlaylist: string
  readonly #cacheBlocking: string
  readonly #part: EntityKind
  readonly #cacheBlockingFault: string
  readonly #cacheFault: string
  readonly #addressOf: (request: IncomingMessage) => string
  readonly #lines = new WeakMap<Socket, Line>()

  constructor(deps: MediaFrontDeps, options: MediaFrontOptions) {
    const targetS = Math.max(1, Math.round(options.targetDurationMs / 1000))
    this.#deps = deps
    this.#playlists = new PlaylistCache(options)
    this.#common = mediaHeaders(options)
    this.#cacheLivePlaylist = `public, max-age=${Math.max(1, Math.floor(targetS / 2))}`
    this.#cacheBlocking = `public, max-age=${6 * targetS}`
    this.#part = {
      ...SEGMENT,
      headers: { ...SEGMENT.headers, 'cache-control': this.#cacheBlocking },
    }
    this.#cacheBlockingFault = `public, max-age=${4 * targetS}`
    this.#cacheFault = `public, max-age=${targetS}`
    this.#addressOf = createAddressOf(options.trustedProxies)
  }

  /**
   * Answers one request; whatever goes wrong ends with it. Resolves when the answer is out.
   *
   * Requests that come down one connection together are answered one after the other, as their
   * answers must stand in that order anyway (RFC 9112 §9.3.2): so none of them holds bytes while it
   * waits. A connection with more of them than anybody means is cut. [X22]
   */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request
    const line = this.#lines.get(socket) ?? { last: Promise.resolve(), waiting: 0 }
    this.#lines.set(socket, line)
    if (line.waiting >= WAITING_MAX) {
      socket.destroy()
      return
    }
    line.waiting += 1
    line.last = line.last.then(() => this.#answerNow(request, response))
    await line.last
    line.waiting -= 1
  }

  async #answerNow(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (response.destroyed) return
    try {
      const answer = await this.#decide(request)
      await sendAnswer(request, response, answer, this.#common)
    } catch (thrown) {
      await this.#fail(request, response, thrown)
    }
  }

  async #decide(request: IncomingMessage): Promise<Answer> {
    const { method, url = '' } = request
    if (method === 'OPTIONS') return PREFLIGHT
    if (method !== 'GET' && method !== 'HEAD') return METHOD_NOT_ALLOWED

    const [path = '', query = ''] = url.split('?', 2)
    const named = parseMediaPath(path)
    if (named === null) return this.#notFound()
    if (named.kind === 'live-master') return this.#find(request, named, path, query)
    const owner = this.#deps.source.ownerIfPrivate(named.broadcastId)
    if (owner === null) return this.#find(request, named, path, query)
    if (!(await this.#deps.mayWatch(request, owner))) return this.#notFound()
    return onlyForOwner(await this.#find(request, named, path, query))
  }

  async #find(
    request: IncomingMessage,
    named: MediaPath,
    path: string,
    query: string,
  ): Promise<Answer> {
    switch (named.kind) {
      case 'live-master': {
        const master = this.#deps.source.liveMaster(named.channelId)
        return this.#playlist(request, path, master, this.#cacheLivePlaylist)
      }
      case 'playlist':
        return this.#mediaPlaylist(request, named, path, query)
      case 'part': {
        const { broadcastId, rendition, fileName } = named
        const bytes = await this.#deps.source.part(broadcastId, rendition, fileName)
        return bytes === null ? this.#notFound() : answerFromMemory(request, bytes, this.#part)
      }
      case 'segment': {
        const { broadcastId, rendition, fileName } = named
        const bytes = this.#deps.source.segment(broadcastId, rendition, fileName)
        return bytes === null
          ? this.#blob(request, `${broadcastId}/${rendition}/${fileName}`, SEGMENT)
          : answerFromMemory(request, bytes, SEGMENT)
      }
      case 'recording': {
        const isDownload = new URLSearchParams(query).has('download')
        const extra = isDownload ? this.#asFile(named.broadcastId) : {}
        const kind = { ...RECORDING, headers: { ...RECORDING.headers, ...extra } }
        return this.#blob(request, `${named.broadcastId}/recording.mp4`, kind)
      }
      case 'thumb':
        return this.#blob(request, `${named.broadcastId}/thumb.jpg`, THUMB)
      case 'storyboard':
        return this.#blob(request, `${named.broadcastId}/storyboard.vtt`, STORYBOARD)
      case 'picture':
        return this.#blob(request, `${named.broadcastId}/${named.fileName}`, PICTURE)
      default:
        return assertNever(named)
    }
  }

  /** To be saved under the broadcast's title, whatever that holds (RFC 6266). [W38] */
  #asFile(broadcastId: BroadcastId): Headers {
    const title = this.#deps.source.downloadName(broadcastId) || `vibly-${broadcastId}`
    const fileName = `${title.replaceAll(/[/\\:]/g, '_')}.mp4`
    return { 'content-disposition': contentDisposition(fileName) }
  }

  /** A playlist below `/media/`, now or when it has what the directives ask for. [LL06] [D04] */
  async #mediaPlaylist(
    request: IncomingMessage,
    named: { readonly broadcastId: BroadcastId; readonly path: string },
    address: string,
    query: string,
  ): Promise<Answer> {
    const { broadcastId, path } = named
    const directives = path === MASTER ? NO_DIRECTIVES : parseDirectives(query)
    if ('invalid' in directives) {
      const fault = new ViblyError('hls.reload-invalid', { directive: directives.invalid })
      return this.#refusal(fault, this.#cacheBlockingFault)
    }
    const answer = await this.#deps.source.playlist(broadcastId, path, directives)
    switch (answer.kind) {
      case 'none':
        return this.#notFound()
      case 'too-far':
        return this.#refusal(new ViblyError('hls.reload-too-far'), this.#cacheBlockingFault)
      case 'too-late':
        return this.#refusal(new ViblyError('hls.reload-too-late'), this.#cacheBlockingFault)
      case 'playlist': {
        if (path !== MASTER) this.#deps.source.noteViewer(broadcastId, this.#viewerOf(request))
        // The two forms must not take each other's place in the cache.
        const key = directives.isDelta ? `${address}?delta` : address
        return this.#playlist(request, key, answer.text, this.#cacheOf(answer, directives))
      }
      default:
        return assertNever(answer)
    }
  }

  #cacheOf(answer: { isFinal: boolean; isMet: boolean }, { target }: Directives): string {
    if (answer.isFinal) return CACHE_FINAL_PLAYLIST
    if (!answer.isMet) return 'no-store'
    return target === null ? this.#cacheLivePlaylist : this.#cacheBlocking
  }

  #refusal(fault: ViblyError, cacheControl: string): Answer {
    const headers = { ...JSON_TYPE, 'cache-control': cacheControl }
    return withBytes(faultOf(fault.code).http ?? 500, headers, encodeFault(fault))
  }

  /** Address and browser: near enough for a number, and nobody has to be followed for it. */
  #viewerOf(request: IncomingMessage): string {
    return `${this.#addressOf(request)} ${request.headers['user-agent'] ?? ''}`
  }

  /** One version of a playlist, whole, in the coding the client takes. [H01] [D01] */
  async #playlist(
    request: IncomingMessage,
    address: string,
    text: string | null,
    cacheControl: string,
  ): Promise<Answer> {
    if (text === null) return this.#notFound()
    const encoded = await this.#playlists.encode(address, text)
    const headers = {
      'content-type': PLAYLIST_TYPE,
      'cache-control': cacheControl,
      etag: encoded.etag,
      vary: 'Accept-Encoding',
    }
    const verdict = judgeConditions(request.headers, { etag: encoded.etag, modifiedMs: null })
    if (verdict !== 'go-on') return withoutBytes(verdict, headers, encoded.plain.byteLength)
    if (!acceptsGzip(request.headers['accept-encoding'])) {
      return withBytes(200, headers, encoded.plain)
    }
    return withText(200, { ...headers, 'content-encoding': 'gzip' }, encoded.gzipped)
  }

  async #blob(request: IncomingMessage, key: string, kind: EntityKind): Promise<Answer> {
    return (await answerFromBlobs(request, this.#deps.blobs, key, kind)) ?? this.#notFound()
  }

  /** Never was, not yet, or removed: all alike, and soon asked again. [D10] [H25] */
  #notFound(): Answer {
    return withBytes(404, { ...JSON_TYPE, 'cache-control': this.#cacheFault }, NOT_FOUND_BODY)
  }

  /**
   * A viewer who leaves in the middle is no fault; all else is logged, and told if nothing was
   * sent.
   */
  async #fail(request: IncomingMessage, response: ServerResponse, thrown: unknown): Promise<void> {
    if (isViewerGone(thrown)) return
    const error = asViblyError(thrown)
    const path = request.url?.split('?', 1)[0] ?? ''
    this.#deps.logger.error('media request failed', error, { path })
    if (response.headersSent) {
      response.destroy()
      return
    }
    const headers = { ...JSON_TYPE, 'cache-control': 'no-store' }
    const status = faultOf(error.code).http ?? 500
    const told = status === 500 ? new ViblyError('base.bug') : error
    const answer = withBytes(status, headers, encodeFault(told))
    await sendAnswer(request, response, answer, this.#common)
  }
}

/** No cache keeps it, the browser's included; no other site may show it. [W38] */
function onlyForOwner(answer: Answer): Answer {
  const closed = {
    'cache-control': 'private, no-store',
    'cross-origin-resource-policy': 'same-origin',
  }
  return { ...answer, headers: { ...answer.headers, ...closed } }
}

const PREFLIGHT: Answer = {
  status: 204,
  headers: {
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-allow-headers': 'Range, If-None-Match, If-Range, If-Modified-Since',
    'access-control-max-age': '86400',
    allow: ALLOWED_METHODS,
  },
  body: null,
}

const METHOD_NOT_ALLOWED: Answer = withBytes(
  405,
  { ...JSON_TYPE, allow: ALLOWED_METHODS, 'cache-control': 'no-store' },
  encodeFault(
    new ViblyError('http.method-not-allowed', { method: 'this method', allow: ALLOWED_METHODS }),
  ),
)
