import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { type Clock, isId, type Secret, type UserId, ViblyError } from '../../base/index.ts'
import { deriveKey, keyId } from './keys.ts'

/** The one algorithm: never read from a token (RFC 8725 §3.1). */
const ALGORITHM = 'HS256'
/** RFC 9068 §2.1: told from every other kind of token by its type. */
const TYPE = 'at+jwt'
const ISSUER = 'vibly'
const AUDIENCE = 'vibly'
/** A token of ours has some 330 characters; nothing longer is worth an HMAC. */
const TOKEN_CHARACTERS_MAX = 1024
/** How far the wall clock may have been set back since a token was made. */
const LEEWAY_S = 60

const claimsSchema = z.object({
  sub: z.custom<UserId>(isId),
  sid: z.string(),
  iat: z.number(),
})

/** Makes and checks the JWTs of RFC 9068 that stand for a signed-in session. [W10] [W11] */
export class AccessTokens {
  readonly #clock: Clock
  readonly #key: Uint8Array
  readonly #keyId: string

  constructor(deps: { readonly secret: Secret; readonly clock: Clock }) {
    this.#clock = deps.clock
    this.#key = deriveKey(deps.secret, 'access tokens')
    this.#keyId = keyId(deps.secret)
  }

  /** `expiresMs` is wall-clock time; the token knows it in whole seconds, rounded down. */
  async create(userId: UserId, sessionId: string, expiresMs: number): Promise<string> {
    return await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: this.#keyId })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(userId)
      .setIssuedAt(Math.floor(this.#clock.nowMs() / 1000))
      .setExpirationTime(Math.floor(expiresMs / 1000))
      .sign(this.#key)
  }

  /**
   * Whose it is and of which session. Whether that session still lives is not asked here.
   *
   * @throws ViblyError `accounts.unauthenticated` for whatever is not a token of ours, or too old.
   */
  async check(token: string): Promise<{ userId: UserId; sessionId: string }> {
    if (token.length > TOKEN_CHARACTERS_MAX) throw new ViblyError('accounts.unauthenticated')
    const nowMs = this.#clock.nowMs()
    const { payload, protectedHeader } = await this.#verify(token, nowMs)
    const claims = claimsSchema.safeParse(payload)
    if (!claims.success || protectedHeader.kid !== this.#keyId) {
      throw new ViblyError('accounts.unauthenticated')
    }
    if (claims.data.iat > nowMs / 1000 + LEEWAY_S) throw new ViblyError('accounts.unauthenticated')
    return { userId: claims.data.sub, sessionId: claims.data.sid }
  }

  async #verify(token: string, nowMs: number) {
    try {
      return await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['exp', 'iat', 'sub', 'sid'],
        currentDate: new Date(nowMs),
      })
    } catch (thrown) {
      if (thrown instanceof errors.JOSEError || thrown instanceof TypeError) {
        throw new ViblyError('accounts.unauthenticated', {}, thrown)
      }
      throw thrown
    }
  }
}
