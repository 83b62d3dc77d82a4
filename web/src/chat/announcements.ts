import type { ChatMessage } from '../../../client/index.ts'
import { text } from '../strings.ts'

/** So many are read out one by one; of more only their number is told. */
const READ_OUT_MAX = 3

/**
 * What a screen reader says of messages that came in together: few in full, many as a number, so
 * that it is never minutes behind. Those that name the reader are always read.
 */
export function announce(fresh: readonly ChatMessage[], username: string | null): string {
  const isToMe = (message: ChatMessage): boolean =>
    username !== null &&
    (message.mentions?.includes(username) === true || message.parent?.username === username)
  const isFew = fresh.length <= READ_OUT_MAX
  const read = isFew ? fresh : fresh.filter(isToMe).slice(-READ_OUT_MAX)
  const lines = read.map(({ user, content }) => `${user.display_name}: ${content}`)
  const others = fresh.length - read.length
  return [...lines, ...(others > 0 ? [text.chat.newMessages(others)] : [])].join('. ')
}
