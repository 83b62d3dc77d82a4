import type { IncomingHttpHeaders } from 'node:http'

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Whether a change was asked for by a page of another site. [W15] [W16]
 *
 * Browsers say where a request comes from: `Sec-Fetch-Site` in all that are current, `Origin` on
 * every change in older ones too. One that says neither is no browser, so nobody's cookies are
 * abused.
 * `Origin: null` (a sandboxed frame, a file) is foreign. GET and HEAD change nothing and may come
 * from anywhere.
 *
 * @param publicOrigin scheme, host and port that browsers see; null: whatever `Host` they name,
 *   which is enough, since a browser sends a cookie only to the host that set it.
 */
export function isForeignChange(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  publicOrigin: string | null,
): boolean {
  if (SAFE_METHODS.includes(request.method)) return false
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return isForeignOrigin(request.headers, publicOrigin)
}

/**
 * Whether `Origin` names another site; false when there is none. Also for WebSocket upgrades, which
 * carry no `Sec-Fetch-Site` that could be relied on. [W30]
 */
export function isForeignOrigin(
  headers: IncomingHttpHeaders,
  publicOrigin: string | null,
): boolean {
  const { origin, host } = headers
  if (origin === undefined) return false
  if (publicOrigin !== null) return origin !== publicOrigin
  const parsed = URL.parse(origin)
  return parsed === null || parsed.origin !== origin || parsed.host !== host
}
