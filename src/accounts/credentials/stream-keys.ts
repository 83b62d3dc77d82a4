import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import {
  digestOf,
  joinBytes,
  type Logger,
  Secret,
  type UserId,
  ViblyError,
} from '../../base/index.ts'
import type { Records } from '../../ports/index.ts'
import { changeRecord, isEqualDigest, type UserRecord } from '../records/index.ts'
import { deriveKey, keyId } from './keys.ts'

/** 160 bits: CONTRACT asks for 128. */
const KEY_CHARACTERS = 32
/** RFC 4648 §6. 32 divides 256, so five bits of a random byte are unbiased. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const KEY_PATTERN = /^live_[A-Z2-7]{32}$/
/** Sizes of AES-GCM, NIST SP 800-38D §5.2.1, in bytes. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const SEAL_PREFIX = 'v1'

export type KeyListener = (userId: UserId) => void

/** The key that each user streams with: found by digest, kept sealed, plain nowhere. [W20] */
export class StreamKeys {
  readonly #users: Records<UserRecord>
  readonly #logger: Logger
  readonly #seal: StreamKeySeal
  readonly #listeners = new Set<KeyListener>()

  constructor(deps: {
    readonly users: Records<UserRecord>
    readonly secret: Secret
    readonly logger: Logger
  }) {
    this.#users = deps.users
    this.#logger = deps.logger
    this.#seal = new StreamKeySeal(deps.secret)
  }

  /** What a user's record holds of a key. */
  fieldsOf(key: Secret, owner: UserId): Pick<UserRecord, 'stream_key' | 'stream_key_digest'> {
    return {
      stream_key: this.#seal.seal(key, owner),
      stream_key_digest: digestOf(key.reveal()),
    }
  }

  /**
   * The user's key. One that was sealed with another secret of the server cannot be read any more
   * and is rotated.
   *
   * @throws ViblyError `accounts.not-found`
   */
  async read(id: UserId): Promise<Secret> {
    const found = await this.#users.get(id)
    if (found === null) throw new ViblyError('accounts.not-found')
    const key = this.#seal.open(found.value.stream_key, id)
    if (key !== null) return key
    this.#logger.warn('a stream key was sealed with another secret: it is replaced', { userId: id })
    return await this.rotate(id)
  }

  /** A new key; the old one is void once this resolves, and listeners have heard of it. */
  async rotate(id: UserId): Promise<Secret> {
    const key = createStreamKey()
    const fields = this.fieldsOf(key, id)
    const after = await changeRecord(this.#users, id, (user) =>
      user === null ? null : { ...user, ...fields },
    )
    if (after === null) throw new ViblyError('accounts.not-found')
    this.announceVoid(id)
    return key
  }

  /** Whose key this is; null when it is nobody's, or of someone disabled. */
  async authorise(key: Secret): Promise<UserId | null> {
    // Nonsense is not worth a digest.
    if (!KEY_PATTERN.test(key.reveal())) return null
    const digest = digestOf(key.reveal())
    const [found] = await this.#users.find('stream_key_digest', digest, 1)
    if (found === undefined || found.value.disabled_at !== null) return null
    return isEqualDigest(found.value.stream_key_digest, digest) ? found.value.id : null
  }

  /** Tells all listeners that the key this user may be publishing with is good no more. */
  announceVoid(id: UserId): void {
    for (const listener of this.#listeners) listener(id)
  }

  /** @returns stops listening. */
  onVoid(listener: KeyListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** A fresh stream key: `live_` and 160 random bits in base32. [W20] */
export function createStreamKey(): Secret {
  const letters = Array.from(randomBytes(KEY_CHARACTERS), (byte) => BASE32.charAt(byte & 0x1f))
  return new Secret(`live_${letters.join('')}`)
}

/**
 * Turns stream keys into text that is safe on disk and back: AES-256-GCM under a key derived from
 * the server's secret, bound to the user, so a sealed key cannot be moved to another record. [W20]
 */
class StreamKeySeal {
  readonly #key: Uint8Array
  readonly #keyId: string

  constructor(secret: Secret) {
    this.#key = deriveKey(secret, 'stream keys')
    this.#keyId = keyId(secret)
  }

  /** `v1.{key id}.{base64url of nonce, cipher text, tag}` */
  seal(streamKey: Secret, owner: UserId): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(owner))
    const text = cipher.update(streamKey.reveal(), 'utf8')
    const sealed = joinBytes([nonce, text, cipher.final(), cipher.getAuthTag()])
    return `${SEAL_PREFIX}.${this.#keyId}.${Buffer.from(sealed).toString('base64url')}`
  }

  /** Null when it was sealed with another secret, for another user, or is damaged. */
  open(sealed: string, owner: UserId): Secret | null {
    const [prefix, madeWith, encoded] = sealed.split('.')
    if (prefix !== SEAL_PREFIX || madeWith !== this.#keyId || encoded === undefined) return null
    const bytes = Buffer.from(encoded, 'base64url')
    if (bytes.byteLength < NONCE_BYTES + TAG_BYTES) return null
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce)
      .setAAD(Buffer.from(owner))
      .setAuthTag(bytes.subarray(-TAG_BYTES))
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
    try {
      return new Secret(Buffer.concat([text, decipher.final()]).toString('utf8'))
    } catch {
      // The tag does not fit: the one thing `final` throws for here.
      return null
    }
  }
}
