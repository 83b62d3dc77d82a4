/**
 * The headers of W17, in one table, because they belong on every answer: those of Fastify, of the
 * media server ahead of it, and those written on a socket whose request could not even be read.
 */

/**
 * What pages may load: our own files, and blob: for hls.js, which feeds media and its worker so.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** What no page here ever asks a visitor for, so no script that got in can. */
const PERMISSIONS_POLICY =
  'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()'

/** Whether browsers come by HTTPS: so says the address they are told, e.g. behind a proxy. */
export function isTls({ publicOrigin }: { readonly publicOrigin: string | null }): boolean {
  return publicOrigin?.startsWith('https:') === true
}

/** One year, in seconds. */
const HSTS = { 'strict-transport-security': 'max-age=31536000' } as const

export type Headers = Readonly<Record<string, string>>

/**
 * For pages, API and errors. [W17] HSTS only where browsers come by TLS: else it is ignored or
 * harmful.
 */
export function securityHeaders(options: { readonly isTls: boolean }): Headers {
  return {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': PERMISSIONS_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(options.isTls ? HSTS : {}),
  }
}

/**
 * For the player in a frame of another site, which changes those of the other pages. Cookies do not
 * come along there, so nobody can be made to press anything as themselves.
 *
 * @param embedOrigins sources of `frame-ancestors` (CSP 3 §6.4.2)
 */
export function embedHeaders({ embedOrigins }: { readonly embedOrigins: string }): Headers {
  return {
    'content-security-policy': CONTENT_SECURITY_POLICY.replace(
      /frame-ancestors .*$/,
      () => `frame-ancestors ${embedOrigins}`,
    ),
    'cross-origin-resource-policy': 'cross-origin',
  }
}

/**
 * For playlists, segments, pictures and recordings: any page may read them, none may run them.
 * Without credentials, so that `*` gives nobody anything a plain request would not. [D03]
 */
export function mediaHeaders(options: { readonly isTls: boolean }): Headers {
  return {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'Content-Length, Content-Range, ETag, Date, Accept-Ranges',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'cross-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(options.isTls ? HSTS : {}),
  }
}
