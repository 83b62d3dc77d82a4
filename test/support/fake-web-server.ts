import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { CONTENT_SECURITY_POLICY, embedHeaders } from '../../src/servers/http-headers.ts'
import { masterText, mediaText, segmentFile } from './fake-broadcast.ts'
import { FakeChat } from './fake-chat.ts'
import { FakeApi } from './fake-web-api.ts'

/** The pages as built from their sources: set-up does that before any test runs. */
export const WEB_DIST = path.resolve(import.meta.dirname, '../../web/dist')
const NOISE_BYTES = 40_000

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.ts': 'video/mp2t',
  '.m3u8': 'application/vnd.apple.mpegurl',
}

/** The picture of the broadcast in two halves, for its first and its later seconds. */
const STORYBOARD = `WEBVTT

00:00.000 --> 00:04.000
thumb.jpg#xywh=0,0,160,90

00:04.000 --> 00:30.000
thumb.jpg#xywh=160,0,160,90
`

export interface FakeWebServer extends AsyncDisposable {
  readonly url: string
  /** What the API answers; change it and the pages must follow. */
  readonly api: FakeApi
  /** The chat of all channels. */
  readonly chat: FakeChat
  /** While true every request to API and media breaks off, as if the cable were out. */
  isCut: boolean
  /** While true segments are noise, as from a broken cache. */
  isGarbled: boolean
  /** Paths asked for so far, without their query. */
  readonly asked: readonly string[]
}

/** Serves a build of the pages with the real policy, an API from memory, and looped HLS. */
export async function startFakeWebServer(options: {
  readonly media: string
  readonly port?: number
}): Promise<FakeWebServer> {
  const api = new FakeApi()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://fake')
    asked.push(pathname)
    answer(pathname, request, response).catch((thrown: unknown) => {
      response.writeHead(500).end(String(thrown))
    })
  })

  async function answer(pathname: string, request: IncomingMessage, response: ServerResponse) {
    const isData = /^\/(api|live|media)\//.test(pathname)
    if (isData && fake.isCut) {
      request.socket.destroy()
      return
    }
    const isEmbed = pathname.startsWith('/embed/')
    const policy = isEmbed ? embedHeaders({ embedOrigins: '*' }) : {}
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    for (const [name, value] of Object.entries(policy)) response.setHeader(name, value)
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (pathname.startsWith('/api/')) await api.answer(pathname, request, response)
    else if (isData) await answerMedia(pathname, response)
    else await answerPage(pathname, response)
  }

  async function answerMedia(pathname: string, response: ServerResponse): Promise<void> {
    const [, root, id = '', rendition = '', fileName = ''] = pathname.split('/')
    if (root === 'live') {
      const live = api.liveOn(id)
      if (live === null) notFound(response)
      else send(response, '.m3u8', masterText(live.broadcastId))
      return
    }
    const broadcast = api.broadcast(id)
    if (broadcast === null) notFound(response)
    else if (fileName === 'index.m3u8') {
      const isOver = broadcast.endedMs !== null
      const liveMs = (broadcast.endedMs ?? Date.now()) - broadcast.startedMs
      send(response, '.m3u8', mediaText(liveMs, isOver))
    } else if (rendition === 'index.m3u8') send(response, '.m3u8', masterText(id))
    else if (rendition === 'storyboard.vtt') send(response, '.vtt', STORYBOARD)
    else {
      const file = rendition === 'thumb.jpg' ? rendition : segmentFile(rendition, fileName)
      if (file === null) notFound(response)
      else if (fake.isGarbled) send(response, path.extname(file), randomBytes(NOISE_BYTES))
      else send(response, path.extname(file), await readFile(path.join(options.media, file)))
    }
  }

  async function answerPage(pathname: string, response: ServerResponse): Promise<void> {
    const isFile = pathname.startsWith('/assets/') || pathname === '/favicon.svg'
    const file = isFile ? path.join(WEB_DIST, path.normalize(pathname)) : null
    const shell = path.join(WEB_DIST, 'index.html')
    send(response, path.extname(file ?? shell), await readFile(file ?? shell))
  }

  const chat = new FakeChat()
  chat.attach(server, (request) => api.whoAsks(request))
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const fake: FakeWebServer = {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    api,
    chat,
    isCut: false,
    isGarbled: false,
    asked,
    [Symbol.asyncDispose]: async () => {
      chat.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return fake
}

function send(response: ServerResponse, extension: string, body: string | Uint8Array): void {
  response.setHeader('Content-Type', TYPES[extension] ?? 'application/octet-stream')
  response.setHeader('Cache-Control', 'no-store')
  response.end(body)
}

function notFound(response: ServerResponse): void {
  response.writeHead(404).end()
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
