import { ViblyError } from '../base/index.ts'

/** Control characters, line and paragraph separators. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu
/** As above, but a line may end: U+000A stays. */
const CONTROLS_BUT_NEWLINE = /(?!\n)[\p{Cc}\u2028\u2029]/gu
/** Everything that turns the direction of text around (UAX #9 §2), with which one text can pose as another. */
const BIDI = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/**
 * One line for people to read: well-formed, NFC, without control and direction characters, runs of
 * white space made one space, trimmed.
 *
 * @throws ViblyError `accounts.text-too-long` when more than `charactersMax` code points are left.
 */
export function cleanLine(field: string, text: string, charactersMax: number): string {
  const line = normal(text).replaceAll(/\s+/gu, ' ').replaceAll(CONTROLS, '')
  return checked(field, line.trim(), charactersMax)
}

/** As `cleanLine`, but lines and inner spaces stay; more than one empty line in a row becomes one. */
export function cleanParagraphs(field: string, text: string, charactersMax: number): string {
  const lines = normal(text).replaceAll(/\r\n?/g, '\n').replaceAll(CONTROLS_BUT_NEWLINE, '')
  return checked(field, lines.replaceAll(/\n{3,}/g, '\n\n').trim(), charactersMax)
}

function normal(text: string): string {
  return text.toWellFormed().normalize('NFC').replaceAll(BIDI, '')
}

function checked(field: string, text: string, charactersMax: number): string {
  if ([...text].length > charactersMax) {
    throw new ViblyError('accounts.text-too-long', { field, charactersMax })
  }
  return text
}
