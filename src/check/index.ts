/**
 * Judges any HLS or low-latency HLS address from outside: watches it as a player would and holds
 * what it saw against the rules. Knows nothing of Vibly's own server: it must not be kinder to it.
 */
export { isConformant, judge } from './judge.ts'
export { encodeReport, formatReport } from './report.ts'
export type { Verdict } from './rules/index.ts'
export { type Observation, observe } from './watching/index.ts'
