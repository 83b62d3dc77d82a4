/**
 * An attribute list (RFC 8216 §4.2): name to value, quotes taken off. Lenient: what is no attribute
 * is passed over, as judging is the rules' work.
 */
export function parseAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, quoted, plain] of text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g)) {
    if (name !== undefined) attributes.set(name, quoted ?? plain ?? '')
  }
  return attributes
}

/** A decimal number; null when it is absent or none. */
export function parseNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null
}

/** The tag's name and what stands behind its colon; null for anything but a tag. */
export function splitTag(line: string): { readonly name: string; readonly value: string } | null {
  if (!line.startsWith('#EXT')) return null
  const colon = line.indexOf(':')
  return colon === -1
    ? { name: line.slice(1), value: '' }
    : { name: line.slice(1, colon), value: line.slice(colon + 1) }
}

/** What RFC 8216 §4 forbids in any playlist: a byte order mark, control characters. */
export function characterFaults(text: string): readonly string[] {
  const faults: string[] = []
  if (text.startsWith('\ufeff')) faults.push('starts with a byte order mark')
  if (text.includes('\ufffd')) faults.push('is not UTF-8')
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const isControl = (code < 0x20 || (code >= 0x7f && code < 0xa0)) && code !== 10 && code !== 13
    if (isControl) return [...faults, `holds the control character 0x${code.toString(16)}`]
  }
  return faults
}
