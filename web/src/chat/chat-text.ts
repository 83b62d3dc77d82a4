/** A piece of a message: everything is text, some of it means something. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'mention'; readonly text: string; readonly isMe: boolean }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'emote'; readonly text: string; readonly url: string }

/** Pictures of a channel: address by name. */
export type EmoteUrls = ReadonlyMap<string, string>

export const NO_EMOTES: EmoteUrls = new Map()

const PIECE = /https?:\/\/[^\s<>"']+|(?<![\p{L}\p{N}_@])@\w{3,25}|:[a-z0-9_]{1,32}:/giu
/** Ends a sentence rather than an address. */
const TAIL = /[.,;:!?)\]}]+$/

/**
 * Splits what somebody wrote at its links and mentions. Links are http and https only, so no part
 * ever runs anything. [W24]
 *
 * @param mentions user names, lower case, as the server found them
 * @param username of who reads it, lower case; null: nobody signed in
 */
export function splitText(
  content: string,
  mentions: readonly string[],
  username: string | null,
  emotes: EmoteUrls = NO_EMOTES,
): readonly TextPart[] {
  const parts: TextPart[] = []
  let from = 0
  for (const match of content.matchAll(PIECE)) {
    const part = emoteOf(match[0], emotes) ?? partOf(match[0], mentions, username)
    if (part === null) continue
    if (match.index > from) parts.push({ kind: 'text', text: content.slice(from, match.index) })
    parts.push(part)
    from = match.index + part.text.length
  }
  if (from < content.length) parts.push({ kind: 'text', text: content.slice(from) })
  return parts
}

function emoteOf(piece: string, emotes: EmoteUrls): TextPart | null {
  const url = piece.startsWith(':') ? emotes.get(piece.slice(1, -1)) : undefined
  return url === undefined ? null : { kind: 'emote', text: piece, url }
}

function partOf(
  piece: string,
  mentions: readonly string[],
  username: string | null,
): TextPart | null {
  if (piece.startsWith('@')) {
    const name = piece.slice(1).toLowerCase()
    if (!mentions.includes(name)) return null
    return { kind: 'mention', text: piece, isMe: name === username }
  }
  if (piece.startsWith(':')) return null
  const text = piece.replace(TAIL, '')
  return URL.canParse(text) ? { kind: 'link', text, href: text } : null
}

/** The longest message, in code points: what the server counts. */
export const CONTENT_CHARACTERS_MAX = 500

export function countCharacters(text: string): number {
  return [...text].length
}
