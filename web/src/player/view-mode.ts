import { type Signal, signal } from '@preact/signals'
import { recall, remember } from '../storage.ts'

/** How the video stands on the page, from visit to visit. */
export interface ViewMode {
  /** The video over the whole width, the chat below it or on it. */
  readonly isTheatre: Signal<boolean>
  readonly isChatShown: Signal<boolean>
  toggleTheatre(): void
  toggleChat(): void
}

const THEATRE_KEY = 'vibly.theatre'
const CHAT_KEY = 'vibly.chat-hidden'

export function createViewMode(): ViewMode {
  const isTheatre = signal(recall(THEATRE_KEY) !== null)
  const isChatShown = signal(recall(CHAT_KEY) === null)
  return {
    isTheatre,
    isChatShown,
    toggleTheatre: () => {
      isTheatre.value = !isTheatre.value
      remember(THEATRE_KEY, isTheatre.value ? '1' : null)
    },
    toggleChat: () => {
      isChatShown.value = !isChatShown.value
      remember(CHAT_KEY, isChatShown.value ? null : '1')
    },
  }
}
