import type { German } from './german/index.ts'
import { readPreference, writePreference } from './preferences.ts'

/**
 * The languages of the pages, each by its own name. The first is spoken where none is wished for.
 */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof LANGUAGES

/** What the pages speak until they are loaded anew. */
export const language = chooseLanguage(readPreference('language'), wishedTags())

/** For dates and numbers: the visitor's own country where it speaks the language of the pages. */
export const locale = wishedTags().find((tag) => languageOf(tag) === language) ?? language

let german: German | null = null

/** Fetches the sentences of the language that was chosen. Before anything is shown. */
export async function loadLanguage(): Promise<void> {
  document.documentElement.lang = language
  if (language === 'de') ({ german } = await import('./german/index.ts'))
}

/** The part of the catalogue called `name` in the language of the pages. */
export function translated<Name extends keyof German>(
  name: Name,
  english: German[Name],
): German[Name] {
  return german === null ? english : german[name]
}

/** Remembers the choice and shows the page in it. */
export function changeLanguage(chosen: Language): void {
  writePreference('language', chosen)
  location.reload()
}

/**
 * @param chosen what the visitor picked here; null: nothing yet
 * @param wished language tags of the browser, dearest first
 */
export function chooseLanguage(chosen: string | null, wished: readonly string[]): Language {
  const candidates = [chosen, ...wished.map(languageOf)]
  return candidates.find(isLanguage) ?? 'en'
}

function languageOf(tag: string): string {
  return tag.slice(0, 2).toLowerCase()
}

function isLanguage(name: string | null): name is Language {
  return name !== null && Object.hasOwn(LANGUAGES, name)
}

/** None outside of a browser. */
function wishedTags(): readonly string[] {
  return typeof document === 'undefined' ? [] : navigator.languages
}
