import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import type { SignIn } from '../../accounts/index.ts'

/** What access and refresh tokens are made of: base64url and dots. */
const TOKEN_PATTERN = /^[A-Za-z0-9._-]{1,4096}$/

/** What stands in `Authorization: Bearer` (RFC 6750 §2.1); null: nothing, or of another scheme. */
export function bearerOf({ authorization }: IncomingHttpHeaders): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
}

/**
 * The two cookies of a sign-in: the access token, and the refresh token that renews it. Script
 * cannot read them, other sites cannot cause them to be sent with a change. Over HTTPS they are
 * `Secure` and named `__Host-`, so that no sub-domain can plant one; that prefix demands the path
 * `/`. [W14]
 */
export class SessionCookies {
  readonly accessName: string
  readonly refreshName: string
  readonly #isTls: boolean

  constructor(options: { readonly isTls: boolean }) {
    const prefix = options.isTls ? '__Host-' : ''
    this.#isTls = options.isTls
    this.accessName = `${prefix}vibly_access`
    this.refreshName = `${prefix}vibly_refresh`
  }

  /**
   * The access token of a request: from `Authorization: Bearer`, else from the cookie; null: none.
   * A header of any other form hides the cookie, so that a client never acts as someone it did not
   * name.
   */
  accessToken(headers: IncomingHttpHeaders): string | null {
    if (headers.authorization !== undefined) return bearerOf(headers)
    return this.#read(headers, this.accessName)
  }

  refreshToken(headers: IncomingHttpHeaders): string | null {
    return this.#read(headers, this.refreshName)
  }

  /** Values of Set-Cookie that keep a sign-in until its tokens expire. */
  keep(signIn: SignIn, nowMs: number): string[] {
    const { accessToken, accessExpiresMs, refreshToken, refreshExpiresMs } = signIn
    return [
      this.#format(this.accessName, accessToken, 'Lax', accessExpiresMs - nowMs),
      this.#format(this.refreshName, refreshToken, 'Strict', refreshExpiresMs - nowMs),
    ]
  }

  /** Values of Set-Cookie that make the browser forget both. */
  forget(): string[] {
    return [
      this.#format(this.accessName, '', 'Lax', 0),
      this.#format(this.refreshName, '', 'Strict', 0),
    ]
  }

  #read(headers: IncomingHttpHeaders, name: string): string | null {
    const start = `${name}=`
    const pair = headers.cookie?.split(';').find((text) => text.trimStart().startsWith(start))
    const value = pair?.trim().slice(start.length) ?? ''
    return TOKEN_PATTERN.test(value) ? value : null
  }

  /** RFC 6265bis §4.1. Our tokens need no escaping; one that did would be a bug. */
  #format(name: string, value: string, sameSite: 'Lax' | 'Strict', lifeMs: number): string {
    assert(value === '' || TOKEN_PATTERN.test(value), 'a token is made of unreserved characters')
    const maxAge = Math.max(0, Math.floor(lifeMs / 1000))
    const secure = this.#isTls ? '; Secure' : ''
    return `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly${secure}; SameSite=${sameSite}`
  }
}
