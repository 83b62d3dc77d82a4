import type { IncomingHttpHeaders } from 'node:http'

/** By what a client may know something it was given before. */
export interface Validators {
  readonly etag: string
  /** When it was changed, ms since 1970; null: it tells nothing, since names never change. */
  readonly modifiedMs: number | null
}

/** `x-gzip` is an old name of the same (RFC 9110 §8.4.1.3). */
const GZIP_NAMES: readonly string[] = ['gzip', 'x-gzip']
/** RFC 9110 §5.6.7; older forms are no longer sent, and what is no date is to be ignored. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * Whether an Accept-Encoding header takes gzip: named, or covered by `*`, and not with `q=0`.
 * RFC 9110 §12.5.3. [D01]
 */
export function acceptsGzip(header: string | undefined): boolean {
  let fromStar = false
  for (const item of (header ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim())
    const isWanted = !parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter))
    if (GZIP_NAMES.includes(coding)) return isWanted
    if (coding === '*') fromStar = isWanted
  }
  return fromStar
}

/**
 * What the conditions of a GET or HEAD come to, in the order of RFC 9110 §13.2.2: If-Match by
 * strong comparison, else If-Unmodified-Since; then If-None-Match by weak comparison, else
 * If-Modified-Since. Dates count only where it is known when something was changed. [D06]
 */
export function judgeConditions(
  headers: IncomingHttpHeaders,
  { etag, modifiedMs }: Validators,
): 'go-on' | 'not-modified' | 'failed' {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined) {
    if (!isEtagMatched(ifMatch, etag)) return 'failed'
  } else if (isChangedSince(headers['if-unmodified-since'], modifiedMs) === true) return 'failed'

  if (ifNoneMatch !== undefined) return isEtagKnown(ifNoneMatch, etag) ? 'not-modified' : 'go-on'
  const isOld = isChangedSince(headers['if-modified-since'], modifiedMs) === false
  return isOld ? 'not-modified' : 'go-on'
}

/** By the second, as HTTP tells time; null: it cannot be said, and the condition is ignored. */
function isChangedSince(header: string | undefined, modifiedMs: number | null): boolean | null {
  if (header === undefined || modifiedMs === null || !HTTP_DATE.test(header)) return null
  const sinceMs = Date.parse(header)
  return Number.isNaN(sinceMs) ? null : Math.floor(modifiedMs / 1000) * 1000 > sinceMs
}

/** RFC 9110 §8.8.3.2: a weak tag is never strongly the same. */
function isEtagMatched(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return !etag.startsWith('W/') && header.split(',').some((tag) => tag.trim() === etag)
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
