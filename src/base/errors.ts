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
  'base.bug': {
    http: 500,
    ws: 4500,
    help: 'Vibly made a mistake of its own. Try again; if it stays, report it with the request id.',
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
