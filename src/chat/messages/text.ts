import { plainLine, ViblyError } from '../../base/index.ts'

export const CONTENT_CHARACTERS_MAX = 500
/** Longest quote of a parent inside a reply. */
const QUOTE_CHARACTERS_MAX = 140
const MENTIONS_MAX = 20

/** More marks on one letter than any script uses: text that climbs over other people's lines. */
const STACKED_MARKS = /(\p{M}{6})\p{M}+/gu
const MENTION = /(?<![\p{L}\p{N}_@])@([a-z0-9_]{3,25})\b/giu
const LINK =
  /\b(?:https?:\/\/|www\.)\S|(?<![\p{L}\p{N}@])[\p{L}\p{N}-]{1,63}\.(?:com|net|org|io|tv|gg|me|co|ly|app|dev|xyz|info|ru|de|uk|fr)\b/iu
const EMOJI_ONLY = /^(?:\p{RGI_Emoji}|:[a-z0-9_+\-]{1,32}:|\s)+$/v
/**
 * Characters that are written but not seen: Default_Ignorable_Code_Point, and the empty Braille
 * cell.
 */
const INVISIBLE = /[\p{DI}\u2800]/gu

/**
 * What a chatter wrote as one line for people to read, without marks that climb over others. [W24]
 *
 * @throws ViblyError `chat.content-invalid` unless 1 to 500 code points are left.
 */
export function cleanContent(text: string): string {
  const content = plainLine(text).replaceAll(STACKED_MARKS, '$1')
  const characters = [...content].length
  const isSeen = content.replaceAll(INVISIBLE, '').trim() !== ''
  if (!isSeen || characters > CONTENT_CHARACTERS_MAX) {
    throw new ViblyError('chat.content-invalid', { charactersMax: CONTENT_CHARACTERS_MAX })
  }
  return content
}

/** The beginning of a message, for the reply that quotes it. */
export function quoteOf(content: string): string {
  return [...content].slice(0, QUOTE_CHARACTERS_MAX).join('')
}

/** User names after an `@`, lower case, each once. */
export function mentionsOf(content: string): readonly string[] {
  const names = [...content.matchAll(MENTION)].map(([, name]) => name?.toLowerCase() ?? '')
  return [...new Set(names)].slice(0, MENTIONS_MAX)
}

/** Whether it has an address: with a scheme, with www., or under a usual top-level domain. */
export function hasLink(content: string): boolean {
  return LINK.test(content)
}

/** Whether it is nothing but names of emotes and emoji. */
export function isEmotesOnly(content: string): boolean {
  return EMOJI_ONLY.test(content)
}

/**
 * A form in which two spellings of the same are equal: case, width, invisible characters, spaces.
 */
export function foldText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(INVISIBLE, '')
    .replaceAll(/\s+/gu, ' ')
    .trim()
}

/**
 * The first of `patterns` that stands in the text as whole words; null when none does. In a pattern
 * `*` stands for any letters; there is nothing else, so no pattern can take long.
 */
export function findBlocked(content: string, patterns: readonly string[]): string | null {
  const words = wordsOf(content)
  return patterns.find((pattern) => isPhraseIn(words, wordsOf(pattern))) ?? null
}

function wordsOf(text: string): readonly string[] {
  return foldText(text).match(/[\p{L}\p{N}\p{M}*'@$_-]+/gu) ?? []
}

function isPhraseIn(words: readonly string[], phrase: readonly string[]): boolean {
  if (phrase.length === 0) return false
  return words.some((_, at) => phrase.every((part, n) => matchesWord(words[at + n] ?? '', part)))
}

/** Greedy matching of `*`: the pieces between the stars must come in order. Linear in the word. */
function matchesWord(word: string, pattern: string): boolean {
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  if (pieces.length === 1) return word === pattern
  if (!word.startsWith(first) || !word.endsWith(last)) return false
  if (word.length < first.length + last.length) return false
  let at = first.length
  const end = word.length - last.length
  for (const piece of pieces.slice(1, -1)) {
    const found = word.indexOf(piece, at)
    if (found === -1 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
