import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Accounts, Identity } from '../../accounts/index.ts'
import { type ChannelId, ViblyError } from '../../base/index.ts'
import { isTls } from '../http-headers.ts'
import { isForeignOrigin } from './origin.ts'
import { SessionCookies } from './session-cookies.ts'

export interface IdentifyOptions {
  /** Scheme, host and port that browsers see; null: as they ask. */
  readonly publicOrigin: string | null
}

/** Who asks for an upgrade; null: nobody in particular. */
export type Identify = (request: IncomingMessage) => Promise<Identity | null>

/**
 * Makes the check of WebSocket upgrades, to be handed to the chat server. By Bearer, else by the
 * access cookie, which a page of another site could send along too: then `Origin` must be ours.
 * [W30]
 *
 * The function throws ViblyError `http.foreign-origin` for such a page, and
 * `accounts.unauthenticated` for a token that is not good.
 */
export function createIdentify(
  accounts: Pick<Accounts, 'authenticate'>,
  options: IdentifyOptions,
): Identify {
  const cookies = new SessionCookies({ isTls: isTls(options) })
  return async ({ headers }) => {
    const token = cookies.accessToken(headers)
    if (token === null) return null
    const isByCookie = headers.authorization === undefined
    // Every browser names an origin here, so a cookie without one has no business.
    const isForeign = headers.origin === undefined || isForeignOrigin(headers, options.publicOrigin)
    if (isByCookie && isForeign) throw new ViblyError('http.foreign-origin')
    return await accounts.authenticate(token)
  }
}

/** Who reads; null: nobody in particular, or by a token that is good no more. */
export type FindReader = (request: {
  readonly headers: IncomingHttpHeaders
}) => Promise<Identity | null>

/**
 * Makes the check of what only some may read and others must not even know of: whoever is not let
 * in is told what a stranger is told, so a token that has expired makes a stranger and is no fault.
 */
export function createFindReader(
  accounts: Pick<Accounts, 'authenticate'>,
  cookies: SessionCookies,
): FindReader {
  return async ({ headers }) => {
    const token = cookies.accessToken(headers)
    if (token === null) return null
    try {
      return await accounts.authenticate(token)
    } catch (thrown) {
      if (thrown instanceof ViblyError && thrown.code === 'accounts.unauthenticated') return null
      throw thrown
    }
  }
}

/** Whether someone may see and change all that a channel has: its owner, and admins. [W22] */
export function isOwner(reader: Identity | null, owner: ChannelId): boolean {
  return reader !== null && (reader.userId === owner || reader.role === 'admin')
}
