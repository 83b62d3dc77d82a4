import type { Faults } from './fault.ts'

/** What is wrong with a request, whatever it asks for. */
export const HTTP_FAULTS = {
  'http.bad-request': {
    http: 400,
    help: 'The request cannot be read as HTTP with a JSON body. Correct it; the same again will fail again.',
  },
  'http.body-too-large': {
    http: 413,
    help: 'The body is larger than {bytesMax} bytes. Send less.',
  },
  'http.forbidden': {
    http: 403,
    help: 'This belongs to someone else. Sign in as its owner.',
  },
  'http.foreign-origin': {
    http: 403,
    help: 'A page of another site asked for this change, so it was refused. Use the page of this server.',
  },
  'http.headers-too-large': {
    http: 431,
    help: 'The headers of the request are too large. Send fewer or smaller ones, cookies first.',
  },
  'http.invalid': {
    http: 400,
    help: 'These fields cannot be taken: {faults}',
  },
  'http.media-type': {
    http: 415,
    help: 'The body must be JSON, with the header Content-Type: application/json.',
  },
  'http.method-not-allowed': {
    http: 405,
    help: 'There is something at this address, but not for {method}. Use one of: {allow}',
  },
  'http.not-found': {
    http: 404,
    help: 'There is nothing at this address.',
  },
  'http.not-ready': {
    http: 503,
    help: 'The server is not ready: {faults}',
  },
  'http.port-unavailable': {
    help: 'HTTP cannot listen on {host}:{port} ({reason}). Stop what uses it, or set another port.',
  },
  'http.precondition-failed': {
    http: 412,
    help: 'What is at this address now is not what the request made a condition of. Ask without If-Match and If-Unmodified-Since.',
  },
  'http.rate-limited': {
    http: 429,
    help: 'Too many requests came from your address. Wait {retryAfterMs} and try again.',
  },
  'http.timeout': {
    http: 408,
    help: 'The request took too long to arrive. Send it again, without pauses.',
  },
} as const satisfies Faults
