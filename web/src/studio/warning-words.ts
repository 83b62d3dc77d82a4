import { studioText } from '../strings-studio.ts'

/**
 * What a warning means, and what helps; empty where only its code is known, as from a newer server.
 */
export function sayWarning(code: string): { readonly what: string; readonly remedy: string } {
  const { warnings, otherWarning } = studioText.health
  const known = Object.entries(warnings).find(([name]) => name === code)
  return known === undefined ? { what: otherWarning(code), remedy: '' } : known[1]
}
