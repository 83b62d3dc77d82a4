/**
 * For every list of chat lines: it is not read out by itself, and since it scrolls it can be
 * reached, or it could not be scrolled by keys.
 */
export const LOG_BOX = {
  class: 'chat-list',
  'aria-live': 'off',
  tabIndex: 0,
} as const
