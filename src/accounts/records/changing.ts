import { ViblyError } from '../../base/index.ts'
import type { Records, Versioned } from '../../ports/index.ts'

/** Somebody else changing the same record this many times in a row is no accident any more. */
const ATTEMPTS_MAX = 10

/**
 * Changes the record `id` by a pure function, again when another change came between. The function
 * gets null when there is no such record, and answers null to leave everything as it is.
 *
 * @returns what is stored now; null when the function answered null.
 * @throws ViblyError `accounts.busy` after ten lost races.
 */
export async function changeRecord<T extends { readonly id: string }>(
  records: Records<T>,
  id: string,
  change: (before: T | null) => T | null,
): Promise<T | null> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const found: Versioned<T> | null = await records.get(id)
    const after = change(found?.value ?? null)
    if (after === null) return null
    if (await records.put(after, found?.version ?? 0)) return after
  }
  throw new ViblyError('accounts.busy')
}

/** Removes the record whatever its version; says whether it was there. */
export async function removeRecord<T extends { readonly id: string }>(
  records: Records<T>,
  id: string,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const found = await records.get(id)
    if (found === null) return false
    if (await records.remove(id, found.version)) return true
  }
  throw new ViblyError('accounts.busy')
}
