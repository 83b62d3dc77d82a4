/** A length of time as people say it on a clock: `4:07`, `1:02:09`. Negative counts as zero. */
export function formatClock(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const hours = Math.floor(seconds / 3600)
  return hours > 0 ? `${hours}:${tail}` : tail.replace(/^0(?=\d)/, '')
}

/** A count that fits a label: `999`, `1.2K`, `34K`, `1.5M`. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(
    Math.max(0, count),
  )
}

/** Up to two letters that stand for a name where there is no picture. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
  const first = [...(words[0] ?? '?')][0] ?? '?'
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : ''
  return `${first}${last}`.toUpperCase()
}

/** A hue in degrees, the same for the same name on every machine. */
export function hueOf(name: string): number {
  let hash = 0
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 3600
  return hash % 360
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
