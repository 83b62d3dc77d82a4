import { dictionary } from '@zxcvbn-ts/language-common'
import { type Secret, ViblyError } from '../../base/index.ts'

/** In characters as people count them: an emoji of one code point is one. [W02] */
export const PASSWORD_CHARACTERS_MIN = 8
/** Far above any pass phrase; bounds the work of one hash. */
export const PASSWORD_CHARACTERS_MAX = 256
/** What must be left of a password besides words that anyone would guess of this user. */
const OWN_CHARACTERS_MIN = 4
/** Shorter words are in too many good passwords by accident. */
const CONTEXT_WORD_CHARACTERS_MIN = 3

/** Some 18 000 of the passwords most used, all lower case. */
const COMMON = new Set(
  dictionary['passwords-common'].filter((word) => word.length >= PASSWORD_CHARACTERS_MIN),
)

/**
 * Refuses what is too short, too long, or among the first guesses of an attacker: common passwords,
 * one character again and again, and the user's own names with a digit or two. Asks for no mixture
 * of kinds of characters and changes nothing. [W02]
 *
 * @param context what is publicly known of the user: email address, username, display name.
 * @throws ViblyError `accounts.password-length`, `accounts.password-common`
 */
export function checkPassword(password: Secret, context: readonly string[]): void {
  const text = password.reveal()
  const characters = [...text].length
  if (characters < PASSWORD_CHARACTERS_MIN || characters > PASSWORD_CHARACTERS_MAX) {
    throw new ViblyError('accounts.password-length', {
      charactersMin: PASSWORD_CHARACTERS_MIN,
      charactersMax: PASSWORD_CHARACTERS_MAX,
    })
  }
  const lower = text.toLowerCase()
  if (COMMON.has(lower) || new Set(lower).size === 1 || isGuessable(lower, context)) {
    throw new ViblyError('accounts.password-common')
  }
}

function isGuessable(lower: string, context: readonly string[]): boolean {
  const words = ['vibly', ...context.flatMap((text) => [text, ...text.split(/[@.\s_-]+/)])]
    .map((word) => word.toLowerCase())
    .filter((word) => word.length >= CONTEXT_WORD_CHARACTERS_MIN)
    // Longest first, or `bob` would leave the half of `bobby`.
    .sort((a, b) => b.length - a.length)
  const own = words.reduce((left, word) => left.replaceAll(word, ''), lower)
  return own !== lower && [...own].length < OWN_CHARACTERS_MIN
}
