/** What one page says of itself, as plain text of whoever wrote it. */
export interface PageFacts {
  readonly title: string
  readonly description: string
  /** Absolute addresses for previews elsewhere; null: leave them out. */
  readonly url: string | null
  readonly imageUrl: string | null
}

/**
 * The page's HTML with its title and OpenGraph description filled in. Everything is escaped for
 * attributes and text alike; nothing a user wrote gets into script or style. [W24]
 *
 * @param html the built page: its `<title>` is replaced, the rest goes before `</head>`.
 */
export function fillShell(html: string, facts: PageFacts): string {
  const head = [
    `<title>${escapeHtml(facts.title)}</title>`,
    metaName('description', facts.description),
    metaProperty('og:site_name', 'Vibly'),
    metaProperty('og:type', 'website'),
    metaProperty('og:title', facts.title),
    metaProperty('og:description', facts.description),
    ...(facts.url === null ? [] : [metaProperty('og:url', facts.url)]),
    ...(facts.imageUrl === null ? [] : [metaProperty('og:image', facts.imageUrl)]),
  ].join('\n    ')
  // A function, since `$&` in a replacement string would be a pattern.
  return html
    .replace(/[ \t]*<title>[^<]*<\/title>\s*?\n?/i, '')
    .replace(/[ \t]*<meta name="description"[^>]*>\s*?\n?/i, '')
    .replace(/<\/head>/i, () => `  ${head}\n  </head>`)
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
  ['`', '&#96;'],
])

/** Text for an element or a quoted attribute: HTML standard §13.1.2.3. Control characters go. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/[&<>"'`]/g, (character) => ENTITIES.get(character) ?? '')
}

function metaName(name: string, content: string): string {
  return `<meta name="${name}" content="${escapeHtml(content)}">`
}

function metaProperty(property: string, content: string): string {
  return `<meta property="${property}" content="${escapeHtml(content)}">`
}
