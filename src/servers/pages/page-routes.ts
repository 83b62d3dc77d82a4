import { fastifyStatic } from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ViblyError } from '../../base/index.ts'
import type { ApiApp, ApiContext } from '../api/api-context.ts'
import { embedHeaders } from '../http-headers.ts'
import { readPageFiles } from './page-files.ts'
import { createPageFinder, type FoundPage } from './page-finder.ts'
import { fillShell } from './page-shell.ts'
import { languageOf, PAGE_WORDS, themeOf } from './page-words.ts'

export interface PageOptions {
  /** Directory of the built web app, with `index.html`. */
  readonly webDir: string
  /** For absolute addresses in previews; null: the host that the visitor names. */
  readonly publicOrigin: string | null
  /** Who may show the player in a frame: sources of `frame-ancestors` (CSP 3 §6.4.2). */
  readonly embedOrigins: string
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
 * The web app: one page for all addresses, told apart by its script; the server fills in what
 * previews, search engines and visitors without script read. Files are found once at the start, so
 * no request ever names a path. [W23]
 */
export async function addPageRoutes(
  app: ApiApp,
  context: ApiContext,
  options: PageOptions,
): Promise<void> {
  const files = await readPageFiles(options.webDir)
  const find = createPageFinder(context)
  const show = (request: FastifyRequest, reply: FastifyReply, page: FoundPage): FastifyReply => {
    const language = languageOf(request.headers)
    const links = [
      ...(language === 'de' ? files.links.german : []),
      ...(page.entry === null ? [] : files.links[page.entry]),
      ...page.preloads.map(
        (path) => `<link rel="preload" as="fetch" crossorigin="anonymous" href="${path}">`,
      ),
    ]
    return reply
      .status(page.status)
      .type('text/html; charset=utf-8')
      .headers({ 'cache-control': 'no-cache', vary: 'Accept-Language, Cookie' })
      .send(
        fillShell(files.html ?? UNBUILT, page.facts, {
          language,
          theme: themeOf(request.headers),
          origin: options.publicOrigin ?? originOf(request),
          links,
        }),
      )
  }
  const wordsOf = (request: FastifyRequest) => PAGE_WORDS[languageOf(request.headers)]
  const hide = true

  if (files.html !== null) await addFiles(app, options.webDir)
  app.route({
    method: 'GET',
    url: '/',
    schema: { hide, querystring: z.object({ q: searchSchema }) },
    handler: async (request, reply) =>
      show(request, reply, await find.home(wordsOf(request), request.query.q)),
  })
  for (const name of ['studio', 'admin', 'join', 'first-admin', 'reset']) {
    app.get(`/${name}`, { schema: { hide } }, (request, reply) =>
      show(request, reply, find.plain(wordsOf(request), name)),
    )
  }
  // The channel, and its chat in a window of its own.
  const named = z.object({ username: z.string() })
  for (const url of ['/:username', '/:username/chat']) {
    app.route({
      method: 'GET',
      url,
      schema: { hide, params: named },
      handler: async (request, reply) =>
        show(request, reply, await find.channel(wordsOf(request), request.params.username)),
    })
  }
  app.route({
    method: 'GET',
    url: '/embed/:username',
    schema: { hide, params: named },
    handler: async (request, reply) => {
      reply.headers(embedHeaders(options))
      const page = await find.channel(wordsOf(request), request.params.username)
      return show(request, reply, { ...page, entry: page.entry === null ? null : 'embed' })
    },
  })
  app.route({
    method: 'GET',
    url: '/:username/:broadcast_id',
    schema: { hide, params: named.extend({ broadcast_id: z.string() }) },
    handler: async (request, reply) => {
      const page = await find.broadcast(wordsOf(request), request, request.params)
      // What is no page for one person may be no page at all, such as an address below /api.
      if (page === null) return reply.callNotFound()
      return show(request, reply, page)
    },
  })
  app.setNotFoundHandler((request, reply) => {
    if (!wantsPage(request)) throw new ViblyError('http.not-found')
    const plain = /^((?:\/[\w-]{1,40})+)\/$/.exec(request.url)?.[1]
    if (plain !== undefined) return reply.redirect(plain, 308)
    return show(request, reply, find.missing(wordsOf(request)))
  })
}

const SEARCH_CHARACTERS_MAX = 100
/** Whatever the address holds, who opens it sees a page: the first words count, as in the app. */
const searchSchema = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((words) => [words ?? ''].flat()[0]?.slice(0, SEARCH_CHARACTERS_MAX).trim() ?? '')

/** Only a browser that asks for a page gets one; API and scripts get JSON. */
function wantsPage(request: FastifyRequest): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  return (
    isRead &&
    !request.url.startsWith('/api/') &&
    (request.headers.accept ?? '').includes('text/html')
  )
}

/** As the visitor names this server; null when that is no host. */
function originOf(request: FastifyRequest): string | null {
  const isHost = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i.test(request.host)
  return isHost ? `${request.protocol}://${request.host}` : null
}

async function addFiles(app: ApiApp, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    wildcard: false,
    index: false,
    serveDotFiles: false,
    globIgnore: ['**/index.html'],
    cacheControl: false,
    // Nobody needs a piece of a script, and it would answer odd ranges with an error of its own.
    acceptRanges: false,
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
