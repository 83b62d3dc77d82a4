/** What was said: the log of a channel, pages of it, who said it, what waits for a moderator. */
export { type HeldMessage, HeldMessages } from './held.ts'
export { History, type HistoryOptions, type Page } from './history.ts'
export { recallSpeech } from './recall.ts'
