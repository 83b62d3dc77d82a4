import { type DestinationStream, pino } from 'pino'
import { type Facts, ViblyError } from './errors.ts'

/**
 * Where events go: one JSON line each (a `msg` in words, facts beside it, their names in snake_case
 * as on the wire and on disk). JSON escapes line ends and terminal codes, so nothing a peer sends
 * can forge a line. [W33]
 */
export interface Logger {
  debug(event: string, facts?: Facts): void
  info(event: string, facts?: Facts): void
  warn(event: string, facts?: Facts): void
  /** Something failed: `thrown` keeps its code, facts and causes. */
  error(event: string, thrown: unknown, facts?: Facts): void
  /** The same log with these facts on every line. */
  child(facts: Facts): Logger
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** A log that writes to `destination` what is at `level` or above. */
export function createLogger(level: LogLevel, destination: DestinationStream): Logger {
  const root = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
  return wrap(root)
}

type PinoLike = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error' | 'child'>

function wrap(inner: PinoLike): Logger {
  return {
    debug: (event, facts = {}) => inner.debug(named(facts), event),
    info: (event, facts = {}) => inner.info(named(facts), event),
    warn: (event, facts = {}) => inner.warn(named(facts), event),
    error: (event, thrown, facts = {}) =>
      inner.error({ ...named(facts), ...describe(thrown) }, event),
    child: (facts) => wrap(inner.child(named(facts))),
  }
}

/** `userId` -> `user_id`. */
function named(facts: Facts): Facts {
  const entries = Object.entries(facts).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ])
  return Object.fromEntries(entries)
}

/** A thrown value as plain data: code and facts of ours, the stack only of what nobody foresaw. */
function describe(thrown: unknown): Record<string, unknown> {
  if (thrown instanceof ViblyError) {
    const cause = thrown.cause === undefined ? {} : { cause: describe(thrown.cause) }
    return { code: thrown.code, reason: thrown.message, ...named(thrown.facts), ...cause }
  }
  if (thrown instanceof Error) return { reason: thrown.message, stack: thrown.stack }
  return { reason: String(thrown) }
}
