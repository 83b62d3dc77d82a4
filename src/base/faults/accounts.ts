import type { Faults } from './fault.ts'

/** People, sign-in, invitations. */
export const ACCOUNTS_FAULTS = {
  'accounts.busy': {
    http: 503,
    help: 'Too many people are signing in at this moment. Try again in a few seconds.',
  },
  'accounts.disabled': {
    http: 403,
    ws: 4003,
    help: 'This account has been disabled. Ask whoever runs this server.',
  },
  'accounts.display-name-invalid': {
    http: 400,
    help: 'A display name has 1 to {charactersMax} characters. Choose another one.',
  },
  'accounts.email-invalid': {
    http: 400,
    help: 'This is not an email address. Check it and try again.',
  },
  'accounts.email-taken': {
    http: 409,
    help: 'An account with this email address exists already. Sign in instead.',
  },
  'accounts.invite-needed': {
    http: 403,
    help: 'This server takes new accounts by invitation. Ask whoever runs it for a link.',
  },
  'accounts.not-found': {
    http: 404,
    help: 'There is no such account. Check the name or the id.',
  },
  'accounts.own-account': {
    http: 409,
    help: 'You cannot disable your own account or give up your own rights. Ask another administrator to do it.',
  },
  'accounts.password-common': {
    http: 400,
    help: 'This password is one of the first that others would try. Choose one that is harder to guess.',
  },
  'accounts.password-length': {
    http: 400,
    help: 'A password has {charactersMin} to {charactersMax} characters. Choose one that fits.',
  },
  'accounts.password-wrong': {
    http: 403,
    help: 'The current password is not right. Nothing was changed; type it again.',
  },
  'accounts.registration-closed': {
    http: 403,
    help: 'This server takes no new accounts. Ask whoever runs it to make one for you.',
  },
  'accounts.settings-too-large': {
    http: 400,
    help: 'The settings of a channel take at most {bytesMax} bytes. Remove some of them.',
  },
  'accounts.sign-in-refused': {
    http: 401,
    help: 'The email address or the password is not right. Type both again.',
  },
  'accounts.text-too-long': {
    http: 400,
    help: 'The {field} has at most {charactersMax} characters. Shorten it.',
  },
  'accounts.ticket-invalid': {
    http: 403,
    help: 'This link is not valid, has been used up or is too old. Ask whoever gave it to you for another.',
  },
  'accounts.ticket-missing': {
    http: 404,
    help: 'There is no such invitation. It may be revoked or used up already.',
  },
  'accounts.tickets-full': {
    http: 409,
    help: 'There are {countMax} invitations and links already. Revoke some first.',
  },
  'accounts.too-many-attempts': {
    http: 429,
    ws: 4029,
    help: 'Too many attempts. Wait {retryAfterMs} and try again.',
  },
  'accounts.unauthenticated': {
    http: 401,
    ws: 4003,
    help: 'You are not signed in, or no longer. Sign in and try again.',
  },
  'accounts.username-invalid': {
    http: 400,
    help: 'A username has 3 to 25 letters a-z, digits and underscores, and some are reserved. Choose another one.',
  },
  'accounts.username-taken': {
    http: 409,
    help: 'Somebody else has this username. Choose another one.',
  },
} as const satisfies Faults
