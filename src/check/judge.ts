import type { Observation } from './observation.ts'
import type { Rule, Verdict } from './rule.ts'
import { BLOCKING_RULES } from './rules/blocking.ts'
import { CHANGE_RULES } from './rules/change.ts'
import { DELIVERY_RULES } from './rules/delivery.ts'
import { LATENCY_RULES } from './rules/latency.ts'
import { MASTER_RULES } from './rules/master.ts'
import { PLAYLIST_RULES } from './rules/playlist.ts'
import { SEGMENT_RULES } from './rules/segment.ts'
import { TRANSPORT_RULES } from './rules/transport.ts'
import { TWIN_RULES } from './rules/twins.ts'

const GROUPS = ['H', 'M', 'D', 'LL']

/** Every rule, in the order of the ids; one id may have several, of different levels. */
export const RULES: readonly Rule[] = [
  ...PLAYLIST_RULES,
  ...CHANGE_RULES,
  ...SEGMENT_RULES,
  ...TWIN_RULES,
  ...MASTER_RULES,
  ...DELIVERY_RULES,
  ...TRANSPORT_RULES,
  ...LATENCY_RULES,
  ...BLOCKING_RULES,
].toSorted((a, b) => groupOf(a.id) - groupOf(b.id) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

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

function groupOf(id: string): number {
  return GROUPS.indexOf(id.replace(/\d+$/, ''))
}
