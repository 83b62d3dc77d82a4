import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fastifyStatic } from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Channel } from '../../accounts/index.ts'
import { ViblyError } from '../../base/index.ts'
import type { ApiApp, ApiContext } from '../api/api-context.ts'
import { replyWithFault } from '../api/faults.ts'
import { fillShell, type PageFacts } from './page-shell.ts'

export interface PageOptions {
  /** Directory of the built web app, with `index.html`. */
  readonly webDir: string
  /** For absolute addresses in previews; null: none are given. */
  readonly publicOrigin: string | null
}

const HOME: PageFacts = {
  title: 'Vibly',
  description: 'Live now: watch, and chat while it happens.',
  url: null,
  imageUrl: null,
}
const STUDIO: PageFacts = { ...HOME, title: 'Studio – Vibly' }
const MISSING: PageFacts = {
  ...HOME,
  title: 'Nothing here – Vibly',
  description: 'There is nothing at this address.',
}

/** What stands in for the web app when it was not built: the API works without it. */
const UNBUILT = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Vibly</title>
  </head>
  <body><p>The web app has not been built yet. Run: npm run build</p></body>
</html>
`

/** Vite names what is in here by its content, so a name never gets other bytes. */
const ASSETS_PREFIX = '/assets/'
const YEAR_S = 31_536_000
const HOUR_S = 3600

/**
 * The web app: one page for all addresses, told apart by its script; the server fills in what previews
 * and search engines read. Files are found once at the start, so no request ever names a path. [W23]
 */
export async function addPageRoutes(
  app: ApiApp,
  context: ApiContext,
  options: PageOptions,
): Promise<void> {
  const html = await readShell(options.webDir)
  const show = (reply: FastifyReply, status: number, facts: PageFacts): FastifyReply =>
    reply
      .status(status)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(fillShell(html, facts))

  if (html !== UNBUILT) await addFiles(app, options.webDir)
  app.get('/', { schema: { hide: true } }, (_, reply) => show(reply, 200, HOME))
  app.get('/studio', { schema: { hide: true } }, (_, reply) => show(reply, 200, STUDIO))
  // The channel, and its chat in a window of its own.
  for (const url of ['/:username', '/:username/chat']) {
    app.route({
      method: 'GET',
      url,
      schema: { hide: true, params: z.object({ username: z.string() }) },
      handler: async (request, reply) => {
        const channel = await context.channels.byName(request.params.username)
        if (channel === null) return show(reply, 404, MISSING)
        return show(reply, 200, channelFacts(channel, context, options.publicOrigin))
      },
    })
  }
  app.setNotFoundHandler((request, reply) =>
    wantsPage(request)
      ? show(reply, 404, MISSING)
      : replyWithFault(request, reply, new ViblyError('http.not-found'), context.logger),
  )
}

function channelFacts(
  channel: Channel,
  { live }: ApiContext,
  publicOrigin: string | null,
): PageFacts {
  const name = channel.displayName
  const now = live.liveChannels().find(({ channelId }) => channelId === channel.id)
  const thumb = now?.hasThumb === true ? `/media/${now.broadcastId}/thumb.jpg` : null
  return {
    title: channel.title === '' ? `${name} – Vibly` : `${name}: ${channel.title} – Vibly`,
    description: channel.description || `${name} on Vibly`,
    url: publicOrigin === null ? null : `${publicOrigin}/${channel.username}`,
    imageUrl: publicOrigin === null || thumb === null ? null : `${publicOrigin}${thumb}`,
  }
}

/** Only a browser that asks for a page gets one; API and scripts get JSON. */
function wantsPage(request: FastifyRequest): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  return (
    isRead &&
    !request.url.startsWith('/api/') &&
    (request.headers.accept ?? '').includes('text/html')
  )
}

async function readShell(webDir: string): Promise<string> {
  const path = join(webDir, 'index.html')
  return existsSync(path) ? await readFile(path, 'utf8') : UNBUILT
}

async function addFiles(app: ApiApp, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    wildcard: false,
    index: false,
    serveDotFiles: false,
    globIgnore: ['**/index.html'],
    cacheControl: false,
    decorateReply: false,
    // Where the build left a `.br` or `.gz` beside a file, whoever takes it gets that.
    preCompressed: true,
    setHeaders: (reply, path) => {
      const isHashed = path.slice(root.length).replaceAll('\\', '/').startsWith(ASSETS_PREFIX)
      const lifetime = isHashed ? `max-age=${YEAR_S}, immutable` : `max-age=${HOUR_S}`
      reply.header('cache-control', `public, ${lifetime}`)
    },
  })
}
