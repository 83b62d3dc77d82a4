/** What a key asks of the player; null when it is none of its business. */
export type KeyAction =
  | 'toggle-play'
  | 'toggle-mute'
  | 'toggle-fullscreen'
  | 'toggle-pip'
  | 'go-live'
  | 'louder'
  | 'softer'

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  ' ': 'toggle-play',
  k: 'toggle-play',
  m: 'toggle-mute',
  f: 'toggle-fullscreen',
  p: 'toggle-pip',
  l: 'go-live',
  ArrowUp: 'louder',
  ArrowDown: 'softer',
}

/** Keys that mean something to a focused button, slider or menu and then are theirs. */
const CONTROL_KEYS = new Set([' ', 'ArrowUp', 'ArrowDown'])

/**
 * @param focus where the key was pressed: nothing special, a control of its own, or a text being
 *   written, where every key is a letter
 */
export function decideKey(
  press: { readonly key: string; readonly hasModifier: boolean },
  focus: 'page' | 'control' | 'text',
): KeyAction | null {
  if (press.hasModifier || focus === 'text') return null
  if (focus === 'control' && CONTROL_KEYS.has(press.key)) return null
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key
  return Object.hasOwn(ACTIONS, key) ? (ACTIONS[key] ?? null) : null
}
