/** What a key asks of the player; null when it is none of its business. */
export type KeyAction =
  | 'toggle-play'
  | 'toggle-mute'
  | 'toggle-fullscreen'
  | 'toggle-pip'
  | 'go-live'
  | 'louder'
  | 'softer'
  | 'back-5'
  | 'back-10'
  | 'forward-5'
  | 'forward-10'
  | 'slower'
  | 'faster'
  | 'toggle-theatre'
  | 'toggle-chat'
  | `tenth-${number}`

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  ' ': 'toggle-play',
  k: 'toggle-play',
  m: 'toggle-mute',
  f: 'toggle-fullscreen',
  p: 'toggle-pip',
  i: 'toggle-pip',
  t: 'toggle-theatre',
  c: 'toggle-chat',
  j: 'back-10',
  l: 'forward-10',
  '.': 'go-live',
  End: 'go-live',
  Home: 'tenth-0',
  '<': 'slower',
  '>': 'faster',
  ArrowUp: 'louder',
  ArrowDown: 'softer',
  ArrowLeft: 'back-5',
  ArrowRight: 'forward-5',
}

/** Keys that mean something to a focused button, slider or menu and then are theirs. */
const CONTROL_KEYS = new Set([
  ' ',
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
])

/**
 * As on YouTube, so that nobody has to learn them.
 *
 * @param focus where the key was pressed: nothing special, a control of its own, or a text being
 *   written, where every key is a letter
 */
export function decideKey(
  press: { readonly key: string; readonly hasModifier: boolean },
  focus: 'page' | 'control' | 'text',
): KeyAction | null {
  if (press.hasModifier || focus === 'text') return null
  if (focus === 'control' && CONTROL_KEYS.has(press.key)) return null
  if (/^[0-9]$/.test(press.key)) return `tenth-${Number(press.key)}`
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key
  return Object.hasOwn(ACTIONS, key) ? (ACTIONS[key] ?? null) : null
}
