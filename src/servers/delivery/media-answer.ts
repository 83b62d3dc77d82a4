import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf, ViblyError } from '../../base/index.ts'
import type { Headers } from '../http-headers.ts'

/**
 * What a media request gets. `bytes` of a stream: as many as it holds, for Content-Length. A text
 * has a byte in each character: Node sends it with the head in one write, which is a third quicker
 * for what is small.
 */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array | string | { readonly stream: Readable; readonly bytes: number } | null
}

/**
 * Sends an answer; for HEAD all of it but the body. Resolves when its last byte is handed to the
 * system. A slow reader slows the reading of the disk: nothing is collected in between.
 */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  common: Headers,
): Promise<void> {
  response.writeHead(status, { ...common, ...headers })
  if (typeof body === 'string') {
    response.end(request.method === 'HEAD' ? '' : body, 'latin1')
    return
  }
  if (body === null || body instanceof Uint8Array) {
    response.end(request.method === 'HEAD' ? null : body)
    return
  }
  if (request.method === 'HEAD') {
    body.stream.destroy()
    response.end()
    return
  }
  try {
    await pipeline(body.stream, exactly(body.bytes), response)
  } finally {
    // A pipeline into a connection that is gone already never touches its source: the file stayed
    // open.
    body.stream.destroy()
  }
}

/** With Content-Length of the body, also where HEAD leaves it out. The bytes are not copied. */
export function withBytes(status: number, headers: Headers, body: Uint8Array): Answer {
  return { status, headers: { ...headers, 'content-length': String(body.byteLength) }, body }
}

/** As `withBytes`, of bytes as a text. */
export function withText(status: number, headers: Headers, body: string): Answer {
  return { status, headers: { ...headers, 'content-length': String(body.length) }, body }
}

/** As `withBytes`; the stream ends with the answer, sent or not. */
export function withStream(
  status: number,
  headers: Headers,
  body: { readonly stream: Readable; readonly bytes: number },
): Answer {
  return { status, headers: { ...headers, 'content-length': String(body.bytes) }, body }
}

/**
 * 304 (RFC 9110 §15.4.5), 412 (§15.5.13), or 416 with the size of the whole (§15.5.17). [D06]
 */
export function withoutBytes(
  type: 'not-modified' | 'failed' | 'unsatisfiable',
  headers: Headers,
  totalBytes: number,
): Answer {
  if (type === 'not-modified') return { status: 304, headers, body: null }
  if (type === 'failed') {
    const fault = encodeFault(new ViblyError('http.precondition-failed'))
    return withBytes(412, { ...JSON_TYPE, 'cache-control': 'no-store' }, fault)
  }
  const range = { 'content-range': `bytes */${totalBytes}`, 'content-length': '0' }
  return { status: 416, headers: { ...headers, ...range, 'cache-control': 'no-store' }, body: null }
}

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const

/**
 * The API's form of an error, without a request id: answers to media requests are alike for all.
 */
export function encodeFault(error: ViblyError): Buffer {
  return Buffer.from(JSON.stringify({ error: { code: error.code, message: error.message } }))
}

/** The errors of a stream whose other end closed first. */
const GONE_CODES = [
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_UNABLE_TO_PIPE',
]

/** Whether an answer failed only because its reader left. */
export function isViewerGone(thrown: unknown): boolean {
  return GONE_CODES.includes(codeOf(thrown))
}

/**
 * Passes chunks on, but only as many bytes as Content-Length promised. A file that turned out
 * shorter or longer must cut the connection: otherwise the next answer on it would be read as its
 * rest.
 */
function exactly(totalBytes: number): Transform {
  let sentBytes = 0
  return new Transform({
    transform: (chunk: Uint8Array, _, done) => {
      sentBytes += chunk.byteLength
      if (sentBytes > totalBytes) done(wrongLength(sentBytes, totalBytes))
      else done(null, chunk)
    },
    flush: (done) => {
      done(sentBytes === totalBytes ? null : wrongLength(sentBytes, totalBytes))
    },
  })
}

function wrongLength(sentBytes: number, totalBytes: number): ViblyError {
  return new ViblyError('base.bug', { sentBytes, totalBytes })
}
