const YEAR_S = 31_536_000

/** What a visitor chose about the pages themselves, without an account. */
export type PreferenceName = 'language' | 'theme'

/**
 * What was chosen here before; null: nothing. Kept in a cookie and not in storage, so that the
 * server can write it into the page and nothing flashes in the other colours first.
 */
export function readPreference(name: PreferenceName): string | null {
  if (typeof document === 'undefined') return null
  const start = `vibly_${name}=`
  const pair = document.cookie.split('; ').find((text) => text.startsWith(start))
  return pair?.slice(start.length) ?? null
}

/** @param value small letters only; null forgets */
export function writePreference(name: PreferenceName, value: string | null): void {
  const life = value === null ? 0 : YEAR_S
  // The Cookie Store API is not in every browser that plays HLS.
  Reflect.set(
    document,
    'cookie',
    `vibly_${name}=${value ?? ''}; Path=/; Max-Age=${life}; SameSite=Lax`,
  )
}
