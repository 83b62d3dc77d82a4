import { hkdfSync } from 'node:crypto'
import type { Secret } from '../../base/index.ts'

/**
 * The 256-bit key for one purpose, derived from the server's secret by HKDF-SHA-256 (RFC 5869), so
 * that no two purposes ever share a key.
 */
export function deriveKey(secret: Secret, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret.reveal(), 'vibly', purpose, 32))
}

/** Says which secret something was made with, without telling anything about it: 8 characters. */
export function keyId(secret: Secret): string {
  return Buffer.from(deriveKey(secret, 'key id')).toString('base64url').slice(0, 8)
}
