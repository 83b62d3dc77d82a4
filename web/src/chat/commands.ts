import type { ChatCommand } from '../../../client/index.ts'

/** What a moderator wrote after a slash. A name is a username, still to be looked up. */
export type SlashCommand =
  | { readonly kind: 'frame'; readonly frame: ChatCommand }
  | {
      readonly kind: 'ban'
      readonly name: string
      readonly durationS: number | null
      readonly reason: string
    }
  | { readonly kind: 'unban' | 'mod' | 'unmod'; readonly name: string }
  /** It is none of these words, or something is missing after it. */
  | { readonly kind: 'wrong'; readonly usage: string }

const USAGE = {
  announce: '/announce TEXT',
  ban: '/ban NAME [REASON]',
  timeout: '/timeout NAME [SECONDS] [REASON]',
  unban: '/unban NAME',
  mod: '/mod NAME',
  unmod: '/unmod NAME',
  slow: '/slow SECONDS, or /slow 0',
  followers: '/followers on, or /followers off',
  emoteonly: '/emoteonly on, or /emoteonly off',
} as const

const TIMEOUT_S = 600

/** How the commands are written whose names begin so, each by its name; none where one is whole. */
export function commandsFor(begun: string): readonly { name: string; usage: string }[] {
  if (Object.hasOwn(USAGE, begun)) return []
  return Object.entries(USAGE)
    .filter(([name]) => name.startsWith(begun))
    .map(([name, usage]) => ({ name, usage }))
}

/**
 * Reads what begins with a slash. Null for everything that is an ordinary message: text without
 * one, and `/me`, which the server understands.
 */
export function parseSlash(written: string): SlashCommand | null {
  const [, word, rest = ''] = /^\/([a-z]+)(?:\s+(.*))?$/su.exec(written.trim()) ?? []
  if (word === undefined || word === 'me') return null
  const [first = '', ...others] = rest.split(/\s+/)
  const name = first.replace(/^@/, '')
  const wrong = { kind: 'wrong', usage: usageOf(word) } as const
  switch (word) {
    case 'announce':
      return rest === '' ? wrong : { kind: 'frame', frame: { type: 'announce', content: rest } }
    case 'ban':
      return name === '' ? wrong : { kind: 'ban', name, durationS: null, reason: others.join(' ') }
    case 'timeout':
      return name === '' ? wrong : timeout(name, others)
    case 'unban':
    case 'mod':
    case 'unmod':
      return name === '' ? wrong : { kind: word, name }
    case 'slow':
      return /^\d{1,3}$/.test(first) ? settings({ slow_mode_s: Number(first) }) : wrong
    case 'followers':
      return isSwitch(first) ? settings({ followers_only: first === 'on' }) : wrong
    case 'emoteonly':
      return isSwitch(first) ? settings({ emotes_only: first === 'on' }) : wrong
    default:
      return wrong
  }
}

function timeout(name: string, words: readonly string[]): SlashCommand {
  const isTimed = /^\d{1,7}$/.test(words[0] ?? '')
  const durationS = isTimed ? Number(words[0]) : TIMEOUT_S
  return { kind: 'ban', name, durationS, reason: words.slice(isTimed ? 1 : 0).join(' ') }
}

function settings(change: object): SlashCommand {
  return { kind: 'frame', frame: { type: 'settings', ...change } }
}

function isSwitch(word: string): boolean {
  return word === 'on' || word === 'off'
}

function usageOf(word: string): string {
  const known = Object.entries(USAGE).find(([name]) => name === word)?.[1]
  return known ?? Object.values(USAGE).join(' · ')
}
