import type { ChatLine } from '../../../client/index.ts'

/** What is being written at the caret and can be completed. */
export interface Completable {
  readonly kind: 'mention' | 'emoji' | 'command'
  /** What stands there after `@`, `:` or `/`, lower case. */
  readonly begun: string
  /** Where that sign stands. */
  readonly from: number
}

export interface Completion {
  /** What takes the place of what was begun. */
  readonly text: string
  /** What the list shows. */
  readonly label: string
  /** A picture of the channel. */
  readonly url?: string
}

const MENTION = /(?:^|[^\p{L}\p{N}_@])@(\w{0,25})$/u
/** Two letters at least, or every colon of a sentence would open a list. */
const EMOJI = /(?:^|\s):(\w{2,32})$/u
const COMMAND = /^\/([a-z]{0,12})$/u
export const COMPLETIONS_MAX = 6

/** What stands before the caret and can be completed; null: nothing. */
export function completableAt(written: string, caret: number): Completable | null {
  const before = written.slice(0, caret)
  const kinds = { mention: MENTION, emoji: EMOJI, command: COMMAND } as const
  for (const kind of ['mention', 'emoji', 'command'] as const) {
    const begun = kinds[kind].exec(before)?.[1]
    if (begun !== undefined) {
      return { kind, begun: begun.toLowerCase(), from: caret - begun.length - 1 }
    }
  }
  return null
}

/**
 * Who wrote lately and whose name begins so, the latest first. Nobody where one is written whole:
 * Enter is to send then.
 */
export function mentionsFor(begun: string, lines: readonly ChatLine[]): readonly Completion[] {
  const names = new Map<string, string>()
  for (const line of lines.toReversed()) {
    if (line.type !== 'message' || names.size >= COMPLETIONS_MAX) continue
    const { username, display_name } = line.user
    const isMeant = [username, display_name].some((name) => name.toLowerCase().startsWith(begun))
    if (username === begun) return []
    if (isMeant && !names.has(username)) names.set(username, display_name)
  }
  return [...names].map(([username, name]) => ({
    text: `@${username} `,
    label: name.toLowerCase() === username ? name : `${name} @${username}`,
  }))
}

/**
 * The channel's pictures, then signs, whose name holds what was begun; those that begin so first.
 */
export function emojiFor(
  begun: string,
  emotes: ReadonlyMap<string, string>,
  signs: readonly { readonly name: string; readonly sign: string }[],
): readonly Completion[] {
  const found = [
    ...[...emotes].map(([name, url]) => ({ name, text: `:${name}: `, label: `:${name}:`, url })),
    ...signs.map(({ name, sign }) => ({ name, text: `${sign} `, label: `${sign} :${name}:` })),
  ].filter(({ name }) => name.includes(begun))
  const rank = (name: string): number => (name.startsWith(begun) ? 0 : 1)
  return found
    .toSorted((one, other) => rank(one.name) - rank(other.name))
    .slice(0, COMPLETIONS_MAX)
    .map(({ name, ...completion }) => completion)
}
