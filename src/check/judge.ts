import { RULES, type Verdict } from './rules/index.ts'
import type { Observation } from './watching/index.ts'

/** Judges what was seen by every rule. Pure. */
export function judge(seen: Observation): readonly Verdict[] {
  return RULES.map(({ id, level, sentence, judge: look }) => ({
    id,
    level,
    sentence,
    ...look(seen),
  }))
}

/** Whether the rules that must be kept are kept, as far as they were seen. */
export function isConformant(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ level, outcome }) => level !== 'MUST' || outcome !== 'broken')
}
