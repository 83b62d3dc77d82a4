/** Words of a search beyond these are ignored. */
const WORDS_MAX = 8

interface Named {
  readonly username: string
  readonly displayName: string
  readonly title: string
}

/**
 * How well a channel fits what was typed: 3 when its name begins with all of it, 2 when every word
 * is in its names, 1 when every word is in its names or title, 0 when not. Capitals, accents and
 * forms of the same letter do not matter.
 */
export function createRanking(query: string): (channel: Named) => 0 | 1 | 2 | 3 {
  const whole = fold(query)
  const words = whole.split(' ').filter(Boolean).slice(0, WORDS_MAX)
  return ({ username, displayName, title }) => {
    if (words.length === 0) return 0
    const name = fold(displayName)
    const names = `${fold(username)} ${name}`
    if (fold(username).startsWith(whole) || name.startsWith(whole)) return 3
    if (words.every((word) => names.includes(word))) return 2
    const all = `${names} ${fold(title)}`
    return words.every((word) => all.includes(word)) ? 1 : 0
  }
}

/**
 * Unicode §5.18 and UAX #15: compatible forms and letters without their marks, one space between.
 */
function fold(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '')
  return plain.toLowerCase().trim().replaceAll(/\s+/g, ' ')
}
