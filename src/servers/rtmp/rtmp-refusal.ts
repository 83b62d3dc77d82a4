import { faultOf, type ViblyError } from '../../base/index.ts'

/**
 * OBS, FFmpeg and librtmp take this for "this key will never do"; OBS closes at once and shows its
 * error. It ignores codes it does not know until the connection is closed. [R32]
 */
const TERMINAL = 'NetStream.Publish.BadName'
/**
 * "Something failed", said of no name: honoured by the same encoders, and worth another try. [R33]
 */
const RETRYABLE = 'NetStream.Failed'

/** From here on a WebSocket close code of the table means "come back later". */
const COME_BACK = 4500
/** The HTTP statuses that mean it: too many requests, and the server's own faults. */
const TOO_MANY_REQUESTS = 429
const SERVER_FAULT = 500

/** Whether the same publish may succeed later; the table of faults says so by its other codes. */
export function isRetryable(fault: ViblyError): boolean {
  const { http, ws } = faultOf(fault.code)
  if (ws !== null) return ws >= COME_BACK
  return http === TOO_MANY_REQUESTS || (http !== null && http >= SERVER_FAULT)
}

/** The status code that goes to the encoder with this fault's sentence. */
export function statusCodeOf(fault: ViblyError): string {
  return isRetryable(fault) ? RETRYABLE : TERMINAL
}

const HTTP_SENTENCE = 'This is an RTMP port: publish to it with an encoder, at rtmp://.\n'
const HTTP_ANSWER = new TextEncoder().encode(
  [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${HTTP_SENTENCE.length}`,
    'Connection: close',
    '',
    HTTP_SENTENCE,
  ].join('\r\n'),
)

/** RFC 8446 §5.1: the first byte of every ClientHello. */
const TLS_HANDSHAKE = 0x16
/** RFC 8446 §6: a fatal alert, protocol_version (70). */
const TLS_ALERT = new Uint8Array([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 70])

/**
 * What to say to one who speaks HTTP or TLS by mistake, by its first byte; null to all others.
 * [R01]
 */
export function greetStranger(firstByte: number): Uint8Array | null {
  if (firstByte === TLS_HANDSHAKE) return TLS_ALERT
  const isCapital = firstByte >= 0x41 && firstByte <= 0x5a
  return isCapital ? HTTP_ANSWER : null
}
