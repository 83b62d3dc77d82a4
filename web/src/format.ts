import { locale } from './language.ts'

/** A length of time as people say it on a clock: `4:07`, `1:02:09`. Negative counts as zero. */
export function formatClock(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000))
  const tail = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const hours = Math.floor(seconds / 3600)
  return hours > 0 ? `${hours}:${tail}` : tail.replace(/^0(?=\d)/, '')
}

/** A count that fits a label: `999`, `1.2K`, `34K`, `1.5M`. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(
    Math.max(0, count),
  )
}

/** A day as people write it where the visitor is: `14 March 2026`. */
export function formatDate(timeMs: number): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(timeMs)
}

/** How long ago something was, in the largest unit that fits: `3 hours ago`, `yesterday`. */
export function formatAgo(timeMs: number, nowMs: number): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const seconds = Math.min(0, Math.round((timeMs - nowMs) / 1000))
  const [unit, unitS] = AGO_UNITS.find(([, lengthS]) => -seconds >= lengthS) ?? ['second', 1]
  return words.format(Math.round(seconds / unitS), unit)
}

/** The largest first, in seconds. */
const AGO_UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** Seconds of a `t` in an address: `1h2m3s`, `95`, `2m`; null: it says no time. */
export function parseMoment(text: string): number | null {
  const found = /^(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s?)?$/.exec(text)
  if (found === null || text === '') return null
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0))
  return hours * 3_600 + minutes * 60 + seconds
}

/** The other way: `1h2m3s`. Whole seconds. */
export function formatMoment(positionS: number): string {
  const whole = Math.max(0, Math.floor(positionS))
  const parts = [
    [Math.floor(whole / 3_600), 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`)
  return said.join('') || '0s'
}

/** A number as the visitor's country writes it, with exactly so many digits behind the point. */
export function formatNumber(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)
}

/** A day and a time as the visitor's country writes them, from ISO 8601. */
export function formatDateTime(time: string): string {
  const form = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  return form.format(new Date(time))
}

/** So many bytes in the unit that people say: `999 B`, `1.2 MB`, `34 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const at = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[at] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: at < 2 ? 0 : 1,
  }).format(bytes / 1000 ** at)
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
