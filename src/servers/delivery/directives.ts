import type { Directives } from '../../live/index.ts'

export const NO_DIRECTIVES: Directives = { target: null, isDelta: false }

/** More digits are no number that any playlist will ever reach. */
const NUMBER_PATTERN = /^\d{1,9}$/
/** `v2` also leaves out old date ranges; there are none here. */
const SKIP_VALUES = ['YES', 'v2']

/**
 * Reads the directives `_HLS_msn`, `_HLS_part` and `_HLS_skip` in the query of a playlist's address
 * (RFC 8216bis §6.2.5). Strictly: whole numbers in plain digits, each directive once, a part only
 * with its segment. Everything else in the query is for others and ignored. [LL09]
 *
 * @returns the directives, or the name of the first that is wrong.
 */
export function parseDirectives(query: string): Directives | { readonly invalid: string } {
  // Nearly all requests of players that do not know low latency.
  if (query === '') return NO_DIRECTIVES
  const given = new URLSearchParams(query)
  for (const name of ['_HLS_msn', '_HLS_part']) {
    const values = given.getAll(name)
    if (values.length > 1 || values.some((value) => !NUMBER_PATTERN.test(value))) {
      return { invalid: name }
    }
  }
  const skips = given.getAll('_HLS_skip')
  if (skips.length > 1 || skips.some((value) => !SKIP_VALUES.includes(value))) {
    return { invalid: '_HLS_skip' }
  }
  const msn = given.get('_HLS_msn')
  const part = given.get('_HLS_part')
  if (msn === null && part !== null) return { invalid: '_HLS_part' }
  const target =
    msn === null ? null : { msn: Number(msn), part: part === null ? null : Number(part) }
  return { target, isDelta: skips.length > 0 }
}
