import type { Observation } from '../watching/index.ts'

export type Level = 'MUST' | 'SHOULD' | 'GOAL'

/** What a rule found. `evidence` are whole phrases; of a broken rule, one for each fault. */
export interface Finding {
  readonly outcome: 'ok' | 'broken' | 'not seen'
  readonly evidence: readonly string[]
}

/** One rule as data, with the pure function that judges by it. */
export interface Rule {
  readonly id: string
  readonly level: Level
  /** What it asks for, in one sentence. */
  readonly sentence: string
  readonly judge: (seen: Observation) => Finding
}

export interface Verdict extends Finding {
  readonly id: string
  readonly level: Level
  readonly sentence: string
}

const FAULTS_MAX = 50

/**
 * The finding for a rule that looked at `count` things: broken when there are faults, not seen when
 * there was nothing to look at.
 */
export function finding(
  faults: readonly string[],
  count: number,
  what: string,
  unseen: string,
): Finding {
  if (faults.length > 0) {
    return { outcome: 'broken', evidence: faults.slice(0, FAULTS_MAX).map(withoutQueries) }
  }
  return count > 0
    ? { outcome: 'ok', evidence: [count === 1 ? `1 ${singular(what)}` : `${count} ${what}`] }
    : { outcome: 'not seen', evidence: [unseen] }
}

/**
 * What stands behind the ? of an address is often a token, and evidence is printed and passed on.
 */
function withoutQueries(text: string): string {
  return text.replaceAll(/\?\S+?(?=[\s:;,"]|$)/g, '?…')
}

/** The first word is what is counted. */
function singular(what: string): string {
  return what.replace(/^(\S{2,})s(?= |$)/, '$1')
}

/** Runs `look` on each thing and collects what it says; null means nothing is wrong. */
export function faultsOf<T>(
  things: Iterable<T>,
  look: (thing: T) => string | readonly string[] | null,
): readonly string[] {
  const faults: string[] = []
  for (const thing of things) {
    const found = look(thing)
    if (found === null) continue
    if (typeof found === 'string') faults.push(found)
    else faults.push(...found)
  }
  return [...new Set(faults)]
}

/** Each thing with the one before it. */
export function pairs<T>(things: readonly T[]): readonly (readonly [T, T])[] {
  const found: [T, T][] = []
  let before: T | null = null
  for (const thing of things) {
    if (before !== null) found.push([before, thing])
    before = thing
  }
  return found
}

/** Seconds for people: at most three decimals. */
export function inSeconds(seconds: number): string {
  return `${Number(seconds.toFixed(3))} s`
}
