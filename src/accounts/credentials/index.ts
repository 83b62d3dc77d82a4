/**
 * What stands for somebody without a password: sessions and their tokens, stream keys, invitations
 * and other links.
 */
export { AccessTokens } from './access-tokens.ts'
export { type OpenSession, type SessionOptions, Sessions } from './sessions.ts'
export { createStreamKey, type KeyListener, StreamKeys } from './stream-keys.ts'
export { type Ticket, Tickets } from './tickets.ts'
