/** The rules, by what they are about, gathered in the order of their ids. */
import { BLOCKING_RULES } from './blocking.ts'
import { CHANGE_RULES } from './change.ts'
import { DELIVERY_RULES } from './delivery.ts'
import { LATENCY_RULES } from './latency.ts'
import { MASTER_RULES } from './master.ts'
import { PLAYLIST_RULES } from './playlist.ts'
import type { Rule } from './rule.ts'
import { SEGMENT_RULES } from './segment.ts'
import { TRANSPORT_RULES } from './transport.ts'
import { TWIN_RULES } from './twins.ts'

export type { Verdict } from './rule.ts'

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

function groupOf(id: string): number {
  return GROUPS.indexOf(id.replace(/\d+$/, ''))
}
