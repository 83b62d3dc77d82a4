/**
 * The browser's memory of this site, for what may be forgotten: in a frame of another site, or
 * where cookies are off, asking for it throws, and then nothing is remembered.
 */
export function recall(name: string): string | null {
  return attempt(() => localStorage.getItem(name))
}

/** null forgets. */
export function remember(name: string, value: string | null): void {
  attempt(() => {
    if (value === null) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
    return null
  })
}

function attempt(access: () => string | null): string | null {
  try {
    return access()
  } catch (thrown) {
    if (thrown instanceof DOMException) return null
    throw thrown
  }
}
