import { randomBytes, timingSafeEqual } from 'node:crypto'

/** `{20 characters of the record's id}.{43 characters of 256 random bits}` */
const TOKEN_PATTERN = /^([A-Za-z0-9_-]{20})\.[A-Za-z0-9_-]{43}$/

/** A secret that opens the record with this id, which keeps nothing of it but its digest. */
export function createRecordToken(id: string): string {
  return `${id}.${randomBytes(32).toString('base64url')}`
}

/** Which record a token is for; null: it is no such token. */
export function recordIdOf(token: string): string | null {
  return TOKEN_PATTERN.exec(token)?.[1] ?? null
}

/** Of two SHA-256 in hexadecimal, in constant time. */
export function isEqualDigest(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
