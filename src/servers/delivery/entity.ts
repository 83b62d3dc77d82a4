import type { IncomingHttpHeaders } from 'node:http'
import { parseRange, resolveRange } from './byte-range.ts'
import { isEtagKnown, isRangeCurrent } from './negotiation.ts'

/** What to send of bytes that exist. `part` has both ends included. */
export type EntityPlan =
  | { readonly type: 'whole' }
  | { readonly type: 'part'; readonly first: number; readonly last: number }
  | { readonly type: 'not-modified' }
  | { readonly type: 'unsatisfiable' }

/**
 * Decides by the conditions of a request, in the order of RFC 9110 §13.2.2: If-None-Match, then Range
 * when If-Range allows it. A Range counts for GET alone (§14.2). [D06]
 */
export function planEntity(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  entity: { readonly etag: string; readonly totalBytes: number },
): EntityPlan {
  const { headers } = request
  if (isEtagKnown(headers['if-none-match'], entity.etag)) return { type: 'not-modified' }

  const range = request.method === 'GET' ? parseRange(headers.range) : null
  if (range === null || !isRangeCurrent(headerText(headers['if-range']), entity.etag)) {
    return { type: 'whole' }
  }
  const resolved = resolveRange(range, entity.totalBytes)
  return resolved === null ? { type: 'unsatisfiable' } : { type: 'part', ...resolved }
}

function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
