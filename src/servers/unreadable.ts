import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type FaultCode, faultOf, ViblyError } from '../base/index.ts'
import type { AnswersDue } from './answers-due.ts'
import { faultHeaders } from './api/faults.ts'
import { securityHeaders } from './http-headers.ts'

/** What Node could not read as a request: its reasons by code. RFC 9110 §15.5. [W27] */
const UNREADABLE = new Map<string, FaultCode>([
  ['HPE_HEADER_OVERFLOW', 'http.headers-too-large'],
  ['HPE_INVALID_METHOD', 'http.method-not-allowed'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'http.timeout'],
])

/** All that any address takes. */
export const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** How long a refused peer may go on sending, so that a reset does not take the refusal from it. */
const LINGER_MS = 1000

/**
 * Says why to whoever sends what is no request, behind the answers to all that were, and hangs up.
 */
export function refuseUnreadable(server: Server, due: AnswersDue, isTls: boolean): void {
  const refused = new WeakSet<Duplex>()
  const refuse = (socket: Duplex, code: FaultCode): void => {
    // What still comes is just as unreadable, and told again and again.
    if (refused.has(socket)) return
    refused.add(socket)
    due.onceAnswered(socket, () => {
      // Nothing that is written into an answer would be read right.
      if (!socket.writable || due.hasBegunEarly(socket)) socket.destroy()
      else endWithRefusal(socket, unreadableFault(code), isTls)
    })
  }
  server.on('connect', (_, socket) => refuse(socket, 'http.method-not-allowed'))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') socket.destroy()
    else refuse(socket, UNREADABLE.get(error.code ?? '') ?? 'http.bad-request')
  })
}

function unreadableFault(code: FaultCode): ViblyError {
  const isOfMethod = code === 'http.method-not-allowed'
  return new ViblyError(code, isOfMethod ? { method: 'this method', allow: METHODS } : {})
}

/**
 * An answer written by hand, for sockets that have no response object; then the end. `more`:
 * headers that this refusal has besides.
 */
export function endWithRefusal(
  socket: Duplex,
  error: ViblyError,
  isTls: boolean,
  more: Readonly<Record<string, string>> = {},
): void {
  const { status, headers, body } = refusalOf(error, isTls)
  const lines = Object.entries({ ...headers, ...more }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`)
  const cut = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(cut))
}

/** What is said to a request that no route gets to see. */
export function refusalOf(error: ViblyError, isTls: boolean) {
  const { code, message } = error
  const body = JSON.stringify({ error: { code, message } })
  const headers = {
    ...securityHeaders({ isTls }),
    ...faultHeaders(error),
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  return { status: faultOf(code).http ?? 500, headers, body }
}
