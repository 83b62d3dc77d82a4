import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { BlobHead, Blobs } from '../../ports/index.ts'
import type { Headers } from '../http-headers.ts'
import { parseRange, resolveRange } from './byte-range.ts'
import { type Answer, withBytes, withoutBytes, withStream } from './media-answer.ts'
import { isRangeCurrent, judgeConditions, type Validators } from './negotiation.ts'

/** What is alike for all segments, recordings or pictures. */
export interface EntityKind {
  readonly headers: Headers
  validatorsOf(head: BlobHead): Validators
}

/**
 * Two weeks: a name never gets other bytes, so only disk space of caches limits this. [D04] [H26]
 */
const CACHE_FOREVER = 'public, max-age=1209600, immutable'
const CACHE_FINISHED = 'public, max-age=3600'
const CACHE_THUMB = 'public, max-age=5'

/**
 * From the size alone, so that memory and disk give the same tag: the bytes of a name never change.
 */
export const SEGMENT: EntityKind = {
  headers: {
    'content-type': 'video/mp2t',
    'cache-control': CACHE_FOREVER,
    'accept-ranges': 'bytes',
  },
  validatorsOf: ({ bytes }) => ({ etag: `"${bytes.toString(36)}"`, modifiedMs: null }),
}

export const RECORDING = datedKind('video/mp4', CACHE_FINISHED)
export const THUMB = datedKind('image/jpeg', CACHE_THUMB)
export const STORYBOARD = datedKind('text/vtt; charset=utf-8', CACHE_FINISHED)
export const PICTURE = datedKind('image/jpeg', CACHE_FINISHED)

/** What may be written anew under its name: the tag tells by size and time. */
function datedKind(type: string, cacheControl: string): EntityKind {
  return {
    headers: { 'content-type': type, 'cache-control': cacheControl, 'accept-ranges': 'bytes' },
    validatorsOf: (head) => ({ etag: datedEtag(head), modifiedMs: head.modifiedMs }),
  }
}

function datedEtag(head: BlobHead): string {
  return `"${head.bytes.toString(36)}-${Math.trunc(head.modifiedMs).toString(36)}"`
}

/** Bytes in memory, or what the request wants of them. They are not copied. */
export function answerFromMemory(
  request: IncomingMessage,
  bytes: Uint8Array,
  kind: EntityKind,
): Answer {
  const totalBytes = bytes.byteLength
  const validators = kind.validatorsOf({ bytes: totalBytes, modifiedMs: 0 })
  const headers = { ...kind.headers, ...validatorHeaders(validators) }
  const plan = planEntity(request, validators, totalBytes)
  if (plan.type === 'whole') return withBytes(200, headers, bytes)
  if (plan.type !== 'part') return withoutBytes(plan.type, headers, totalBytes)
  const part = bytes.subarray(plan.first, plan.last + 1)
  return withBytes(206, { ...headers, ...contentRange(plan, totalBytes) }, part)
}

/**
 * What is on disk, or what the request wants of it; null: there is none. Opened whole first, since
 * ranges need its size; opened anew for a part, which costs two system calls and keeps the port
 * small.
 */
export async function answerFromBlobs(
  request: IncomingMessage,
  blobs: Blobs,
  key: string,
  kind: EntityKind,
): Promise<Answer | null> {
  const whole = await blobs.open(key, null)
  if (whole === null) return null
  const totalBytes = whole.head.bytes
  const validators = kind.validatorsOf(whole.head)
  const headers = { ...kind.headers, ...validatorHeaders(validators) }
  const plan = planEntity(request, validators, totalBytes)
  if (plan.type === 'whole') {
    return withStream(200, headers, { stream: whole.body, bytes: totalBytes })
  }
  whole.body.destroy()
  if (plan.type !== 'part') return withoutBytes(plan.type, headers, totalBytes)

  const part = await blobs.open(key, plan)
  if (part === null) return null
  const bytes = plan.last - plan.first + 1
  const partHeaders = { ...headers, ...contentRange(plan, totalBytes) }
  return withStream(206, partHeaders, { stream: part.body, bytes })
}

function validatorHeaders({ etag, modifiedMs }: Validators): Headers {
  if (modifiedMs === null) return { etag }
  return { etag, 'last-modified': new Date(modifiedMs).toUTCString() }
}

function contentRange(
  { first, last }: { readonly first: number; readonly last: number },
  totalBytes: number,
): Headers {
  return { 'content-range': `bytes ${first}-${last}/${totalBytes}` }
}

/** What to send of bytes that exist. `part` has both ends included. */
type EntityPlan =
  | { readonly type: 'whole' }
  | { readonly type: 'part'; readonly first: number; readonly last: number }
  | { readonly type: 'not-modified' | 'failed' }
  | { readonly type: 'unsatisfiable' }

/**
 * Decides by the conditions of a request, then by its Range when If-Range allows it. A Range counts
 * for GET alone (RFC 9110 §14.2). [D06]
 */
function planEntity(
  request: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders },
  validators: Validators,
  totalBytes: number,
): EntityPlan {
  const { headers } = request
  const verdict = judgeConditions(headers, validators)
  if (verdict !== 'go-on') return { type: verdict }

  const range = request.method === 'GET' ? parseRange(headers.range) : null
  if (range === null || !isRangeCurrent(headerText(headers['if-range']), validators.etag)) {
    return { type: 'whole' }
  }
  const resolved = resolveRange(range, totalBytes)
  return resolved === null ? { type: 'unsatisfiable' } : { type: 'part', ...resolved }
}

function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
