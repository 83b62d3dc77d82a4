/** Control characters, line and paragraph separators. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu
/** As above, but a line may end: U+000A stays. */
const CONTROLS_BUT_NEWLINE = /(?!\n)[\p{Cc}\u2028\u2029]/gu
/** What turns the direction of text around (UAX #9 §2) and lets one text pose as another. */
const BIDI = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

/**
 * What someone wrote, as one line for people to read: well-formed, NFC, without control and
 * direction characters, white space made one space, trimmed. A second time changes nothing.
 */
export function plainLine(text: string): string {
  return (
    text
      .toWellFormed()
      .replaceAll(BIDI, '')
      .replaceAll(/\s+/gu, ' ')
      .replaceAll(CONTROLS, '')
      // What was taken out may have stood between two spaces, or between a letter and its mark.
      .replaceAll(/ +/g, ' ')
      .normalize('NFC')
      .trim()
  )
}

/**
 * As `plainLine`, but lines and inner spaces stay; more than one empty line in a row becomes one.
 */
export function plainParagraphs(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(BIDI, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(CONTROLS_BUT_NEWLINE, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .normalize('NFC')
    .trim()
}
