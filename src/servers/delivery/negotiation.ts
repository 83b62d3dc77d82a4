/**
 * Whether an Accept-Encoding header takes gzip: named, or covered by `*`, and not with `q=0`.
 * RFC 9110 §12.5.3. [D01]
 */
export function acceptsGzip(header: string | undefined): boolean {
  let fromStar = false
  for (const item of (header ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim())
    const isWanted = !parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter))
    if (coding === 'gzip') return isWanted
    if (coding === '*') fromStar = isWanted
  }
  return fromStar
}

/**
 * Whether an If-None-Match header names `etag`, by weak comparison: RFC 9110 §13.1.2. The tags we
 * give hold no comma, so the list can be split at commas.
 */
export function isEtagKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  const wanted = opaqueTag(etag)
  return header.split(',').some((candidate) => opaqueTag(candidate.trim()) === wanted)
}

/**
 * Whether an If-Range header allows a range of what has `etag`: absent, or the same strong tag. A
 * date or a weak tag never does (RFC 9110 §13.1.5): the whole is sent then.
 */
export function isRangeCurrent(header: string | undefined, etag: string): boolean {
  return header === undefined || header.trim() === etag
}

function opaqueTag(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag
}
