import { Secret } from '../base/index.ts'

/** RTMP has no rule for names; these are safe in a URL, a file name and a log line. [R29] */
const NAME = /^[A-Za-z0-9_-]{1,128}$/

/** What the address an encoder connects to says, beside the application. */
export interface AppAddress {
  /** A second name: a stream key that somebody put into the server's address; null without one. */
  readonly key: string | null
  readonly hasQuery: boolean
}

/**
 * The application in `connect` when it is `app`: a query string and slashes at either end do not
 * count. The answer is null for every other application. [R29]
 */
export function parseApp(path: string, app: string): AppAddress | null {
  const names = withoutQuery(path)
    .split('/')
    .filter((name) => name !== '')
  const [first, second, ...more] = names
  if (first !== app || more.length > 0) return null
  return { key: second ?? null, hasQuery: path.includes('?') }
}

/**
 * The stream key of a `publish`: its name without the query string, or else the key in the address.
 * null when there is neither, or it cannot be a name.
 *
 * `rtmp://host/live/KEY?x=a/b` is cut at a slash by FFmpeg and GStreamer, whatever stands before
 * it: the application is `live/KEY?x=a` then, and the name `b` the rest of the query. [R29]
 */
export function parseStreamKey(name: string, address: AppAddress): Secret | null {
  const plain = withoutQuery(name).replace(/^\/+|\/+$/g, '')
  const isRestOfQuery = address.hasQuery && address.key !== null
  const key = plain === '' || isRestOfQuery ? (address.key ?? '') : plain
  return NAME.test(key) ? new Secret(key) : null
}

/** The path of `rtmp://host:port/path`, for those who send no `app`. Any text is fine. [R30] */
export function pathOfUrl(url: string): string {
  return /^[a-z]{4,6}:\/\/[^/]*\/(.*)$/.exec(url)?.[1] ?? ''
}

/** What the encoder calls itself, cut and made printable; null when that leaves nothing. [R30] */
export function parseEncoder(flashVersion: string | null): string | null {
  const printable = (flashVersion ?? '')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 64)
    .trim()
  return printable === '' ? null : printable
}

function withoutQuery(text: string): string {
  return text.split('?', 1)[0] ?? ''
}
