import { FAULTS, type Fault } from './faults/index.ts'

export type FaultCode = keyof typeof FAULTS

/** Plain data about one fault, for logs and sentences. Never keys, passwords or tokens. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>

/**
 * The one error class: something a peer or caller did wrong, or the world failed. Bugs are
 * `assert`.
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

const SMALLEST_UNIT = ['ms', 1] as const
const UNITS = [['h', 3_600_000], ['min', 60_000], ['s', 1000], SMALLEST_UNIT] as const

/** The row of a code: status, close code and the sentence with its placeholders. */
export function faultOf(code: FaultCode): {
  readonly http: number | null
  readonly ws: number | null
  readonly help: string
} {
  const fault: Fault = FAULTS[code]
  return { http: fault.http ?? null, ws: fault.ws ?? null, help: fault.help }
}

/** All codes in the order of the alphabet, for the documentation and its test. */
export function faultCodes(): readonly FaultCode[] {
  return Object.keys(FAULTS)
    .filter((code): code is FaultCode => code in FAULTS)
    .sort((a, b) => (a < b ? -1 : 1))
}

/**
 * Any thrown value as a `ViblyError`; what is none already is a bug of ours and keeps its cause.
 */
export function asViblyError(thrown: unknown): ViblyError {
  return thrown instanceof ViblyError ? thrown : new ViblyError('base.bug', {}, thrown)
}

/** Ends a `switch` over a union: reaching it is a bug, and the compiler proves that none does. */
export function assertNever(value: never): never {
  throw new ViblyError('base.bug', { value: String(value) })
}

function sentenceOf(code: FaultCode, facts: Facts): string {
  return FAULTS[code].help.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const fact = facts[name] ?? '?'
    return typeof fact === 'number' && /Ms(Max|Min)?$/.test(name)
      ? formatDuration(fact)
      : String(fact)
  })
}

/** In the unit that people would use: `250 ms`, `1.5 s`, `10 min`, `2 h`. */
function formatDuration(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? SMALLEST_UNIT
  return `${Math.round((10 * ms) / unitMs) / 10} ${unit}`
}
