import { plainLine, plainParagraphs, ViblyError } from '../base/index.ts'

/**
 * As `plainLine`.
 *
 * @throws ViblyError `accounts.text-too-long` when more than `charactersMax` code points are left.
 */
export function cleanLine(field: string, text: string, charactersMax: number): string {
  return checked(field, plainLine(text), charactersMax)
}

/** As `plainParagraphs`, else as `cleanLine`. */
export function cleanParagraphs(field: string, text: string, charactersMax: number): string {
  return checked(field, plainParagraphs(text), charactersMax)
}

function checked(field: string, text: string, charactersMax: number): string {
  if ([...text].length > charactersMax) {
    throw new ViblyError('accounts.text-too-long', { field, charactersMax })
  }
  return text
}
