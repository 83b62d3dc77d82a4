import { escapeHtml } from './escape-html.ts'
import type { PageLanguage } from './page-words.ts'

/** What one page says of itself, as plain text of whoever wrote it. */
export interface PageFacts {
  readonly title: string
  readonly description: string
  /** The one address of this page, from `/` on; null: it has none, as an error has none. */
  readonly path: string | null
  /** A picture for previews elsewhere, from `/` on. */
  readonly imagePath: string | null
  readonly kind: 'website' | 'video.other'
  /** null: none that could be played. */
  readonly video: PageVideo | null
  /** For those without script: HTML, escaped already. Script replaces it. */
  readonly body: string
  /**
   * Answers of the API by their path, so that the page need not ask at once for what it was made
   * of.
   */
  readonly answers: Readonly<Record<string, unknown>>
}

/** A video as search engines and programs that record read it: schema.org/VideoObject. */
export interface PageVideo {
  readonly name: string
  readonly author: string
  /** ISO 8601. */
  readonly startedAt: string
  /** null: it is live. */
  readonly duration: { readonly seconds: number } | null
  /** Playlist or file, from `/` on. */
  readonly contentPath: string
}

/** How this visitor gets every page. */
export interface PageLook {
  readonly language: PageLanguage
  /** null: as the system has it. */
  readonly theme: 'light' | 'dark' | null
  /** Scheme, host and port for absolute addresses; null: not known, so previews get none. */
  readonly origin: string | null
  /** `<link>` elements of files this page will need, made by us. */
  readonly links: readonly string[]
}

/**
 * The page's HTML with its head, its text for those without script and its data filled in. All that
 * people wrote is escaped for attributes and text alike, and for JSON in a script element. [W24]
 *
 * @param html the built page: its `<title>` is replaced, what belongs to the head goes before
 *   `</head>`.
 */
export function fillShell(html: string, facts: PageFacts, look: PageLook): string {
  const { origin } = look
  const absolute = (path: string | null): string | null =>
    origin === null || path === null ? null : `${origin}${path}`
  const url = absolute(facts.path)
  const image = absolute(facts.imagePath)
  const head = [
    `<title>${escapeHtml(facts.title)}</title>`,
    metaName('description', facts.description),
    ...(facts.path === null
      ? []
      : [`<link rel="canonical" href="${escapeHtml(url ?? facts.path)}">`]),
    metaProperty('og:site_name', 'Vibly'),
    metaProperty('og:type', facts.kind),
    metaProperty('og:title', facts.title),
    metaProperty('og:description', facts.description),
    ...(url === null ? [] : [metaProperty('og:url', url)]),
    ...(image === null ? [] : [metaProperty('og:image', image)]),
    metaName('twitter:card', image === null ? 'summary' : 'summary_large_image'),
    ...(facts.video === null || origin === null
      ? []
      : [dataElement('type="application/ld+json"', describeVideo(facts, facts.video, origin))]),
    ...look.links,
  ].join('\n    ')
  const theme = look.theme === null ? '' : ` data-theme="${look.theme}"`
  // Functions, since `$&` in a replacement string would be a pattern.
  return html
    .replace(/<html[^>]*>/i, () => `<html lang="${look.language}"${theme}>`)
    .replace(/[ \t]*<title>[^<]*<\/title>\s*?\n?/i, '')
    .replace(/[ \t]*<meta name="description"[^>]*>\s*?\n?/i, '')
    .replace(/<\/head>/i, () => `  ${head}\n  </head>`)
    .replace(/<div id="app"><\/div>/i, () => `<div id="app">${facts.body}</div>${dataOf(facts)}`)
}

/**
 * JSON-LD of a video. Without it, programs such as yt-dlp take a live channel for a video that ends
 * where the list ended when they came.
 */
function describeVideo(facts: PageFacts, video: PageVideo, origin: string): object {
  const { name, author, startedAt, duration, contentPath } = video
  return {
    '@context': 'https://schema.org',
    '@type': 'VideoObject',
    name,
    description: facts.description,
    ...(facts.imagePath !== null && { thumbnailUrl: origin + facts.imagePath }),
    uploadDate: startedAt,
    author: { '@type': 'Person', name: author },
    contentUrl: origin + contentPath,
    ...(duration === null
      ? { publication: { '@type': 'BroadcastEvent', isLiveBroadcast: true, startDate: startedAt } }
      : { duration: `PT${Math.round(duration.seconds)}S` }),
  }
}

function dataOf({ answers }: PageFacts): string {
  if (Object.keys(answers).length === 0) return ''
  return `\n    ${dataElement('type="application/json" id="answers"', answers)}`
}

/** Data, not script: browsers run nothing of these types, and `<` cannot end the element. */
function dataElement(attributes: string, data: object): string {
  const json = JSON.stringify(data).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `<script ${attributes}>${json}</script>`
}

function metaName(name: string, content: string): string {
  return `<meta name="${name}" content="${escapeHtml(content)}">`
}

function metaProperty(property: string, content: string): string {
  return `<meta property="${property}" content="${escapeHtml(content)}">`
}
