/** What a fault means to the one it concerns: HTTP status, WebSocket close code, and the sentence. */
interface Fault {
  /** HTTP status when a request ends by it; null when no request can. */
  readonly http: number | null
  /**
   * WebSocket close code when a socket ends by it (RFC 6455 §7.4.2); null when none can. 4000-4499
   * mean "do not come back as you are", 4500 and up "come back later".
   */
  readonly ws: number | null
  /** What happened, to what, what to do. `{name}` stands for the fact of that name. */
  readonly help: string
}

/** Every fault Vibly reports, by code `module.fault`. docs/ERRORS.md is held equal to this table. */
const FAULTS = {
  'accounts.busy': {
    http: 503,
    ws: null,
    help: 'Too many people are signing in at this moment. Try again in a few seconds.',
  },
  'accounts.disabled': {
    http: 403,
    ws: 4003,
    help: 'This account has been disabled. Ask whoever runs this server.',
  },
  'accounts.display-name-invalid': {
    http: 400,
    ws: null,
    help: 'A display name has 1 to {charactersMax} characters. Choose another one.',
  },
  'accounts.email-invalid': {
    http: 400,
    ws: null,
    help: 'This is not an email address. Check it and try again.',
  },
  'accounts.email-taken': {
    http: 409,
    ws: null,
    help: 'An account with this email address exists already. Sign in instead.',
  },
  'accounts.not-found': {
    http: 404,
    ws: null,
    help: 'There is no such account. Check the name or the id.',
  },
  'accounts.password-common': {
    http: 400,
    ws: null,
    help: 'This password is one of the first that others would try. Choose one that is harder to guess.',
  },
  'accounts.password-length': {
    http: 400,
    ws: null,
    help: 'A password has {charactersMin} to {charactersMax} characters. Choose one that fits.',
  },
  'accounts.password-wrong': {
    http: 403,
    ws: null,
    help: 'The current password is not right. Nothing was changed; type it again.',
  },
  'accounts.registration-closed': {
    http: 403,
    ws: null,
    help: 'This server takes no new accounts. Ask whoever runs it to make one for you.',
  },
  'accounts.settings-too-large': {
    http: 400,
    ws: null,
    help: 'The settings of a channel take at most {bytesMax} bytes. Remove some of them.',
  },
  'accounts.sign-in-refused': {
    http: 401,
    ws: null,
    help: 'The email address or the password is not right. Type both again.',
  },
  'accounts.text-too-long': {
    http: 400,
    ws: null,
    help: 'The {field} has at most {charactersMax} characters. Shorten it.',
  },
  'accounts.too-many-attempts': {
    http: 429,
    ws: 4029,
    help: 'Too many attempts. Wait {retryAfterMs} ms and try again.',
  },
  'accounts.unauthenticated': {
    http: 401,
    ws: 4003,
    help: 'You are not signed in, or no longer. Sign in and try again.',
  },
  'accounts.username-invalid': {
    http: 400,
    ws: null,
    help: 'A username has 3 to 25 letters a-z, digits and underscores, and some are reserved. Choose another one.',
  },
  'accounts.username-taken': {
    http: 409,
    ws: null,
    help: 'Somebody else has this username. Choose another one.',
  },
  'base.bug': {
    http: 500,
    ws: 4500,
    help: 'Vibly made a mistake of its own. Try again; if it stays, report it with the request id.',
  },
  'blobs.full': {
    http: 507,
    ws: null,
    help: 'The disk is full: {key} was not stored. Make room on the server.',
  },
  'blobs.key-invalid': {
    http: 404,
    ws: null,
    help: 'There is nothing at this address.',
  },
  'blobs.range-unsatisfiable': {
    http: 416,
    ws: null,
    help: 'The part asked for lies behind the end: there are only {bytes} bytes.',
  },
  'blobs.unwritable': {
    http: 503,
    ws: null,
    help: '{key} could not be stored ({reason}). Look at the disk and the rights of the data folder.',
  },
  'bytes.out-of-range': {
    http: null,
    ws: null,
    help: 'The data ended in the middle of a field.',
  },
  'config.invalid': {
    http: null,
    ws: null,
    help: 'These settings cannot be used: {faults}',
  },
  'data-dir.locked': {
    http: null,
    ws: null,
    help: 'Another Vibly (process {pid}) uses the data folder {dir}. Stop it, or give this one a folder of its own; if no Vibly runs, remove {file}.',
  },
  'data-dir.secret-damaged': {
    http: null,
    ws: null,
    help: '{file} does not hold a secret that Vibly made. Put the right one back from a backup; without it no stream key can be shown again.',
  },
  'data-dir.secret-weak': {
    http: null,
    ws: null,
    help: 'The secret that was given is too easy to guess. Give at least {charactersMin} random characters, for example from `openssl rand -hex 32`, or none at all: Vibly then makes one.',
  },
  'data-dir.unusable': {
    http: null,
    ws: null,
    help: 'The data folder {dir} cannot be used ({reason}). It must be a folder that Vibly may write to.',
  },
  'http.bad-request': {
    http: 400,
    ws: null,
    help: 'The request cannot be read as HTTP with a JSON body. Correct it; the same again will fail again.',
  },
  'http.body-too-large': {
    http: 413,
    ws: null,
    help: 'The body is larger than {bytesMax} bytes. Send less.',
  },
  'http.forbidden': {
    http: 403,
    ws: null,
    help: 'This belongs to someone else. Sign in as its owner.',
  },
  'http.foreign-origin': {
    http: 403,
    ws: null,
    help: 'A page of another site asked for this change, so it was refused. Use the page of this server.',
  },
  'http.headers-too-large': {
    http: 431,
    ws: null,
    help: 'The headers of the request are too large. Send fewer or smaller ones, cookies first.',
  },
  'http.invalid': {
    http: 400,
    ws: null,
    help: 'These fields cannot be taken: {faults}',
  },
  'http.media-type': {
    http: 415,
    ws: null,
    help: 'The body must be JSON, with the header Content-Type: application/json.',
  },
  'http.method-not-allowed': {
    http: 405,
    ws: null,
    help: 'There is something at this address, but not for {method}. Use one of: {allow}',
  },
  'http.not-found': {
    http: 404,
    ws: null,
    help: 'There is nothing at this address.',
  },
  'http.not-ready': {
    http: 503,
    ws: null,
    help: 'The server is not ready: {faults}',
  },
  'http.rate-limited': {
    http: 429,
    ws: null,
    help: 'Too many requests came from your address. Wait {retryAfterMs} ms and try again.',
  },
  'http.timeout': {
    http: 408,
    ws: null,
    help: 'The request took too long to arrive. Send it again, without pauses.',
  },
  'live.broadcast-not-found': {
    http: 404,
    ws: null,
    help: 'There is no such broadcast. It may have been deleted.',
  },
  'live.channel-not-found': {
    http: 404,
    ws: 4004,
    help: 'There is no such channel. Check the name.',
  },
  'records.busy': {
    http: 503,
    ws: 4503,
    help: 'Too much is being saved at this moment. Try again in a few seconds.',
  },
  'records.damaged': {
    http: null,
    ws: null,
    help: '{file} cannot be used: {reason}. Nothing in it was changed. Mend it, or copy {backup} over it if that one is whole, then start again.',
  },
  'records.disk-full': {
    http: 507,
    ws: 4507,
    help: 'The disk is full: nothing was saved. Make room on the server and try again.',
  },
  'records.duplicate': {
    http: 409,
    ws: null,
    help: 'There is a record with this {index} already.',
  },
  'records.read-only': {
    http: 503,
    ws: 4503,
    help: '{file} could not be brought safely to disk, so nothing more is saved. Check the disk, then start the server again.',
  },
  'records.unwritable': {
    http: 503,
    ws: 4503,
    help: '{file} could not be saved ({reason}). Nothing was changed; look at the disk and the rights of the data folder.',
  },
  'records.version-unknown': {
    http: null,
    ws: null,
    help: '{file} has version {version}; this Vibly reads {versionMax} at most. Start the newer Vibly that wrote it; nothing was changed.',
  },
} as const satisfies Record<string, Fault>

export type FaultCode = keyof typeof FAULTS

/** Plain data about one fault, for logs and sentences. Never keys, passwords or tokens. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>

/**
 * The one error class: something a peer or caller did wrong, or the world failed. Bugs are `assert`.
 * `message` is the sentence of the table with the facts filled in.
 */
export class ViblyError extends Error {
  readonly code: FaultCode
  readonly facts: Facts

  constructor(code: FaultCode, facts: Facts = {}, cause?: unknown) {
    super(sentenceOf(code, facts), cause === undefined ? undefined : { cause })
    this.name = 'ViblyError'
    this.code = code
    this.facts = facts
  }
}

/** The table's row of a code: status, close code and the sentence with its placeholders. */
export function faultOf(code: FaultCode): Fault {
  return FAULTS[code]
}

/** All codes in the order of the table, for the documentation and its test. */
export function faultCodes(): readonly FaultCode[] {
  return Object.keys(FAULTS).filter((code): code is FaultCode => code in FAULTS)
}

/** Any thrown value as a `ViblyError`; what is none already is a bug of ours and keeps its cause. */
export function asViblyError(thrown: unknown): ViblyError {
  return thrown instanceof ViblyError ? thrown : new ViblyError('base.bug', {}, thrown)
}

/** Ends a `switch` over a union: reaching it is a bug, and the compiler proves that none does. */
export function assertNever(value: never): never {
  throw new ViblyError('base.bug', { value: String(value) })
}

function sentenceOf(code: FaultCode, facts: Facts): string {
  return FAULTS[code].help.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '?'))
}
