/**
 * What a Range header asks for, before the size is known. RFC 9110 §14.1.2: `first-last`, `first-`
 * and the suffix form `-count`.
 */
export type RangeRequest =
  | { readonly first: number; readonly last: number | null }
  | { readonly suffixBytes: number }

const RANGE_PATTERN = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i

/**
 * Parses a Range header of one range. null: serve the whole, which RFC 9110 §14.2 allows for every
 * header that is absent, malformed, in another unit, or asks for several ranges at once (those
 * would let one small request multiply our work). Numbers past 2^53 - 1 mean "to the end". [D06]
 */
export function parseRange(header: string | undefined): RangeRequest | null {
  const [, first, last] = RANGE_PATTERN.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '') return { suffixBytes: clampToSafe(last) }

  const range = { first: clampToSafe(first), last: last === '' ? null : clampToSafe(last) }
  return range.last !== null && range.last < range.first ? null : range
}

/**
 * The bytes of a whole of `totalBytes` that a request means, both ends included; null when there
 * are none and the answer is 416.
 */
export function resolveRange(
  range: RangeRequest,
  totalBytes: number,
): { readonly first: number; readonly last: number } | null {
  const end = totalBytes - 1
  if ('suffixBytes' in range) {
    const first = Math.max(0, totalBytes - range.suffixBytes)
    return first > end ? null : { first, last: end }
  }
  if (range.first > end) return null
  return { first: range.first, last: Math.min(range.last ?? end, end) }
}

function clampToSafe(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
}
