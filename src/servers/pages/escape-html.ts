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
