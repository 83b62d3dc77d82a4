import type { Faults } from './fault.ts'

/** Chat: rules, sockets, emotes, follows, bots. */
export const CHAT_FAULTS = {
  'chat.account-too-new': {
    http: 403,
    help: 'This channel lets accounts speak that are older than yours. Try again later.',
  },
  'chat.banned': {
    http: 403,
    help: 'You were banned from this chat. You can read on; ask the owner of the channel if you think this is a mistake.',
  },
  'chat.channel-missing': {
    http: 404,
    ws: 4004,
    help: 'There is no such channel. Check its address.',
  },
  'chat.content-invalid': {
    http: 400,
    help: 'A message has 1 to {charactersMax} characters that can be seen. Write something, or less.',
  },
  'chat.emote-invalid': {
    http: 400,
    help: 'This cannot be an emote: {reason}.',
  },
  'chat.emote-missing': {
    http: 404,
    help: 'This channel has no emote of that name.',
  },
  'chat.emotes-full': {
    http: 409,
    help: 'A channel has at most {countMax} emotes. Remove one first.',
  },
  'chat.emotes-only': {
    http: 403,
    help: 'This chat takes only emotes at the moment.',
  },
  'chat.followers-only': {
    http: 403,
    help: 'Only followers speak in this chat. Follow the channel, and wait if it asks for some time.',
  },
  'chat.follows-full': {
    http: 409,
    help: 'You follow {countMax} channels, the most there can be. Leave one first.',
  },
  'chat.frame-invalid': {
    http: 400,
    help: 'The chat does not understand this: {field} is missing or has a wrong value.',
  },
  'chat.held': {
    http: 403,
    help: 'Your message waits for a moderator. Nothing else is needed; it appears if they let it.',
  },
  'chat.links-off': {
    http: 403,
    help: 'Links are switched off in this chat. Send the message without one.',
  },
  'chat.message-missing': {
    http: 404,
    help: 'There is no such message any more. Perhaps it was deleted.',
  },
  'chat.not-json': {
    http: 400,
    ws: 4001,
    help: 'The chat takes text frames with one JSON object each. Reload the page, or correct the program.',
  },
  'chat.not-moderator': {
    http: 403,
    help: 'Only moderators of this channel may do that.',
  },
  'chat.not-signed-in': {
    http: 401,
    help: 'You can read without an account, but not write. Sign in, then connect again.',
  },
  'chat.not-unique': {
    http: 403,
    help: 'Somebody said exactly that just now, and this chat takes each message once. Say it differently.',
  },
  'chat.parent-missing': {
    http: 404,
    help: 'The message you reply to is not there any more. Send yours without a reply.',
  },
  'chat.place-invalid': {
    http: 400,
    ws: 4001,
    help: 'The address of this chat gives {name} twice, or not as it should. Connect again with it once, or without it.',
  },
  'chat.rate-limited': {
    http: 429,
    help: 'You are sending faster than this chat takes. Wait a moment.',
  },
  'chat.repeated': {
    http: 429,
    help: 'You have said that several times already. Wait a moment, or say something else.',
  },
  'chat.restarting': {
    http: 503,
    ws: 1012,
    help: 'The server is restarting. Your client comes back by itself in a few seconds.',
  },
  'chat.rules-full': {
    http: 409,
    help: 'This channel has {countMax} of these, the most there can be. Remove some first.',
  },
  'chat.scope-missing': {
    http: 403,
    help: 'The token of this bot does not allow that. Make one with the scope it needs.',
  },
  'chat.server-busy': {
    http: 503,
    ws: 4503,
    help: 'Too many chat connections are being opened at this moment. Your client comes back by itself.',
  },
  'chat.server-full': {
    http: 503,
    ws: 4503,
    help: 'This server holds as many chat connections as it can. Your client comes back by itself.',
  },
  'chat.signed-out': {
    http: 401,
    ws: 4401,
    help: 'You were signed out. Sign in again to go on writing.',
  },
  'chat.slow-consumer': {
    ws: 4008,
    help: 'Your connection takes messages slower than they are written. Connect again; what was missed is sent then.',
  },
  'chat.slow-mode': {
    http: 403,
    help: 'Slow mode is on: one message in {seconds} seconds. Wait a moment.',
  },
  'chat.target-protected': {
    http: 403,
    help: 'This person cannot be banned by you: owners, administrators and other moderators are out of reach.',
  },
  'chat.timed-out': {
    http: 403,
    help: 'You may not write for another {seconds} seconds.',
  },
  'chat.token-missing': {
    http: 404,
    help: 'You have no token with this id. Perhaps it was revoked already.',
  },
  'chat.tokens-full': {
    http: 409,
    help: 'You have {countMax} tokens, the most there can be. Revoke one first.',
  },
  'chat.too-many-frames': {
    http: 429,
    ws: 4029,
    help: 'Too many commands at once. Connect again, and send fewer.',
  },
  'chat.too-many-sockets': {
    http: 429,
    ws: 4029,
    help: 'Too many chat connections are open from here. Close some first.',
  },
  'chat.user-missing': {
    http: 404,
    help: 'There is no such person on this server.',
  },
  'chat.word-blocked': {
    http: 403,
    help: 'This chat does not take a word in your message. Say it differently.',
  },
} as const satisfies Faults
