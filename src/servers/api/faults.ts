import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import {
  asViblyError,
  type Clock,
  type Facts,
  type FaultCode,
  faultOf,
  KeyedBuckets,
  type Logger,
  ViblyError,
} from '../../base/index.ts'
import type { WireError } from '../wire.ts'

/** Of a request, its line included; larger ones are refused unread. [W26] */
export const HEADER_BYTES_MAX = 16 * 1024
/** Larger JSON bodies are refused unread. [W25] */
export const BODY_BYTES_MAX = 64 * 1024

/** Not let in, not allowed, too often: what one wants to find in the log after an attack. [W33] */
const REFUSALS: readonly number[] = [401, 403, 429]
/**
 * Of these, what every visitor meets, or what would let a flood of requests flood the log as well.
 */
const COMMON_REFUSALS: readonly FaultCode[] = ['accounts.unauthenticated', 'http.rate-limited']

/** The headers an answer of this fault carries beside its body. */
export type FaultHeaders = Readonly<Record<string, string>>

/**
 * A disk that refuses, say, fails every request that needs it: each such reason is logged so often.
 */
const LOG_BUCKET = { perSecond: 1 / 60, burst: 5, keysMax: 100 }

/** The one place where a request's errors end. */
export class FaultReplies {
  readonly #deps: { readonly logger: Logger; readonly clock: Clock }
  readonly #logged = new KeyedBuckets(LOG_BUCKET)

  constructor(deps: { readonly logger: Logger; readonly clock: Clock }) {
    this.#deps = deps
  }

  /**
   * Answers a request that failed: the table's status, `{error: {code, message, request_id}}`, and
   * Retry-After where the wait is known. What is our own or the world's fault is logged with its
   * causes, and told without them. [W34]
   */
  send(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
    const error = toViblyError(thrown)
    const status = faultOf(error.code).http ?? 500
    const where = { requestId: request.id, method: request.method, path: pathOf(request.url) }
    if (status >= 500) this.#logFailure(error, where)
    if (REFUSALS.includes(status) && !COMMON_REFUSALS.includes(error.code)) {
      this.#deps.logger.info('request refused', { ...where, code: error.code, address: request.ip })
    }
    const told = status === 500 ? new ViblyError('base.bug') : error
    return reply.status(status).headers(faultHeaders(told)).send(errorBody(told, request.id))
  }

  #logFailure(error: ViblyError, where: Facts): void {
    const { logger, clock } = this.#deps
    const reason = `${error.code} ${error.cause instanceof Error ? error.cause.message : ''}`
    if (this.#logged.take(reason, 1, clock.monotonicMs()) > 0) return
    logger.error('request failed', error, where)
  }
}

/** An address without its query, which may hold what no log should. [W33] */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

function errorBody(error: ViblyError, requestId: string): WireError {
  return { error: { code: error.code, message: error.message, request_id: requestId } }
}

/** RFC 9110 §15.5.2 wants it of every 401; browsers show no dialog for this scheme. */
const CHALLENGE = { 'www-authenticate': 'Bearer' } as const

/** When to come back, what else there is to ask for, and how one says who one is. */
export function faultHeaders({ code, facts }: ViblyError): FaultHeaders {
  const retryAfterMs = facts['retryAfterMs']
  const allow = facts['allow']
  return {
    ...(typeof retryAfterMs === 'number'
      ? { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
      : {}),
    ...(typeof allow === 'string' ? { allow } : {}),
    ...(faultOf(code).http === 401 ? CHALLENGE : {}),
  }
}

/**
 * Fastify's own refusals by its codes; any other of its errors with a 4xx status is a bad request.
 */
const FASTIFY_FAULTS = new Map<string, () => ViblyError>([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', () => new ViblyError('http.media-type')],
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    () => new ViblyError('http.body-too-large', { bytesMax: BODY_BYTES_MAX }),
  ],
  ['FST_ERR_BAD_URL', () => new ViblyError('http.not-found')],
])

function toViblyError(thrown: unknown): ViblyError {
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    return new ViblyError('http.invalid', { faults: describeFaults(thrown.validation) })
  }
  if (isFailedCondition(thrown)) return new ViblyError('http.precondition-failed')
  if (!isFastifyError(thrown)) return asViblyError(thrown)
  const known = FASTIFY_FAULTS.get(thrown.code)
  if (known !== undefined) return known()
  const status = thrown.statusCode ?? 500
  return status < 500 ? new ViblyError('http.bad-request', {}, thrown) : asViblyError(thrown)
}

/** What @fastify/static says of a file by If-Match or If-Unmodified-Since. */
function isFailedCondition(thrown: unknown): boolean {
  return thrown instanceof Error && 'statusCode' in thrown && thrown.statusCode === 412
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return (
    !(thrown instanceof ViblyError) &&
    thrown instanceof Error &&
    'statusCode' in thrown &&
    'code' in thrown
  )
}

/**
 * Field and reason of each fault. The reasons are the schema's, so they repeat nothing of the
 * input.
 */
function describeFaults(
  faults: readonly { readonly instancePath: string; readonly message?: string }[],
): string {
  return faults
    .map(({ instancePath, message }) => `${instancePath.slice(1) || 'body'}: ${message ?? 'wrong'}`)
    .join('; ')
}
