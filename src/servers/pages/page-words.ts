import type { IncomingHttpHeaders } from 'node:http'

/** The languages of the pages: those of the catalogue in `web/src`. */
export type PageLanguage = 'en' | 'de'

/** The few sentences that a page says before or without its script. */
export const PAGE_WORDS = {
  en: {
    home: 'Live now: watch, and chat while it happens.',
    studio: 'Studio',
    admin: 'Administration',
    signUp: 'Sign up',
    missing: 'Nothing here',
    missingText: 'There is nothing at this address.',
    missingAction: 'See who is live',
    on: (name: string) => `${name} on Vibly`,
    liveNow: 'Live now',
    live: 'Live',
    nobody: 'Nobody is live right now',
    recent: 'Recent broadcasts',
    found: (words: string) => `Found for “${words}”`,
    foundNothing: 'No channel has that in its name or title.',
    untitled: 'Untitled broadcast',
    viewers: (count: number) => (count === 1 ? '1 viewer' : `${count} viewers`),
    search: 'Search',
    playlist: 'Live: the video, for browsers that play HLS and for players such as VLC',
    script: 'Vibly needs JavaScript to chat, and to play video in most browsers.',
  },
  de: {
    home: 'Jetzt live: zusehen und mitreden, während es geschieht.',
    studio: 'Studio',
    admin: 'Verwaltung',
    signUp: 'Anmelden',
    missing: 'Hier ist nichts',
    missingText: 'Unter dieser Adresse gibt es nichts.',
    missingAction: 'Sehen, wer live ist',
    on: (name: string) => `${name} auf Vibly`,
    liveNow: 'Jetzt live',
    live: 'Live',
    nobody: 'Gerade ist niemand live',
    recent: 'Letzte Sendungen',
    found: (words: string) => `Gefunden zu „${words}“`,
    foundNothing: 'Kein Kanal hat das im Namen oder Titel.',
    untitled: 'Sendung ohne Titel',
    viewers: (count: number) => (count === 1 ? '1 sieht zu' : `${count} sehen zu`),
    search: 'Suche',
    playlist: 'Live: das Video, für Browser, die HLS abspielen, und für Programme wie VLC',
    script:
      'Vibly braucht JavaScript, um zu chatten und um in den meisten Browsern Video zu zeigen.',
  },
} as const

export type PageWords = (typeof PAGE_WORDS)[PageLanguage]

/** What the visitor chose on the pages, else the first language of the browser that there is. */
export function languageOf(headers: IncomingHttpHeaders): PageLanguage {
  const chosen = cookieOf(headers, 'vibly_language')
  const wished = (headers['accept-language'] ?? '')
    .split(',')
    .slice(0, 20)
    .map((range) => range.trim().slice(0, 2).toLowerCase())
  return [chosen, ...wished].find((name) => name === 'en' || name === 'de') ?? 'en'
}

/** The colours chosen on the pages; null: none were. */
export function themeOf(headers: IncomingHttpHeaders): 'light' | 'dark' | null {
  const chosen = cookieOf(headers, 'vibly_theme')
  return chosen === 'light' || chosen === 'dark' ? chosen : null
}

function cookieOf(headers: IncomingHttpHeaders, name: string): string | null {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? null
}
