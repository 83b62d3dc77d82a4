import type { RequestListener, Server } from 'node:http'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Identity } from '../../accounts/index.ts'
import { addressBlock, createId, KeyedBuckets, ViblyError } from '../../base/index.ts'
import { isTls, securityHeaders } from '../http-headers.ts'
import { addAdminRoutes } from './admin-routes.ts'
import type { ApiApp, ApiContext, ApiDeps } from './api-context.ts'
import { addAuthRoutes } from './auth-routes.ts'
import { addBroadcastRoutes } from './broadcast-routes.ts'
import { addChannelRoutes } from './channel-routes.ts'
import { BODY_BYTES_MAX, FaultReplies, HEADER_BYTES_MAX } from './faults.ts'
import { createFindReader } from './identify.ts'
import { addMeRoutes } from './me-routes.ts'
import { describeRoutes } from './openapi.ts'
import { isForeignChange } from './origin.ts'
import { addServerRoutes } from './server-routes.ts'
import { SessionCookies } from './session-cookies.ts'

export interface ApiOptions {
  /**
   * Scheme, host and port that browsers see, e.g. `https://live.example.org`; null: as they ask.
   */
  readonly publicOrigin: string | null
  /** Addresses or networks of proxies whose `X-Forwarded-*` is believed. Empty: nobody's. [W29] */
  readonly trustedProxies: readonly string[]
  /** `off` lifts the rate below. */
  readonly limits: 'on' | 'off'
  /** Requests to the API per address and minute. */
  readonly requestsPerMinuteMax: number
}

/** Addresses whose rate is remembered; beyond, those that are quiet are forgotten first. */
const RATE_KEYS_MAX = 10_000
const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * Makes the Fastify instance with everything under `/api`, not yet ready: pages and others' routes
 * may still be added, then `closeRoutes` ends the list.
 *
 * @param wrap makes the `http.Server` around Fastify's own listener.
 */
export async function createApiApp(
  deps: ApiDeps,
  options: ApiOptions,
  wrap: (inner: RequestListener) => Server,
): Promise<{ readonly app: ApiApp; readonly context: ApiContext; closeRoutes(): void }> {
  const security = securityHeaders({ isTls: isTls(options) })
  const faults = new FaultReplies(deps)
  const raw = fastify({
    serverFactory: wrap,
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    genReqId: () => createId(),
    // A long name is one that nobody has, no fault of the request; how long is bounded already.
    routerOptions: { maxParamLength: HEADER_BYTES_MAX },
    // While closing, what still comes on open connections is answered as ever.
    return503OnClosing: false,
    // Whoever makes the server refuses what is no request, in its turn.
    clientErrorHandler: () => undefined,
    frameworkErrors: (error, request, reply) => {
      // Raised before any hook could run.
      reply.headers(security).header('cache-control', 'no-store')
      faults.send(request, reply, error)
    },
  })
  const app = typed(raw)
  app.setErrorHandler((error, request, reply) => faults.send(request, reply, error))
  acceptJsonAlone(app)
  const cookies = new SessionCookies({ isTls: isTls(options) })
  const context = createContext(deps, cookies)
  addGuards(app, context, options, security)
  const routes = watchRoutes(app)
  await describeRoutes(app, { publicOrigin: options.publicOrigin, cookies })

  addAuthRoutes(app, context, cookies)
  addMeRoutes(app, context)
  addChannelRoutes(app, context)
  addBroadcastRoutes(app, context)
  addServerRoutes(app, context)
  addAdminRoutes(app, context)
  addNothing(app)
  return { app, context, closeRoutes: () => refuseOtherMethods(app, routes) }
}

function typed(app: FastifyInstance): ApiApp {
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  return app.withTypeProvider<ZodTypeProvider>()
}

/**
 * JSON or nothing: a form or plain text, which a page of another site could send unasked, is 415.
 * [W15] An empty body is no body, since some clients name a type and send nothing. `__proto__` and
 * `constructor.prototype` are refused by Fastify's parser. [W28]
 */
function acceptJsonAlone(app: ApiApp): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request, body: string, done) => {
      if (body === '') done(null, undefined)
      // Tells by `done`, whatever its type allows.
      else void parseJson(request, body, done)
    },
  )
}

/** What is checked before any route sees a request. */
function addGuards(
  app: ApiApp,
  context: ApiContext,
  options: ApiOptions,
  security: Readonly<Record<string, string>>,
): void {
  const limitRequests = createLimit(context, options.limits, options.requestsPerMinuteMax)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(security)
    reply.header('x-request-id', request.id)
    // A method that no address takes, such as TRACE, finds no route: it would be 404. [W27]
    if (!VERBS.some((verb) => verb === request.method)) {
      const allow = VERBS.join(', ')
      throw new ViblyError('http.method-not-allowed', { method: request.method, allow })
    }
    // What may be kept says so itself.
    reply.header('cache-control', 'no-store')
    if (!isOfApi(request)) return
    limitRequests(request)
    if (isForeignChange(request, options.publicOrigin)) throw new ViblyError('http.foreign-origin')
  })
  // Nothing is there, whatever the body is. Who reads may be shown a page that says so.
  app.addHook('onRequest', async ({ is404, method }) => {
    if (is404 && method !== 'GET' && method !== 'HEAD') throw new ViblyError('http.not-found')
  })
}

/**
 * By the route too: the router also finds it at an address that is spelt otherwise, such as
 * `/%61pi/me`.
 */
function isOfApi({ url, routeOptions }: FastifyRequest): boolean {
  return url.startsWith('/api/') || routeOptions.url?.startsWith('/api/') === true
}

function createContext(deps: ApiDeps, cookies: SessionCookies): ApiContext {
  const identify = async (request: FastifyRequest): Promise<Identity> => {
    const token = cookies.accessToken(request.headers)
    if (token === null) throw new ViblyError('accounts.unauthenticated')
    return await deps.accounts.authenticate(token)
  }
  return {
    ...deps,
    identify,
    identifyAdmin: async (request) => {
      const identity = await identify(request)
      if (identity.role !== 'admin') throw new ViblyError('http.forbidden')
      return identity
    },
    findReader: createFindReader(deps.accounts, cookies),
  }
}

/**
 * Lets each address do `perMinuteMax` things a minute, at most a minute's worth of them at once.
 */
function createLimit(
  { clock }: Pick<ApiDeps, 'clock'>,
  limits: 'on' | 'off',
  perMinuteMax: number,
): (request: FastifyRequest) => void {
  if (limits === 'off') return () => undefined
  const buckets = new KeyedBuckets({
    perSecond: perMinuteMax / 60,
    burst: perMinuteMax,
    keysMax: RATE_KEYS_MAX,
  })
  return (request) => {
    const retryAfterMs = buckets.take(addressBlock(request.ip), 1, clock.monotonicMs())
    if (retryAfterMs > 0) throw new ViblyError('http.rate-limited', { retryAfterMs })
  }
}

/** What has no route below `/api/` is 404 for every method, and never a page. */
function addNothing(app: ApiApp): void {
  const refuse = async (): Promise<never> => {
    throw new ViblyError('http.not-found')
  }
  const url = '/api/*'
  app.route({ method: [...VERBS], url, schema: { hide: true }, onRequest: refuse, handler: refuse })
}

/** Collects which methods each address has, as routes are added. */
function watchRoutes(app: ApiApp): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set()
    routes.set(url, methods)
    for (const each of [method].flat()) methods.add(each)
  })
  return routes
}

/**
 * An address that is there answers 405 to every other method, and OPTIONS with 204: both with those
 * it takes. [W27]
 */
function refuseOtherMethods(app: ApiApp, routes: ReadonlyMap<string, ReadonlySet<string>>): void {
  // A copy: adding routes adds to the map.
  for (const [url, methods] of [...routes]) {
    const others = VERBS.filter((verb) => !methods.has(verb))
    if (others.length === 0) continue
    const allow = VERBS.filter((verb) => methods.has(verb) || verb === 'OPTIONS').join(', ')
    const refuse = async ({ method }: FastifyRequest, reply: FastifyReply) => {
      if (method === 'OPTIONS') return reply.status(204).header('allow', allow).send()
      throw new ViblyError('http.method-not-allowed', { method, allow })
    }
    // Before a body is looked at: whatever it is, the method is what is wrong.
    app.route({ method: others, url, schema: { hide: true }, onRequest: refuse, handler: refuse })
  }
}
