import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Gauge as PromGauge, Registry } from 'prom-client'
import { z } from 'zod'
import { isLoopback, type Secret, ViblyError } from '../base/index.ts'
import type { ApiApp } from './api/api-context.ts'
import { FAULT_RESPONSES } from './api/responses.ts'

/** One figure for `/metrics`, read when asked for. `name` in Prometheus' form, unit last. */
export interface Gauge {
  readonly name: string
  readonly help: string
  read(): number
}

export interface OperationsDeps {
  /** What keeps the server from its work, in words; empty: it is ready. */
  readonly findFaults: () => Promise<readonly string[]>
  readonly gauges: readonly Gauge[]
}

export interface OperationsOptions {
  /** Lets others than this machine read `/metrics`, as Bearer; null: nobody else. */
  readonly metricsToken: Secret | null
}

const statusSchema = z.object({ status: z.string() })

/** For those who run the server: is it alive, can it work, how is it doing. (CONTRACT section 1) */
export function addOperationRoutes(
  app: ApiApp,
  deps: OperationsDeps,
  options: OperationsOptions,
): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: {
      summary: 'Whether the process serves',
      response: { 200: statusSchema, ...FAULT_RESPONSES },
    },
    handler: () => ({ status: 'ok' }),
  })

  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      summary: 'Whether RTMP and HTTP listen and storage can be written',
      response: { 200: statusSchema, ...FAULT_RESPONSES },
    },
    handler: async () => {
      const faults = await deps.findFaults()
      if (faults.length > 0) throw new ViblyError('http.not-ready', { faults: faults.join('; ') })
      return { status: 'ready' }
    },
  })

  const registry = createRegistry(deps.gauges)
  app.addHook('onClose', async () => registry.clear())
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      summary: 'Figures of the server, as Prometheus text',
      description: 'For this machine, and for whoever has the metrics token as Bearer.',
      security: [{}, { bearer: [] }],
      response: { 200: { content: { 'text/plain': { schema: z.string() } } }, ...FAULT_RESPONSES },
    },
    handler: async (request, reply) => {
      if (!mayReadMetrics(request, options.metricsToken)) throw new ViblyError('http.forbidden')
      const text = await registry.metrics()
      return reply.type(registry.contentType).header('cache-control', 'no-store').send(text)
    },
  })
}

function createRegistry(gauges: readonly Gauge[]): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name, help, read } of gauges) {
    const gauge: PromGauge = new PromGauge({
      name,
      help,
      registers: [registry],
      collect: () => gauge.set(read()),
    })
  }
  return registry
}

/**
 * By token, else only a direct request of this machine. A proxy on this machine also comes from
 * loopback, with the requests of the whole world: what it forwards says so in a header. [W29]
 */
function mayReadMetrics(request: FastifyRequest, token: Secret | null): boolean {
  const { authorization, forwarded } = request.headers
  if (authorization !== undefined) {
    return token !== null && isSame(authorization, `Bearer ${token.reveal()}`)
  }
  const isForwarded = forwarded !== undefined || 'x-forwarded-for' in request.headers
  return !isForwarded && isLoopback(request.socket.remoteAddress ?? '')
}

/** In constant time, whatever the lengths. */
function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return first !== undefined && second !== undefined && timingSafeEqual(first, second)
}
